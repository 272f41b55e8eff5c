using RedisLite.Storage.Locking;

namespace RedisLite.Commands.Execution;

/// <summary>
/// The stripes that a run holds: those of its request, and those that it took besides to serve waiting clients.
/// </summary>
/// <remarks>
/// LOCK: the request's stripes are taken in ascending order, waiting if that is allowed. Stripes taken besides are
/// tried only, never waited for, so their order cannot make a circle. All are released together. One thread at a time.
/// </remarks>
internal sealed class HeldStripes(Databases databases, object holder)
{
    private readonly List<LockPlan> _besides = [];
    private int _besidesCount;

    /// <summary>The request's own: filled before it is entered.</summary>
    public LockPlan Plan { get; } = databases.CreatePlan(holder);

    /// <summary>Adds what a command needs to a plan.</summary>
    /// <param name="plan">Not entered.</param>
    /// <param name="command">A command that takes keys exclusively does so with its sources exclusively as well: one
    /// that it finds expired must be deleted, in the log, before its own effect (BITOP, COPY), or a replay would still
    /// find it there.</param>
    /// <param name="keys">Of the request.</param>
    /// <param name="isNested">Whether commands that go stripe by stripe otherwise find all of them taken.</param>
    public static void Add(LockPlan plan, Command command, in RequestKeys keys, bool isNested)
    {
        if (keys.Keyspace >= KeyspaceUse.Read || (isNested && keys.Keyspace == KeyspaceUse.Walk))
            plan.AddAll(exclusive: keys.Keyspace == KeyspaceUse.Write);
        else if (isNested && command.Has(CommandFlags.CallsCommands))
            plan.AddAll(exclusive: command.LocksExclusive);
        foreach (ref readonly var key in keys)
            plan.Add(key.Hash, command.LocksExclusive);
    }

    /// <summary>Takes the planned stripes.</summary>
    /// <param name="limit">Ends the wait; null to wait as long as it needs.</param>
    /// <param name="mayWait">Whether to wait at all.</param>
    /// <returns>False when one was busy and waiting is not allowed, or was given up; none is held then.</returns>
    public bool TryEnter(bool mayWait, IWaitLimit? limit)
    {
        if (!mayWait)
            return Plan.TryEnter();
        if (limit is not null)
            return Plan.Enter(limit);
        Plan.Enter();
        return true;
    }

    public bool HoldsExclusive(ulong hash)
    {
        if (Plan.HoldsExclusive(hash))
            return true;
        for (var i = 0; i < _besidesCount; i++)
            if (_besides[i].HoldsExclusive(hash))
                return true;
        return false;
    }

    /// <summary>Whether all that a nested command needs is held.</summary>
    public bool Cover(Command command, in RequestKeys keys)
    {
        if (keys.Keyspace != KeyspaceUse.None && !Plan.CoversAll(keys.Keyspace == KeyspaceUse.Write))
            return false;
        foreach (ref readonly var key in keys)
            if (!Covers(key.Hash, command.LocksExclusive))
                return false;
        return true;
    }

    /// <summary>Takes what a command needs and is not held yet, if it is free.</summary>
    public bool TryCover(Command command, in RequestKeys keys)
    {
        if (Cover(command, keys))
            return true;
        if (keys.Keyspace != KeyspaceUse.None)
            return false;
        if (_besides.Count == _besidesCount)
            _besides.Add(databases.CreatePlan(holder));
        var plan = _besides[_besidesCount];
        plan.Clear();
        foreach (ref readonly var key in keys)
            if (!Covers(key.Hash, command.LocksExclusive))
                plan.Add(key.Hash, command.LocksExclusive);
        if (!plan.TryEnter())
            return false;
        _besidesCount++;
        return true;
    }

    /// <summary>Releases everything.</summary>
    public void Exit()
    {
        for (; _besidesCount > 0; _besidesCount--)
            _besides[_besidesCount - 1].Exit();
        Plan.Exit();
    }

    private bool Covers(ulong hash, bool exclusive)
    {
        if (Plan.Covers(hash, exclusive))
            return true;
        for (var i = 0; i < _besidesCount; i++)
            if (_besides[i].Covers(hash, exclusive))
                return true;
        return false;
    }
}
