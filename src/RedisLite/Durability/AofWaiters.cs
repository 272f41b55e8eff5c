namespace RedisLite.Durability;

/// <summary>Those who wait until the change log is on the disk up to a position. Belongs to the aof actor.</summary>
internal sealed class AofWaiters
{
    private readonly PriorityQueue<Action, long> _waiting = new();

    /// <param name="position">Of the change log.</param>
    /// <param name="release">Called once, by <see cref="ReleaseUpTo"/>; must not throw.</param>
    public void Add(long position, Action release) => _waiting.Enqueue(release, position);

    /// <summary>The log is on the disk up to here.</summary>
    public void ReleaseUpTo(long synced)
    {
        while (_waiting.TryPeek(out var release, out var position) && position <= synced)
        {
            _waiting.Dequeue();
            release();
        }
    }
}
