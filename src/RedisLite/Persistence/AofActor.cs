using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Execution;

namespace RedisLite.Persistence;

/// <summary>
/// Forces the append only file to the disk, and writes to it whatever is not written by the thread that executes
/// (<see cref="AofCommits"/>).
/// </summary>
/// <remarks>
/// Runs on a thread of its own. Every second's fsync is made by another (<see cref="AofSyncActor"/>), so that writes go
/// on meanwhile: their answers wait for them. Steps that need the file for themselves come after it. Group commit: with
/// <c>appendfsync always</c> a batch's <see cref="ExecutorActor.Executed"/> comes here first; one fsync covers
/// everything that was appended before it, and releases all batches that wait.
/// <code>
///   Commit, Commit, Commit, SyncNow      SyncNow stands behind the commits that were there when it was sent,
///                             |          and goes to the back again while more keep coming (CommitGathering)
///                             +--> write, fsync, release all three
/// </code>
/// When the disk fails (the states are <see cref="AofWriter"/>'s, and this actor keeps none beside them):
/// <code>
///   write fails   writers get MISCONF, what is in memory is kept and tried again every second; batches that wait for
///                 it go on waiting: they are not acknowledged; for commit-patience, then they get MISCONF too
///   fsync fails   the file is never used again, since it is unknown what it lacks: a rewrite writes everything from
///                 memory to other files, and only when that is durable are waiting batches released
/// </code>
/// </remarks>
internal sealed class AofActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan SyncInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly RuntimeOptions _options;
    private readonly AofQueue _queue;
    private readonly PersistenceStatus _status;
    private readonly IActorRef _snapshots;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly AofWriter _writer;
    private readonly AofRewrite _rewrite;
    private readonly AofLatency _latency;
    private readonly AofWaiters _waiters;
    private readonly AofWaiters _unwritten;
    private readonly CommitGathering _gathering;
    private readonly TimeSpan _commitPatience;
    private readonly List<IActorRef> _flushes = [];
    private readonly List<(object Message, IActorRef Sender)> _afterSync = [];

    private IActorRef _sync = ActorRefs.Nobody;
    private bool _isSyncing;
    private bool _syncAsked;
    private long _lastSync;
    private long _lastAttempt;
    private long _failingSince;

    /// <param name="services">Options, data and clock.</param>
    /// <param name="queue">Read by this actor alone.</param>
    /// <param name="status">Told of everything.</param>
    /// <param name="writer">Owned from now on.</param>
    /// <param name="snapshots">The snapshot actor.</param>
    /// <param name="connectionDispatcher">Where those who waited for the disk go on.</param>
    /// <param name="commitPatience">How long a client waits for a disk that does not work.</param>
    public AofActor(
        CommandServices services, AofQueue queue, PersistenceStatus status, AofWriter writer, IActorRef snapshots,
        string connectionDispatcher, TimeSpan commitPatience)
    {
        _commitPatience = commitPatience;
        _waiters = new AofWaiters(Context.System.Dispatchers.Lookup(connectionDispatcher).Schedule);
        _unwritten = new AofWaiters(Context.System.Dispatchers.Lookup(connectionDispatcher).Schedule);
        _options = services.Options;
        _queue = queue;
        _status = status;
        _writer = writer;
        _snapshots = snapshots;
        _time = services.Clock;
        _rewrite = new AofRewrite(services, queue, status, writer, _log);
        _latency = new AofLatency(services, status);
        _gathering = new CommitGathering(_time);
        _lastSync = _time.GetTimestamp();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(
        CommandServices services, AofQueue queue, PersistenceStatus status, AofWriter writer, IActorRef snapshots,
        string connectionDispatcher, TimeSpan commitPatience) =>
        Akka.Actor.Props.Create(
            () => new AofActor(services, queue, status, writer, snapshots, connectionDispatcher, commitPatience));

    protected override void PreStart()
    {
        var self = Self;
        _queue.Wake = () => self.Tell(Tick.Instance);
        _sync = Context.ActorOf(AofSyncActor.Props().WithDispatcher(Context.Props.Dispatcher), "sync");
        LookLater();
    }

    protected override void PostStop()
    {
        _queue.Wake = null;
        _writer.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SyncNow or StartRewrite or SnapshotActor.BaseWritten or SnapshotActor.BaseFailed or Flush
                when _isSyncing:
                _afterSync.Add((message, Sender));
                break;
            case WriteFirst first:
                OnWriteFirst(first);
                break;
            case Commit commit:
                Enqueue(commit.Position, commit.Release, commit.Refuse);
                break;
            case WaitSynced wait:
                Enqueue(wait.Position, wait.OnSynced);
                break;
            case SyncNow:
                OnSyncNow();
                break;
            case AofSyncActor.Ended ended:
                OnSyncEnded(ended);
                break;
            case Tick:
                OnTick();
                LookLater();
                break;
            case StartRewrite:
                BeginRewrite();
                break;
            case SnapshotActor.BaseWritten written:
                OnBaseWritten(written);
                break;
            case SnapshotActor.BaseFailed failed:
                OnRewriteFailed(failed.Cause);
                break;
            case Flush:
                _flushes.Add(Sender);
                WriteAndSync(isEnd: true);
                AnswerFlushes();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Enqueue(long position, Action release, Action? refuse = null)
    {
        if (position <= _queue.Synced)
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
        if (_writer.Health != AofHealth.Working)
            return;
        if (_options.AppendFsync == AppendFsync.Always)
            WriteAndSync();
        else if (TryWrite())
            BeginSync();
    }

    private void OnWriteFirst(WriteFirst first)
    {
        foreach (var commit in first.Commits)
            _unwritten.Add(commit.Position, commit.Release, commit.Refuse);
        if (_writer.Health == AofHealth.Working)
            TryWrite();
        else if (_writer.Health == AofHealth.Retrying && _status.LogRefusal is null && !_isSyncing)
        {
            // It has failed on the thread that executed, and this is who tells of it.
            WriteAndSync();
        }
    }

    private void OnTick()
    {
        if (_isSyncing)
        {
            if (_writer.Health == AofHealth.Working)
                TryWrite();
            RefuseImpatient();
            return;
        }

        if (_writer.Health != AofHealth.Working)
        {
            if (_time.GetElapsedTime(_lastAttempt) >= RetryInterval)
                WriteAndSync();
            RefuseImpatient();
            return;
        }

        if (!TryWrite())
            return;
        if (_rewrite.IsDue)
            BeginRewrite();
        if (_writer.Health != AofHealth.Working || !IsSyncDue() || !_writer.NeedsSync)
            return;
        if (_options.AppendFsync == AppendFsync.Always)
            TrySync();
        else
            BeginSync();
    }

    /// <summary>Clients whose patience is over are told that the disk does not work.</summary>
    private void RefuseImpatient()
    {
        if (_status.LogRefusal is null || _commitPatience < TimeSpan.Zero
            || _time.GetElapsedTime(_failingSince) < _commitPatience)
            return;
        if (_waiters.RefuseAll() + _unwritten.RefuseAll() is > 0 and var refused)
            _log.Warning("{0} clients have waited for the disk for too long; they were told so and closed", refused);
    }

    /// <summary>
    /// The next look: soon while there is something to do, else when the next change wakes this actor, or to see what
    /// is due.
    /// </summary>
    private void LookLater()
    {
        var isIdle = _writer.Health == AofHealth.Working && _status.LogRefusal is null
            && !_writer.NeedsSync && _waiters.Count + _unwritten.Count == 0 && _queue.TrySleep();
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
    private void WriteAndSync(bool isEnd = false)
    {
        _lastAttempt = _time.GetTimestamp();
        if (_writer.Health == AofHealth.Broken)
        {
            BeginRewrite();
            return;
        }

        // What was written before is worth an fsync even when nothing can be added to it.
        var isWritten = TryWrite(isEnd);
        if (!TrySync() || !isWritten || !_writer.TrySettle())
            return;
        ReleaseWritten();
        Recovered();
    }

    private bool TryWrite(bool isEnd = false)
    {
        try
        {
            var started = _time.GetTimestamp();
            if (_writer.Write())
                _latency.NoteWrite(_time.GetElapsedTime(started));
            if (isEnd)
                _writer.NoteEnd();
            ReleaseWritten();
            return true;
        }
        catch (Exception e) when (IsDiskError(e))
        {
            Fail("write to", e);
            return false;
        }
    }

    /// <summary>
    /// What was written may be acknowledged, unless it is in a file that does not count any more, or not yet.
    /// </summary>
    private void ReleaseWritten()
    {
        if (_writer.Health == AofHealth.Working)
            _unwritten.ReleaseUpTo(_queue.Written);
    }

    /// <summary>Has everything that is written forced to the disk while more is written.</summary>
    private void BeginSync()
    {
        _lastSync = _time.GetTimestamp();
        if (_writer.BeginSync(isBesideWrites: true) is not { } sync)
            return;
        _isSyncing = true;
        _status.Aof.BeginSync();
        _sync.Tell(sync);
    }

    private void OnSyncEnded(AofSyncActor.Ended ended)
    {
        _isSyncing = false;
        var isDurable = _writer.EndSync(ended.Sync, ended.Failure is null);
        NoteSyncEnded();
        if (ended.Failure is { } failure)
            Fail("fsync", failure);
        else if (isDurable)
            _waiters.ReleaseUpTo(_queue.Synced);
        foreach (var (message, sender) in _afterSync)
            Self.Tell(message, sender);
        _afterSync.Clear();
    }

    private void NoteSyncEnded()
    {
        var elapsed = _status.Aof.EndSync();
        _latency.NoteSync(elapsed);
        if (elapsed >= AofFigures.DelayedSync)
            _log.Warning(
                "An fsync of the append only file took {0:F1} seconds: the disk is busy", elapsed.TotalSeconds);
    }

    private bool TrySync()
    {
        _lastSync = _time.GetTimestamp();
        _status.Aof.BeginSync();
        try
        {
            if (_writer.Sync())
                _waiters.ReleaseUpTo(_queue.Synced);
            return true;
        }
        catch (Exception e) when (IsDiskError(e))
        {
            Fail("fsync", e);
            return false;
        }
        finally
        {
            NoteSyncEnded();
        }
    }

    private void Fail(string operation, Exception cause)
    {
        _lastAttempt = _time.GetTimestamp();
        if (_status.LogRefusal is null)
        {
            _failingSince = _lastAttempt;
            _log.Error(
                "Could not {0} the append only file {1}: {2}; writes are refused until it works again", operation,
                _writer.FileName, cause.Message);
        }

        _status.SetLogFailure(cause.Message);
    }

    private void Recovered()
    {
        if (_status.LogRefusal is null)
            return;
        _status.SetLogFailure(null);
        _log.Info("The append only file can be written again; writes are accepted");
    }

    private void BeginRewrite()
    {
        try
        {
            if (_rewrite.TryBegin() is not { } order)
                return;
            _waiters.ReleaseUpTo(_queue.Synced);
            _snapshots.Tell(order, Self);
        }
        catch (Exception e) when (IsDiskError(e))
        {
            OnRewriteFailed(e);
        }
    }

    private void OnBaseWritten(SnapshotActor.BaseWritten written)
    {
        try
        {
            _rewrite.Complete(written);
        }
        catch (Exception e) when (IsDiskError(e))
        {
            OnRewriteFailed(e);
            return;
        }

        WriteAndSync();
        AnswerFlushes();
    }

    private void OnRewriteFailed(Exception cause)
    {
        _lastAttempt = _time.GetTimestamp();
        _rewrite.Abandon(cause);
        if (_writer.Health != AofHealth.Working)
            Fail("rewrite", cause);
        AnswerFlushes(isLastTry: true);
    }

    /// <summary>
    /// Tells those who wait at the server's end what has become of it; while a rewrite may still help, it is waited
    /// for.
    /// </summary>
    private void AnswerFlushes(bool isLastTry = false)
    {
        if (_writer.Health is AofHealth.Broken or AofHealth.Recovering && !isLastTry)
            return;
        foreach (var flush in _flushes)
            flush.Tell(new Flushed(Succeeded: _writer.Health == AofHealth.Working));
        _flushes.Clear();
    }

    internal static bool IsDiskError(Exception e) =>
        e is IOException or UnauthorizedAccessException or OperationCanceledException;

    /// <summary>A batch's end, to be told once its effects are on the disk.</summary>
    public sealed record Commit(long Position, IActorRef Connection, ExecutorActor.Executed Executed)
    {
        internal void Release() => Connection.Tell(Executed);

        internal void Refuse() => Connection.Tell(ExecutorActor.Executed.Undurable);
    }

    /// <summary>Batches' ends, to be told once their effects are written.</summary>
    public sealed record WriteFirst(IReadOnlyList<Commit> Commits);

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
