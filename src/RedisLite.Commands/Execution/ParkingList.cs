using RedisLite.Commands.Server;

namespace RedisLite.Commands.Execution;

/// <summary>Commands that wait for one and the same thing, all of which run again when it comes.</summary>
/// <remarks>
/// Any thread. The condition is asked under the lock that <see cref="WakeAll"/> takes as well: who makes it false first
/// and then wakes cannot miss a command that has seen it true.
/// </remarks>
internal sealed class ParkingList
{
    private readonly Lock _gate = new();
    private readonly HashSet<ParkedCommand> _parked = [];

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _parked.Count;
        }
    }

    /// <summary>Parks a client's next command if it has to wait.</summary>
    /// <param name="connection">The client's.</param>
    /// <param name="mustWait">How long at most; null when there is nothing to wait for.</param>
    public ParkedCommand? ParkIf(IClientConnection connection, Func<TimeSpan?> mustWait)
    {
        lock (_gate)
        {
            if (mustWait() is not { } timeout)
                return null;
            ParkedCommand? parked = null;
            parked = new ParkedCommand { Timeout = timeout, Connection = connection, OnEnded = () => Forget(parked!) };
            _parked.Add(parked);
            return parked;
        }
    }

    public void WakeAll()
    {
        ParkedCommand[] parked;
        lock (_gate)
        {
            if (_parked.Count == 0)
                return;
            parked = [.. _parked];
            _parked.Clear();
        }

        foreach (var command in parked)
            command.Wake();
    }

    private void Forget(ParkedCommand parked)
    {
        lock (_gate)
            _parked.Remove(parked);
    }
}

/// <summary>
/// Writers that wait because the append only file is too far behind its disk; it wakes them when it is not any more.
/// </summary>
/// <remarks>Any thread. While the file keeps up, a writer pays for one read.</remarks>
public sealed class WaitingWriters
{
    private readonly ParkingList _list = new();

    /// <summary>How many wait.</summary>
    public int Count => _list.Count;

    /// <summary>What a writer has to wait for, or null when it may run.</summary>
    public ParkedCommand? ParkIfHeld(IPersistence persistence, IClientConnection connection) =>
        persistence.HoldsWriters ? Park(persistence, connection) : null;

    /// <summary>Writers may go on; called after <see cref="IPersistence.HoldsWriters"/> has become false.</summary>
    public void Resume() => _list.WakeAll();

    // Apart, or every writer would pay for the closure.
    private ParkedCommand? Park(IPersistence persistence, IClientConnection connection) =>
        _list.ParkIf(connection, () => persistence.HoldsWriters ? Timeout.InfiniteTimeSpan : null);
}
