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
    /// <param name="parked">Parked at its connection.</param>
    /// <param name="isOver">Whether it need not wait; asked again by each <see cref="Check"/>.</param>
    public void Add(ParkedCommand parked, Func<bool> isOver)
    {
        lock (_gate)
        {
            if (!isOver())
            {
                _waiters.Add(new Waiter(parked, isOver));
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

    private sealed record Waiter(ParkedCommand Parked, Func<bool> IsOver);
}
