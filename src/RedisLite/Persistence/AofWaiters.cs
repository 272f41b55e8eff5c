namespace RedisLite.Persistence;

/// <summary>Those who wait until the change log is on the disk up to a position. Belongs to the aof actor.</summary>
/// <remarks>
/// Waking a client means running its connection and sending its replies, which the aof actor's thread must not do, and
/// which another thread should not be woken for client by client: those whom one fsync releases are handed over
/// together, in groups, so that several event loops share a crowd.
/// </remarks>
/// <param name="schedule">Runs work on the connections' dispatcher.</param>
internal sealed class AofWaiters(Action<Action> schedule)
{
    private const int GroupSize = 64;

    private readonly PriorityQueue<(Action Release, Action? Refuse), long> _waiting = new();
    private readonly List<Action> _group = new(GroupSize);

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Count;

    /// <param name="position">Of the change log.</param>
    /// <param name="release">Called once, by <see cref="ReleaseUpTo"/>, on another thread; must not throw.</param>
    /// <param name="refuse">Called in its place by <see cref="RefuseAll"/>, also on another thread; null for who waits
    /// on.</param>
    public void Add(long position, Action release, Action? refuse = null) =>
        _waiting.Enqueue((release, refuse), position);

    /// <summary>The log is on the disk up to here.</summary>
    public void ReleaseUpTo(long synced)
    {
        while (_waiting.TryPeek(out var waiter, out var position) && position <= synced)
        {
            _waiting.Dequeue();
            _group.Add(waiter.Release);
            if (_group.Count == GroupSize)
                HandOver();
        }

        HandOver();
    }

    /// <summary>The disk has not worked for too long.</summary>
    /// <returns>How many were refused.</returns>
    public int RefuseAll()
    {
        ((Action Release, Action? Refuse) Element, long Position)[] all = [
            .. _waiting.UnorderedItems.OrderBy(item => item.Priority)];
        _waiting.Clear();
        var refused = 0;
        foreach (var (waiter, position) in all)
        {
            if (waiter.Refuse is not { } refuse)
            {
                _waiting.Enqueue(waiter, position);
                continue;
            }

            refused++;
            _group.Add(refuse);
        }

        HandOver();
        return refused;
    }

    private void HandOver()
    {
        if (_group.Count == 0)
            return;
        var group = _group.ToArray();
        _group.Clear();
        schedule(() =>
        {
            foreach (var release in group)
                release();
        });
    }
}
