using RedisLite.Commands.Server;

namespace RedisLite.Persistence;

/// <summary>
/// Keeps the promise of <c>appendfsync everysec</c> on a disk that is too slow for it: before something acknowledged is
/// two seconds old and not on the disk, writers wait.
/// </summary>
/// <remarks>
/// <code>
///   samples   position  100   250   250   400   900        of the log's end, ten a second
///             time        0   0.1   0.2   0.3   0.4
///   synced = 300               ^ all before is on the disk: what is not was appended after 0.2
/// </code>
/// Sampled by one thread, while the aof actor may be waiting for its disk. In usual operation an fsync starts a second
/// after the last one did, and takes a few milliseconds: nobody waits before it takes 0.8 seconds.
/// </remarks>
internal sealed class SyncLag(AofQueue queue, PersistenceStatus status, RuntimeOptions options, TimeProvider time)
{
    // A sample tells the age to a tenth of a second, and the next one comes as late.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.9);

    // Oldest first, one for each position: when it was last seen.
    private readonly List<(long Position, long At)> _samples = [];
    private long _coveredAt = time.GetTimestamp();

    /// <summary>To be called ten times a second.</summary>
    public void Sample()
    {
        var now = time.GetTimestamp();
        var synced = queue.Synced;
        var appended = queue.Appended;
        if (appended <= synced)
        {
            _samples.Clear();
            _coveredAt = now;
        }
        else
        {
            if (_samples is [.., var last] && last.Position == appended)
                _samples.RemoveAt(_samples.Count - 1);
            _samples.Add((appended, now));
            var covered = _samples.FindLastIndex(sample => sample.Position <= synced);
            if (covered >= 0)
                _coveredAt = _samples[covered].At;
            _samples.RemoveRange(0, covered + 1);
        }

        queue.HoldWriters(MustSync && appended > synced && time.GetElapsedTime(_coveredAt, now) >= Limit);
    }

    private bool MustSync => options.AppendFsync == AppendFsync.EverySec
        && !(options.NoAppendFsyncOnRewrite && !status.IsIdle);
}
