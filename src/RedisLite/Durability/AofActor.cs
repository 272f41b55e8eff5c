using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Execution;
using RedisLite.Storage.Snapshots;

namespace RedisLite.Durability;

/// <summary>Writes the change log to the append only file and forces it to the disk; the only one that waits for it.</summary>
/// <remarks>
/// Runs on a thread of its own. Group commit: with <c>appendfsync always</c> a batch's <see cref="ExecutorActor.Executed"/>
/// comes here first; one fsync covers everything that was appended before it, and releases all batches that wait.
/// <code>
///   Commit, Commit, Commit, SyncNow      SyncNow stands behind the commits that were there when it was sent,
///                             |          and goes to the back again while more keep coming (CommitGathering)
///                             +--> write, fsync, release all three
/// </code>
/// A rewrite:
/// <code>
///   all stripes held: snapshot begins, log cut     old increment   | new increment
///   write up to the cut, start the new increment   ...SET a 1      | SET b 2 ...
///   snapshot actor writes the base meanwhile       ^ all of this is in the base
///   base done: manifest names base + new increment; the old files are deleted
/// </code>
/// When the disk fails:
/// <code>
///   write fails   writers get MISCONF, what is in memory is kept and tried again every second; batches that wait for
///                 an fsync go on waiting: they are not acknowledged; for commit-patience, then they get MISCONF too
///   fsync fails   the file is never used again, since nobody knows what it lacks: a rewrite writes everything from
///                 memory to other files, and only when that is durable are waiting batches released
/// </code>
/// </remarks>
internal sealed class AofActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan SyncInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly CommandServices _services;
    private readonly RuntimeOptions _options;
    private readonly ChangeLog _changeLog;
    private readonly PersistenceStatus _status;
    private readonly IActorRef _snapshots;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly AofAppender _appender;
    private readonly AutoRewrite _autoRewrite;
    private readonly AofLatency _latency;
    private readonly AofWaiters _waiters;
    private readonly CommitGathering _gathering;
    private readonly TimeSpan _commitPatience;
    private readonly List<IActorRef> _flushes = [];

    private bool _syncAsked;
    private bool _isFailing;
    private long _lastSync;
    private long _lastAttempt;
    private long _failingSince;

    /// <param name="services">Options, data and clock.</param>
    /// <param name="changeLog">Read by this actor alone.</param>
    /// <param name="status">Told of everything.</param>
    /// <param name="appender">Owned from now on.</param>
    /// <param name="snapshots">The snapshot actor.</param>
    /// <param name="connectionDispatcher">Where those who waited for the disk go on.</param>
    /// <param name="commitPatience">How long a client waits for a disk that does not work.</param>
    public AofActor(
        CommandServices services, ChangeLog changeLog, PersistenceStatus status, AofAppender appender, IActorRef snapshots,
        string connectionDispatcher, TimeSpan commitPatience)
    {
        _commitPatience = commitPatience;
        _waiters = new AofWaiters(Context.System.Dispatchers.Lookup(connectionDispatcher).Schedule);
        _services = services;
        _options = services.Options;
        _changeLog = changeLog;
        _status = status;
        _appender = appender;
        _snapshots = snapshots;
        _time = services.Clock;
        _autoRewrite = new AutoRewrite(_options, status.Aof, _time);
        _latency = new AofLatency(services, status);
        _gathering = new CommitGathering(_time);
        _lastSync = _time.GetTimestamp();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(
        CommandServices services, ChangeLog changeLog, PersistenceStatus status, AofAppender appender, IActorRef snapshots,
        string connectionDispatcher, TimeSpan commitPatience) =>
        Akka.Actor.Props.Create(() => new AofActor(services, changeLog, status, appender, snapshots, connectionDispatcher, commitPatience));

    protected override void PreStart()
    {
        var self = Self;
        _changeLog.Wake = () => self.Tell(Tick.Instance);
        LookLater();
    }

    protected override void PostStop()
    {
        _changeLog.Wake = null;
        _appender.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Commit commit:
                Enqueue(commit.Position, commit.Release, commit.Refuse);
                break;
            case WaitSynced wait:
                Enqueue(wait.Position, wait.OnSynced);
                break;
            case SyncNow:
                OnSyncNow();
                break;
            case Tick:
                OnTick();
                LookLater();
                break;
            case StartRewrite:
                BeginRewrite();
                break;
            case SnapshotActor.BaseWritten written:
                CompleteRewrite(written);
                break;
            case SnapshotActor.BaseFailed failed:
                AbandonRewrite(failed.Cause);
                break;
            case Flush:
                _flushes.Add(Sender);
                WriteAndSync();
                AnswerFlushes();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Enqueue(long position, Action release, Action? refuse = null)
    {
        if (position <= _changeLog.Synced)
        {
            release();
            return;
        }

        _waiters.Add(position, release, refuse);
        if (_syncAsked)
            return;
        _syncAsked = true;
        Self.Tell(SyncNow.Instance);
    }

    private void OnSyncNow()
    {
        if (_gathering.IsWorthwhile(_waiters.Count))
        {
            // Behind the commits that have come by then.
            Thread.Yield();
            Self.Tell(SyncNow.Instance);
            return;
        }

        _syncAsked = false;
        if (!_isFailing)
            WriteAndSync();
    }

    private void OnTick()
    {
        if (_isFailing)
        {
            if (_time.GetElapsedTime(_lastAttempt) >= RetryInterval)
                WriteAndSync();
            if (_isFailing && _commitPatience >= TimeSpan.Zero && _time.GetElapsedTime(_failingSince) >= _commitPatience && _waiters.RefuseAll() is > 0 and var refused)
                _log.Warning("{0} clients have waited for the disk for too long; they were told so and closed", refused);
            return;
        }

        if (!TryWrite())
            return;
        if (IsSyncDue() && _appender.NeedsSync && !TrySync())
            return;
        if (_status.IsScheduled(BackgroundJob.Rewrite) || (_status.IsIdle && _autoRewrite.IsDue))
            BeginRewrite();
    }

    /// <summary>The next look: soon while there is something to do, else when the next change wakes this actor, or to see what is due.</summary>
    private void LookLater()
    {
        var isIdle = !_isFailing && !_appender.NeedsSync && !_appender.NeedsRewrite && _waiters.Count == 0 && _changeLog.TrySleep();
        Timers.StartSingleTimer(nameof(Tick), Tick.Instance, isIdle ? SyncInterval : FlushInterval);
    }

    private bool IsSyncDue() => _options.AppendFsync switch
    {
        AppendFsync.Always => true,
        AppendFsync.EverySec => _time.GetElapsedTime(_lastSync) >= SyncInterval
            && !(_options.NoAppendFsyncOnRewrite && !_status.IsIdle),
        _ => false,
    };

    /// <summary>Brings everything to the disk, by way of a rewrite if the file cannot be used any more.</summary>
    private void WriteAndSync()
    {
        _lastAttempt = _time.GetTimestamp();
        if (_appender.IsBroken)
        {
            BeginRewrite();
            return;
        }

        // What was written before is worth an fsync even when nothing can be added to it.
        var isWritten = TryWrite();
        if (TrySync() && isWritten && !_appender.NeedsRewrite)
            Recovered();
    }

    private bool TryWrite()
    {
        try
        {
            var started = _time.GetTimestamp();
            if (_appender.Write())
                _latency.NoteWrite(_time.GetElapsedTime(started));
            return true;
        }
        catch (Exception e) when (IsDiskError(e))
        {
            Fail("write to", e);
            return false;
        }
    }

    private bool TrySync()
    {
        _lastSync = _time.GetTimestamp();
        _status.Aof.BeginSync();
        try
        {
            if (_appender.Sync())
                _waiters.ReleaseUpTo(_changeLog.Synced);
            return true;
        }
        catch (Exception e) when (IsDiskError(e))
        {
            Fail("fsync", e);
            return false;
        }
        finally
        {
            var elapsed = _status.Aof.EndSync();
            _latency.NoteSync(elapsed);
            if (elapsed >= AofFigures.DelayedSync)
                _log.Warning("An fsync of the append only file took {0:F1} seconds: the disk is busy", elapsed.TotalSeconds);
        }
    }

    private void Fail(string operation, Exception cause)
    {
        _lastAttempt = _time.GetTimestamp();
        if (!_isFailing)
            _failingSince = _lastAttempt;
        if (!_isFailing)
            _log.Error("Could not {0} the append only file {1}: {2}; writes are refused until it works again", operation, _appender.FileName, cause.Message);
        _isFailing = true;
        _status.SetLogFailure(cause.Message);
    }

    private void Recovered()
    {
        if (!_isFailing)
            return;
        _isFailing = false;
        _status.SetLogFailure(null);
        _log.Info("The append only file can be written again; writes are accepted");
    }

    private void BeginRewrite()
    {
        if (_status.Job == BackgroundJob.Rewrite)
            return;
        if (!_status.TryBegin(BackgroundJob.Rewrite))
        {
            _status.Schedule(BackgroundJob.Rewrite);
            return;
        }

        Snapshot? snapshot = null;
        try
        {
            var cut = 0L;
            snapshot = SnapshotActor.TakeCut(_services.Databases, () => cut = _changeLog.Cut());
            var newBase = _appender.Switch(cut);
            _waiters.ReleaseUpTo(_changeLog.Synced);
            _snapshots.Tell(new SnapshotActor.WriteBase(snapshot, newBase, _options.AofUseRdbPreamble), Self);
            _log.Info("Background append only file rewriting started");
        }
        catch (Exception e) when (IsDiskError(e))
        {
            snapshot?.Dispose();
            AbandonRewrite(e);
        }
    }

    private void CompleteRewrite(SnapshotActor.BaseWritten written)
    {
        try
        {
            using (written.Target)
                _appender.Complete(written.Target, written.IsRdb);
        }
        catch (Exception e) when (IsDiskError(e))
        {
            AbandonRewrite(e);
            return;
        }

        DeleteHistory();
        _status.End(BackgroundJob.Rewrite, succeeded: true);
        _autoRewrite.Ended(succeeded: true);
        _log.Info("Background append only file rewriting done: base of {0} bytes", _status.Aof.BaseSize);
        WriteAndSync();
        AnswerFlushes();
    }

    /// <summary>The files in use are the new ones already; those that they have replaced only take room.</summary>
    private void DeleteHistory()
    {
        try
        {
            _appender.DeleteHistory();
        }
        catch (Exception e) when (IsDiskError(e))
        {
            _log.Warning("Could not delete the files that the rewrite has replaced; the next one tries again: {0}", e.Message);
        }
    }

    private void AbandonRewrite(Exception cause)
    {
        _lastAttempt = _time.GetTimestamp();
        _status.End(BackgroundJob.Rewrite, succeeded: false);
        _autoRewrite.Ended(succeeded: false);
        if (cause is not OperationCanceledException)
            LogFailedRewrite(cause);
        _appender.Abandon();
        if (_appender.IsBroken)
            Fail("rewrite", cause);
        AnswerFlushes(isLastTry: true);
    }

    private void LogFailedRewrite(Exception cause)
    {
        const string text = "Background append only file rewriting failed; the files in use stay as they are";
        if (IsDiskError(cause))
            _log.Error(text + ": {0}", cause.Message);
        else
            _log.Error(cause, text);
    }

    /// <summary>Tells those who wait at the server's end what has become of it; while a rewrite may still help, it is waited for.</summary>
    private void AnswerFlushes(bool isLastTry = false)
    {
        if (_isFailing && _appender.NeedsRewrite && !isLastTry)
            return;
        foreach (var flush in _flushes)
            flush.Tell(new Flushed(Succeeded: !_isFailing));
        _flushes.Clear();
    }

    private static bool IsDiskError(Exception e) => e is IOException or UnauthorizedAccessException or OperationCanceledException;

    /// <summary>A batch's end, to be told once its effects are on the disk.</summary>
    public sealed record Commit(long Position, IActorRef Connection, ExecutorActor.Executed Executed)
    {
        internal void Release() => Connection.Tell(Executed);

        internal void Refuse() => Connection.Tell(ExecutorActor.Executed.Undurable);
    }

    /// <summary>Call back once the log is on the disk up to a position.</summary>
    public sealed record WaitSynced(long Position, Action OnSynced);

    /// <summary>Rewrite the append only file now, or as soon as a running job is over.</summary>
    public sealed record StartRewrite
    {
        private StartRewrite()
        {
        }

        public static StartRewrite Instance { get; } = new();
    }

    /// <summary>Write and sync all there is. Answered with <see cref="Flushed"/>.</summary>
    public sealed record Flush
    {
        private Flush()
        {
        }

        public static Flush Instance { get; } = new();
    }

    /// <summary>The answer to <see cref="Flush"/>.</summary>
    public sealed record Flushed(bool Succeeded);

    private sealed record SyncNow
    {
        private SyncNow()
        {
        }

        public static SyncNow Instance { get; } = new();
    }

    private sealed record Tick : IDeadLetterSuppression
    {
        private Tick()
        {
        }

        public static Tick Instance { get; } = new();
    }
}
