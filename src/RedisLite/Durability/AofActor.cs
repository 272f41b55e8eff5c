using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Execution;
using RedisLite.Persistence.Aof;
using RedisLite.Storage.Snapshots;

namespace RedisLite.Durability;

/// <summary>Writes the change log to the append only file and forces it to the disk; the only one that waits for it.</summary>
/// <remarks>
/// Runs on a thread of its own. Group commit: with <c>appendfsync always</c> a batch's <see cref="ExecutorActor.Executed"/>
/// comes here first; one fsync covers everything that was appended before it, and releases all batches that wait.
/// <code>
///   Commit, Commit, Commit, SyncNow      SyncNow stands behind the commits that were there when it was sent
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
///                 an fsync go on waiting: they are not acknowledged
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
    private readonly ChangeLog _changeLog;
    private readonly PersistenceStatus _status;
    private readonly AofDirectory _directory;
    private readonly IActorRef _snapshots;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly List<ReadOnlyMemory<byte>> _chunks = [];
    private readonly PriorityQueue<Waiter, long> _waiting = new();

    private AofFile _file;
    private bool _syncAsked;
    private bool _isFailing;
    private bool _isRecovering;
    private long _lastSync;
    private long _lastAttempt;

    /// <param name="services">Options and data.</param>
    /// <param name="changeLog">Read by this actor alone.</param>
    /// <param name="status">Told of everything.</param>
    /// <param name="directory">Owned from now on; loaded.</param>
    /// <param name="snapshots">The snapshot actor.</param>
    public AofActor(
        CommandServices services, ChangeLog changeLog, PersistenceStatus status, AofDirectory directory, IActorRef snapshots)
    {
        _services = services;
        _changeLog = changeLog;
        _status = status;
        _directory = directory;
        _snapshots = snapshots;
        _file = directory.OpenForAppend();
        _lastSync = _time.GetTimestamp();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(
        CommandServices services, ChangeLog changeLog, PersistenceStatus status, AofDirectory directory, IActorRef snapshots) =>
        Akka.Actor.Props.Create(() => new AofActor(services, changeLog, status, directory, snapshots));

    protected override void PreStart()
    {
        var self = Self;
        _changeLog.Wake = () => self.Tell(Tick.Instance);
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, FlushInterval, FlushInterval);
        ReportSizes(isNewBase: true);
    }

    protected override void PostStop()
    {
        _changeLog.Wake = null;
        _file.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Commit commit:
                Enqueue(new Waiter(commit.Position, commit.Release));
                break;
            case WaitSynced wait:
                Enqueue(new Waiter(wait.Position, wait.OnSynced));
                break;
            case SyncNow:
                _syncAsked = false;
                if (!_isFailing)
                    WriteAndSync();
                break;
            case Tick:
                OnTick();
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
                WriteAndSync();
                Sender.Tell(new Flushed(!_isFailing));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Enqueue(Waiter waiter)
    {
        if (waiter.Position <= _changeLog.Synced)
        {
            waiter.Release();
            return;
        }

        _waiting.Enqueue(waiter, waiter.Position);
        if (_syncAsked)
            return;
        _syncAsked = true;
        Self.Tell(SyncNow.Instance);
    }

    private void OnTick()
    {
        if (_isFailing)
        {
            if (_time.GetElapsedTime(_lastAttempt) >= RetryInterval)
                WriteAndSync();
            return;
        }

        Write();
        var isDue = _services.Options.AppendFsync switch
        {
            AppendFsync.Always => true,
            AppendFsync.EverySec => _time.GetElapsedTime(_lastSync) >= SyncInterval
                && !(_services.Options.NoAppendFsyncOnRewrite && !_status.IsIdle),
            _ => false,
        };
        if (isDue && !_isFailing && (_file.SyncedLength < _file.Length || _changeLog.Synced < _changeLog.Written))
            Sync();
        if (_status.IsScheduled(BackgroundJob.Rewrite) || HasGrown())
            BeginRewrite();
    }

    private void WriteAndSync()
    {
        _lastAttempt = _time.GetTimestamp();
        if (_file.IsBroken)
        {
            BeginRewrite();
            return;
        }

        Write();
        Sync();
    }

    /// <summary>Moves what waits in memory, up to a position, to the operating system.</summary>
    private void Write(long limit = long.MaxValue)
    {
        if (_file.IsBroken)
            return;
        _changeLog.TakePending(limit, _chunks);
        if (_chunks.Count == 0)
            return;
        try
        {
            _file.Append(_chunks);
            _changeLog.MarkWritten(_chunks.Count);
            ReportSizes(isNewBase: false);
        }
        catch (Exception e) when (IsDiskError(e))
        {
            Fail("write to", e);
        }
    }

    private void Sync()
    {
        if (_file.IsBroken)
            return;
        _lastSync = _time.GetTimestamp();
        try
        {
            var position = _changeLog.Written;
            _file.Sync();

            // While recovering, the file alone is worth nothing: it counts once the new base does.
            if (_isRecovering)
                return;
            _changeLog.MarkSynced(position);
            if (_isFailing && _changeLog.Pending == 0)
                Recovered();
            ReleaseWaiters();
        }
        catch (Exception e) when (IsDiskError(e))
        {
            Fail("fsync", e);
        }
    }

    private void ReleaseWaiters()
    {
        var synced = _changeLog.Synced;
        while (_waiting.TryPeek(out var waiter, out var position) && position <= synced)
        {
            _waiting.Dequeue();
            waiter.Release();
        }
    }

    private void Fail(string operation, Exception cause)
    {
        _lastAttempt = _time.GetTimestamp();
        if (!_isFailing)
            _log.Error(cause, "Could not {0} the append only file {1}; writes are refused until it works again", operation, _file.Name);
        _isFailing = true;
        _status.Update(report => report with { LastWriteSucceeded = false });
        _changeLog.SetRefusal($"MISCONF Errors writing to the AOF file: {cause.Message}");
    }

    private void Recovered()
    {
        if (!_isFailing)
            return;
        _isFailing = false;
        _status.Update(report => report with { LastWriteSucceeded = true });
        _changeLog.SetRefusal(null);
        _log.Info("The append only file can be written again; writes are accepted");
    }

    private bool HasGrown()
    {
        var percentage = _services.Options.AutoAofRewritePercentage;
        var report = _status.Report;
        if (percentage == 0 || report.AofCurrentSize < _services.Options.AutoAofRewriteMinSize)
            return false;
        var size = Math.Max(1, report.AofBaseSize);
        return (report.AofCurrentSize - size) * 100.0 / size >= percentage;
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
            SwitchFile(cut);
            _snapshots.Tell(new SnapshotActor.WriteBase(snapshot, _directory.CreateBase()), Self);
            _log.Info("Background append only file rewriting started");
        }
        catch (Exception e) when (IsDiskError(e))
        {
            snapshot?.Dispose();
            AbandonRewrite(e);
        }
    }

    /// <summary>From the cut on, effects go to a new increment; those before it are in the base as well.</summary>
    private void SwitchFile(long cut)
    {
        if (_file.IsBroken)
        {
            // What was not written, or not known to be durable, is in memory and so in the base.
            _isRecovering = true;
            var next = _directory.CreateIncrement();
            _file.Dispose();
            _file = next;
            _changeLog.TakePending(cut, _chunks);
            _changeLog.MarkWritten(_chunks.Count);
            return;
        }

        Write(cut);
        if (_changeLog.Written < cut)
            throw new IOException($"What precedes the rewrite could not be written to {_file.Name}");
        var increment = _directory.StartIncrement(_file);
        _changeLog.MarkSynced(cut);
        _file.Dispose();
        _file = increment;
        ReleaseWaiters();
    }

    private void CompleteRewrite(SnapshotActor.BaseWritten written)
    {
        try
        {
            using (written.Target)
                _directory.CompleteRewrite(written.Target, isRdb: true, _file);
            _directory.DeleteHistory();
        }
        catch (Exception e) when (IsDiskError(e))
        {
            AbandonRewrite(e);
            return;
        }

        _isRecovering = false;
        _status.End(BackgroundJob.Rewrite, succeeded: true);
        ReportSizes(isNewBase: true);
        _log.Info("Background append only file rewriting done: base of {0} bytes", _status.Report.AofBaseSize);
        WriteAndSync();
    }

    private void AbandonRewrite(Exception cause)
    {
        _lastAttempt = _time.GetTimestamp();
        _status.End(BackgroundJob.Rewrite, succeeded: false);
        if (cause is not OperationCanceledException)
            _log.Error(cause, "Background append only file rewriting failed; the files in use stay as they are");
        if (_isRecovering && !_file.IsBroken)
            _file.GiveUp();
        if (_file.IsBroken)
            Fail("rewrite", cause);
    }

    private void ReportSizes(bool isNewBase)
    {
        var total = _directory.GetTotalLength();
        _status.Update(report => report with
        {
            AofCurrentSize = total,
            AofBaseSize = isNewBase ? total : report.AofBaseSize,
        });
    }

    private static bool IsDiskError(Exception e) => e is IOException or UnauthorizedAccessException or OperationCanceledException;

    /// <summary>A batch's end, to be told once its effects are on the disk.</summary>
    public sealed record Commit(long Position, IActorRef Connection, ExecutorActor.Executed Executed)
    {
        internal void Release() => Connection.Tell(Executed);
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

    private sealed record Waiter(long Position, Action Release);
}
