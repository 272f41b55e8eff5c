using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Replication;

/// <summary>Clients that wait until so many replicas have acknowledged their writes: WAIT and WAITAOF.</summary>
/// <remarks>
/// Any thread. The condition is asked under the lock that <see cref="Check"/> takes as well: an acknowledgement that is
/// noted first and then checked for cannot be missed by a client that is just about to wait.
/// </remarks>
public sealed class AckWaiters
{
    private readonly Lock _gate = new();
    private readonly List<Waiter> _waiters = [];
    private int _count;

    /// <summary>Adds a command that has parked, unless its wait is over already; then it is woken.</summary>
    /// <param name="parked">Parked at its connection, which has a timer of its own.</param>
    /// <param name="endMs">When its time is over by the server's clock, which may be moved on; null for never.</param>
    /// <param name="isOver">Whether it need not wait; asked again by each <see cref="Check"/>.</param>
    public void Add(ParkedCommand parked, long? endMs, Func<bool> isOver)
    {
        lock (_gate)
        {
            if (!isOver())
            {
                _waiters.Add(new Waiter(parked, endMs, isOver));
                Volatile.Write(ref _count, _waiters.Count);
                return;
            }
        }

        parked.Wake();
    }

    /// <summary>The wait has ended otherwise.</summary>
    public void Remove(ParkedCommand parked)
    {
        lock (_gate)
        {
            _waiters.RemoveAll(waiter => waiter.Parked == parked);
            Volatile.Write(ref _count, _waiters.Count);
        }
    }

    /// <summary>Wakes those whose wait is over. An acknowledgement that nobody waits for costs one read.</summary>
    public void Check()
    {
        if (Volatile.Read(ref _count) == 0)
            return;
        List<Waiter> over;
        lock (_gate)
        {
            over = _waiters.FindAll(waiter => waiter.IsOver());
            foreach (var waiter in over)
                _waiters.Remove(waiter);
            Volatile.Write(ref _count, _waiters.Count);
        }

        foreach (var waiter in over)
            waiter.Parked.Wake();
    }

    /// <summary>The clock was moved on: ends the waits whose time is over.</summary>
    public void EndOverdue(long nowMs)
    {
        List<Waiter> overdue;
        lock (_gate)
        {
            overdue = _waiters.FindAll(waiter => waiter.EndMs <= nowMs);
            foreach (var waiter in overdue)
                _waiters.Remove(waiter);
            Volatile.Write(ref _count, _waiters.Count);
        }

        foreach (var waiter in overdue)
            waiter.Parked.EndByClock();
    }

    /// <summary>Ends all waits with an error: this server is no primary any more.</summary>
    public void UnblockAll()
    {
        List<Waiter> all;
        lock (_gate)
        {
            all = [.. _waiters];
            _waiters.Clear();
            Volatile.Write(ref _count, 0);
        }

        foreach (var waiter in all)
            waiter.Parked.Unblock(withError: true);
    }

    private sealed record Waiter(ParkedCommand Parked, long? EndMs, Func<bool> IsOver);
}
