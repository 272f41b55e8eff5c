using Akka.Actor;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Execution;

namespace RedisLite.Persistence;

/// <summary>Persistence as commands see it: every wish becomes a message to an actor. Any thread.</summary>
internal sealed class FilePersistence(
    PersistenceStatus status, AofQueue queue, RuntimeOptions options, PauseState pause)
    : IPersistence, ICommitQueue
{
    // A rewrite may have to help, where the append only file itself cannot be used any more.
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(110);

    // As in Redis: a snapshot that failed is not tried again at once.
    private const int RetrySeconds = 5;

    private static readonly byte[] SnapshotRefusal =
        [.. "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. "u8,
         .. "Commands that may modify the data set are disabled, because this instance is configured to report "u8
             + "errors "u8,
         .. "during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). "u8,
         .. "Please check the Redis logs for details about the RDB error."u8];

    private readonly SyncLag _lag = new(queue, status, options, TimeProvider.System);
    private long _lastTry;
    private bool _isUnsaved;
    private IActorRef _snapshots = ActorRefs.Nobody;
    private IActorRef _aof = ActorRefs.Nobody;
    private AofCommits? _commits;

    public bool AofEnabled => queue.IsOpen;

    public bool HoldsWriters => queue.IsFull;

    public Action? WritersReleased
    {
        get => queue.RoomAgain;
        set => queue.RoomAgain = value;
    }

    public byte[]? WriteRefusal => status.SnapshotFailed && options.StopWritesOnSnapshotError
        && options.SavePoints.Count > 0
        ? SnapshotRefusal
        : status.LogRefusal;

    /// <summary>The actor that writes the append only file; nobody while there is none.</summary>
    private IActorRef Aof => Volatile.Read(ref _aof);

    /// <summary>The actors are there.</summary>
    /// <param name="snapshots">The snapshot actor.</param>
    /// <param name="aof">The aof actor, or nobody.</param>
    /// <param name="commits">Where answers wait for the append only file; null while there is none.</param>
    public void Attach(IActorRef snapshots, IActorRef aof, AofCommits? commits)
    {
        Volatile.Write(ref _snapshots, snapshots);
        Volatile.Write(ref _aof, aof);
        Volatile.Write(ref _commits, commits);
    }

    bool ICommitQueue.IsOpen => Volatile.Read(ref _commits) is not null;

    public void Add(long position, IActorRef connection, ExecutorActor.Executed executed) =>
        _commits!.Add(position, connection, executed);

    public PersistenceReport Report() => status.Report with
    {
        AofEnabled = queue.IsOpen,
        AofBufferLength = queue.Pending,
        AofQueueLimit = queue.Limit,
        AofQueueIsFull = queue.IsFull,
        AofQueueFullCount = queue.FullCount,
    };

    public BackgroundJobStart StartSnapshot(bool schedule)
    {
        if (!_snapshots.IsNobody() && status.TryBegin(BackgroundJob.Snapshot))
        {
            _snapshots.Tell(new SnapshotActor.Save(null));
            return BackgroundJobStart.Started;
        }

        if (status.Job == BackgroundJob.Snapshot)
            return BackgroundJobStart.SnapshotInProgress;
        if (!schedule)
            return BackgroundJobStart.RewriteInProgress;
        status.Schedule(BackgroundJob.Snapshot);
        return BackgroundJobStart.Scheduled;
    }

    public BackgroundJobStart StartRewrite()
    {
        var job = status.Job;
        if (job == BackgroundJob.Rewrite)
            return BackgroundJobStart.RewriteInProgress;
        if (job is BackgroundJob.Snapshot or BackgroundJob.Copy)
        {
            status.Schedule(BackgroundJob.Rewrite);
            return BackgroundJobStart.Scheduled;
        }

        Aof.Tell(AofActor.StartRewrite.Instance);
        return BackgroundJobStart.Started;
    }

    public void Save(Action<string?> done)
    {
        if (_snapshots.IsNobody())
            done("The data is still being loaded");
        else if (status.TryBegin(BackgroundJob.Snapshot))
            _snapshots.Tell(new SnapshotActor.Save(done));
        else
            done("Background save already in progress");
    }

    public void SaveFlushed(Action done)
    {
        if (_snapshots.IsNobody())
        {
            done();
            return;
        }

        // Behind the one that is given up, on the same actor.
        status.CancelSnapshot();
        _snapshots.Tell(new SnapshotActor.SaveFlushed(done));
    }

    public void Reload(ReloadRequest request, Action<string?> done)
    {
        if (_snapshots.IsNobody())
            done("ERR The data is still being loaded");
        else
            _snapshots.Tell(new SnapshotActor.Reload(request, done));
    }

    public void SaveAtEnd(bool snapshot, Action<string?> done)
    {
        if (_snapshots.IsNobody())
        {
            done("The data is still being loaded");
            return;
        }

        pause.BeginEnd();
        if (!snapshot)
        {
            _ = FlushAtEndAsync(done);
            return;
        }

        status.CancelSnapshot();
        _snapshots.Tell(new SnapshotActor.SaveLast(failure =>
        {
            if (failure is null)
                _ = FlushAtEndAsync(done);
            else
                EndSaving($"The snapshot could not be written: {failure}", done);
        }));
    }

    /// <summary>Whether the last attempt to save before the end has failed. Any thread.</summary>
    public bool IsUnsaved
    {
        get => Volatile.Read(ref _isUnsaved);
        private set => Volatile.Write(ref _isUnsaved, value);
    }

    /// <summary>Brings the append only file to the disk.</summary>
    /// <returns>Null, or why it failed.</returns>
    public async Task<string?> FlushAsync()
    {
        var aof = Aof;
        if (aof.IsNobody())
            return null;
        try
        {
            var flushed = await aof.Ask<AofActor.Flushed>(AofActor.Flush.Instance, FlushTimeout).ConfigureAwait(false);
            var failure = flushed.Succeeded ? null : "The append only file could not be written to the end";
            IsUnsaved |= failure is not null;
            return failure;
        }
        catch (AskTimeoutException)
        {
            IsUnsaved = true;
            return "The append only file was not written in time";
        }
    }

    private async Task FlushAtEndAsync(Action<string?> done) =>
        EndSaving(await FlushAsync().ConfigureAwait(false), done);

    private void EndSaving(string? failure, Action<string?> done)
    {
        IsUnsaved = failure is not null;
        if (failure is not null)
            pause.EndCanceled();
        done(failure);
    }

    public long SyncedPosition => queue.Synced;

    public void CutOff() => queue.CutOff();

    public void WhenSynced(long position, Action callback)
    {
        if (position <= queue.Synced)
            callback();
        else
            Aof.Tell(new AofActor.WaitSynced(position, callback));
    }

    /// <summary>Whether anything was changed that is not on the disk. Any thread.</summary>
    public bool IsBehind => queue.IsOpen && queue.Appended > queue.Synced;

    /// <summary>Slows writers down when the disk falls behind. Called ten times a second, by one thread.</summary>
    public void WatchDisk() => _lag.Sample();

    /// <summary>
    /// Starts what is due: a scheduled snapshot, or one that the save points ask for. Called once a second.
    /// </summary>
    public void StartWhatIsDue(long nowSeconds)
    {
        if (status.IsScheduled(BackgroundJob.Snapshot))
        {
            StartSnapshot(schedule: true);
            return;
        }

        var report = status.Report;
        if (status.SnapshotFailed && nowSeconds - _lastTry <= RetrySeconds)
            return;
        if (WriteRefusal == SnapshotRefusal)
        {
            // Whatever asked for the one that failed (FLUSHALL, SAVE, an end): nothing changes until one succeeds, so
            // no save point would ever ask for another.
            _lastTry = nowSeconds;
            StartSnapshot(schedule: false);
            return;
        }

        foreach (var point in options.SavePoints)
        {
            if (report.ChangesSinceSave < point.Changes || nowSeconds - report.LastSaveAt <= point.Seconds)
                continue;
            _lastTry = nowSeconds;
            StartSnapshot(schedule: false);
            return;
        }
    }
}
