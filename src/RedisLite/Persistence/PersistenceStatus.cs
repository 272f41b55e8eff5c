using System.Text;
using RedisLite.Commands.Server;

namespace RedisLite.Persistence;

/// <summary>How persistence is doing, as INFO shows it, and which background job runs. Any thread.</summary>
/// <remarks>
/// There is one snapshot of the data at a time, so BGSAVE and a rewrite exclude each other, as in Redis.
/// </remarks>
internal sealed class PersistenceStatus(TimeProvider time, Func<long> totalChanges)
{
    private readonly Lock _gate = new();
    private PersistenceReport _report = new() { LastSaveAt = time.GetUtcNow().ToUnixTimeSeconds() };
    private BackgroundJob _job;
    private bool _snapshotScheduled;
    private bool _rewriteScheduled;
    private long _jobStartedAt;
    private long _changesSaved;
    private bool _snapshotFailed;
    private long _canceledSnapshots;
    private byte[]? _logRefusal;

    /// <summary>Figures of the append only file.</summary>
    public AofFigures Aof { get; } = new(time);

    /// <summary>Whether the last snapshot failed.</summary>
    public bool SnapshotFailed => Volatile.Read(ref _snapshotFailed);

    /// <summary>The reply to writers while the append only file cannot be written, without its leading '-'.</summary>
    public byte[]? LogRefusal => Volatile.Read(ref _logRefusal);

    public PersistenceReport Report
    {
        get
        {
            lock (_gate)
            {
                var seconds = _job == BackgroundJob.None ? -1 : (long)time.GetElapsedTime(_jobStartedAt).TotalSeconds;
                return _report with
                {
                    ChangesSinceSave = Changes,
                    SnapshotInProgress = _job == BackgroundJob.Snapshot,
                    CurrentSnapshotSeconds = _job == BackgroundJob.Snapshot ? seconds : -1,
                    RewriteInProgress = _job == BackgroundJob.Rewrite,
                    CurrentRewriteSeconds = _job == BackgroundJob.Rewrite ? seconds : -1,
                    RewriteScheduled = _rewriteScheduled,
                    LastWriteSucceeded = LogRefusal is null,
                    AofCurrentSize = Aof.Size,
                    AofBaseSize = Aof.BaseSize,
                    AofSyncInProgress = Aof.IsSyncing,
                    AofDelayedSyncs = Aof.DelayedSyncs,
                };
            }
        }
    }

    /// <summary>
    /// Counts the snapshots that were given up: one that began at a lower count must not replace the file.
    /// </summary>
    public long CanceledSnapshots => Volatile.Read(ref _canceledSnapshots);

    /// <summary>The snapshot that runs is of no use any more.</summary>
    public void CancelSnapshot() => Interlocked.Increment(ref _canceledSnapshots);

    /// <summary>Changes since the server started.</summary>
    public long TotalChanges => totalChanges();

    /// <summary>Changes since the last snapshot.</summary>
    public long Changes => TotalChanges - Volatile.Read(ref _changesSaved);

    public bool IsIdle
    {
        get
        {
            lock (_gate)
                return _job == BackgroundJob.None;
        }
    }

    /// <summary>Claims the one background job; false when another has it.</summary>
    public bool TryBegin(BackgroundJob job)
    {
        lock (_gate)
        {
            if (_job != BackgroundJob.None)
                return false;
            _job = job;
            _jobStartedAt = time.GetTimestamp();
            if (job == BackgroundJob.Rewrite)
                _rewriteScheduled = false;
            else if (job == BackgroundJob.Snapshot)
                _snapshotScheduled = false;
            return true;
        }
    }

    /// <summary>The job is over.</summary>
    /// <param name="job">The one that was claimed.</param>
    /// <param name="succeeded">Its outcome.</param>
    /// <param name="changesAtCut">Of a snapshot: what <see cref="TotalChanges"/> was at its cut.</param>
    public void End(BackgroundJob job, bool succeeded, long changesAtCut = 0)
    {
        lock (_gate)
        {
            var seconds = (long)time.GetElapsedTime(_jobStartedAt).TotalSeconds;
            _job = BackgroundJob.None;
            if (job == BackgroundJob.Copy)
                return;
            if (job == BackgroundJob.Rewrite)
            {
                _report = _report with
                {
                    LastRewriteSucceeded = succeeded,
                    LastRewriteSeconds = seconds,
                    Rewrites = _report.Rewrites + 1,
                };
                return;
            }

            Volatile.Write(ref _snapshotFailed, !succeeded);
            _report = _report with
            {
                LastSnapshotSucceeded = succeeded,
                LastSnapshotSeconds = seconds,
                Snapshots = _report.Snapshots + 1,
                LastSaveAt = succeeded ? time.GetUtcNow().ToUnixTimeSeconds() : _report.LastSaveAt,
            };
            if (succeeded)
                Volatile.Write(ref _changesSaved, changesAtCut);
        }
    }

    /// <summary>The job was given up: neither a success nor a failure.</summary>
    public void Abandon(BackgroundJob job)
    {
        lock (_gate)
        {
            if (_job == job)
                _job = BackgroundJob.None;
        }
    }

    /// <summary>Has write commands refused because the append only file cannot be written, or accepted again.</summary>
    /// <param name="reason">What the disk said; null when it works.</param>
    public void SetLogFailure(string? reason) => Volatile.Write(
        ref _logRefusal,
        reason is null ? null : Encoding.UTF8.GetBytes(
            $"MISCONF Errors writing to the AOF file: {WithoutPath(reason)}"));

    /// <summary>.NET puts the file behind what the system said; clients need not know where it is.</summary>
    private static string WithoutPath(string reason)
    {
        var path = reason.IndexOf(" : '", StringComparison.Ordinal);
        return path < 0 ? reason : reason[..path];
    }

    /// <summary>Remembers a wish until the running job is over.</summary>
    public void Schedule(BackgroundJob job)
    {
        lock (_gate)
        {
            _rewriteScheduled |= job == BackgroundJob.Rewrite;
            _snapshotScheduled |= job == BackgroundJob.Snapshot;
        }
    }

    public bool IsScheduled(BackgroundJob job)
    {
        lock (_gate)
            return job == BackgroundJob.Rewrite ? _rewriteScheduled : _snapshotScheduled;
    }

    /// <summary>The job that runs.</summary>
    public BackgroundJob Job
    {
        get
        {
            lock (_gate)
                return _job;
        }
    }

    /// <summary>Changes figures that one owner keeps.</summary>
    public void Update(Func<PersistenceReport, PersistenceReport> change)
    {
        lock (_gate)
            _report = change(_report);
    }
}

/// <summary>Work that walks a snapshot of all data.</summary>
internal enum BackgroundJob
{
    None,
    Snapshot,
    Rewrite,

    /// <summary>A full copy for replicas.</summary>
    Copy,
}
