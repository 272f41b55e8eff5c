using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>One member's vote: single-register Paxos over the slot map, and the leases of the primaries.</summary>
/// <remarks>
/// <para>Without transport, disk and clock: whoever calls it writes <see cref="Register"/> to the disk before the
/// answer leaves, and says what time it is, by a clock that goes on while the machine sleeps. One thread.</para>
/// <para>Why there is one history of maps. Two majorities of the same voters share a voter, and so do those of two
/// versions in succession, since they differ by one voter. A proposer reads a majority before it proposes, and a voter
/// that was read answers no lower ballot any more: so whatever was decided before is among what was read, and has the
/// highest ballot there.</para>
/// <para>Why there is one primary for a slot. A primary acknowledges only while a majority of its map's voters have
/// acknowledged a beat with that very map; each of them then accepts no map that takes its slots before that lease is
/// over. Some voter of every majority that could take them is among those, unless voters changed in between, or a voter
/// has forgotten its leases in a restart: hence the two further waits in <see cref="MustWait"/>.</para>
/// </remarks>
internal sealed class Voter(NodeId self, Register register, LeaseTimes times, long startedAtMs)
{
    private readonly Dictionary<NodeId, Lease> _leases = [];
    private readonly Dictionary<NodeId, long> _suspendedUntilMs = [];
    private readonly List<(long Version, long SinceMs)> _known = [(register.Map.Version - 1, startedAtMs)];

    public Register Register { get; private set; } = register;

    /// <returns>A <see cref="Promise"/> or a <see cref="Refused"/>.</returns>
    public object Handle(Prepare message)
    {
        if (message.Ballot < Register.Promised)
            return new Refused(self, message.Ballot, Register.Promised);
        Register = Register with { Promised = message.Ballot };
        return new Promise(self, message.Ballot, Register.Ballot, Register.Map);
    }

    /// <returns>An <see cref="Accepted"/>, a <see cref="Refused"/>, or null for what is old.</returns>
    public object? Handle(Accept message, long nowMs)
    {
        var (ballot, map) = (message.Ballot, message.Map);
        if (ballot < Register.Promised || IsForeign(map))
            return new Refused(self, ballot, Register.Promised);
        if (ballot == Register.Ballot && map.Version < Register.Map.Version)
            return null;
        if (map.Digest != Register.Map.Digest)
        {
            // Who proposes a version knows that the one before is decided.
            NoteDecided(map.Version - 1, nowMs);
            if (map.TakesSlots && MustWait(message, nowMs))
                return new Refused(self, ballot, Register.Promised);
        }

        Take(ballot, map);
        return new Accepted(self, ballot, map.Version);
    }

    /// <summary>
    /// A map is in force. To accept it now as well changes nothing of what is decided, and lets a voter that was away
    /// catch up.
    /// </summary>
    public void Handle(Committed message, long nowMs)
    {
        if (IsForeign(message.Map))
            return;
        NoteDecided(message.Map.Version, nowMs);
        var isNewer = message.Ballot > Register.Ballot
            || (message.Ballot == Register.Ballot && message.Map.Version > Register.Map.Version);
        if (message.Ballot >= Register.Promised && isNewer)
            Take(message.Ballot, message.Map);
    }

    /// <returns>Null when it does not count: the primary acts by another map, or is about to lose its slots.</returns>
    public BeatAck? Handle(Beat message, long nowMs)
    {
        if (message.Digest != Register.Map.Digest || Register.Map.Find(message.Primary) is not { IsPrimary: true })
            return null;
        if (_suspendedUntilMs.TryGetValue(message.Primary, out var until) && nowMs < until)
            return null;
        _leases[message.Primary] = new Lease(Register.Map, message.Run, nowMs);
        return new BeatAck(self, message.Digest, message.SentAtMs, times.LeaseMs);
    }

    /// <summary>
    /// A takeover is about to begin: from now on the primary's leases run out, and who takes over is chosen only when
    /// they have. It would be safe without, but the choice would not be the best one any more when it is accepted.
    /// </summary>
    /// <returns>A <see cref="Suspended"/> or a <see cref="Refused"/>.</returns>
    public object Handle(Suspend message, long nowMs)
    {
        if (message.Ballot < Register.Promised)
            return new Refused(self, message.Ballot, Register.Promised);
        _suspendedUntilMs[message.Primary] = nowMs + (2 * times.PromiseMs);
        var until = startedAtMs + times.PromiseMs;
        if (_leases.TryGetValue(message.Primary, out var lease))
            until = Math.Max(until, lease.SinceMs + times.PromiseMs);
        return new Suspended(self, message.Ballot, message.Primary, Math.Max(0, until - nowMs));
    }

    private bool IsForeign(SlotMap map) => !Register.Map.Cluster.IsNone && Register.Map.Cluster != map.Cluster;

    private void Take(Ballot ballot, SlotMap map)
    {
        Register = new Register(ballot > Register.Promised ? ballot : Register.Promised, ballot, map);

        // Whatever a lease has lost here, its primary has agreed to, or the lease is over.
        foreach (var primary in _leases.Keys.ToArray())
            _leases[primary] = _leases[primary] with { Map = map };
    }

    private bool MustWait(Accept message, long nowMs)
    {
        var mustWait = false;
        foreach (var (primary, lease) in _leases)
        {
            var isOver = nowMs >= lease.SinceMs + times.PromiseMs;
            var isAgreed = message.Consenting.TryGetValue(primary, out var run) && run == lease.Run;
            if (isOver || isAgreed || !lease.Map.LosesSlots(primary, message.Map))
                continue;

            // No further acknowledgement: or the lease would be renewed for ever, and the map never accepted.
            _suspendedUntilMs[primary] = nowMs + (2 * times.PromiseMs);
            mustWait = true;
        }

        // Leases that were given before a restart are forgotten.
        if (mustWait || nowMs < startedAtMs + times.PromiseMs)
            return true;

        // Leases by voters who are none any more are over when the change of voters is as old as a lease.
        return TakesWithoutConsent(message) && nowMs < DecidedSince(message.Map.VotersVersion) + times.PromiseMs;
    }

    /// <summary>
    /// Whether somebody who did not agree may lose a slot. For certain only where the version before is here.
    /// </summary>
    private bool TakesWithoutConsent(Accept message)
    {
        var before = Register.Map;
        if (before.Version != message.Map.Version - 1 || message.Consenting.IsEmpty)
            return true;
        foreach (var node in before.Nodes)
            if (!message.Consenting.ContainsKey(node.Id) && before.LosesSlots(node.Id, message.Map))
                return true;
        return false;
    }

    private void NoteDecided(long version, long nowMs)
    {
        if (version <= _known[^1].Version)
            return;
        _known.Add((version, nowMs));
        while (_known.Count > 2 && nowMs >= _known[1].SinceMs + times.PromiseMs)
            _known.RemoveAt(0);
    }

    private long DecidedSince(long version)
    {
        foreach (var (known, since) in _known)
            if (known >= version)
                return since;
        return long.MaxValue / 2;
    }

    private readonly record struct Lease(SlotMap Map, long Run, long SinceMs);
}
