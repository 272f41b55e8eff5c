namespace RedisLite.Persistence;

/// <summary>Decides how long a group commit waits for more to join it. Belongs to the aof actor.</summary>
/// <remarks>
/// A fast disk would else be asked after every few commits, and an fsync costs the processor more than a request does.
/// Nobody sleeps for it: the aof actor's thread lets others run, which takes no time when nobody has anything to do,
/// and syncs when that has brought nothing new a few times in a row. On two cores with 50 clients one fsync then covers
/// 16 commits instead of 5 (docs/decisions/2026-11-23-group-commit.md).
/// </remarks>
internal sealed class CommitGathering(TimeProvider time)
{
    /// <summary>So many looks without a new commit end it: one alone may fall between two clients' turns.</summary>
    private const int QuietLooks = 4;

    /// <summary>Commits that never stop coming do not put it off any longer.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMicroseconds(500);

    private int _seen;
    private int _quietLooks;
    private long _started;

    /// <summary>Whether to let others run and ask again, before the fsync. A false ends the group.</summary>
    /// <param name="waiting">How many commits wait.</param>
    public bool IsWorthwhile(int waiting)
    {
        if (_seen == 0)
            _started = time.GetTimestamp();
        _quietLooks = waiting > _seen ? 0 : _quietLooks + 1;
        _seen = waiting;
        if (waiting > 0 && _quietLooks < QuietLooks && time.GetElapsedTime(_started) < Longest)
            return true;
        _seen = 0;
        _quietLooks = 0;
        return false;
    }
}
