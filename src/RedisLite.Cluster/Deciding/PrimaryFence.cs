using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>
/// Whether this node may acknowledge writes: the primary's half of the leases that <see cref="Voter"/> gives.
/// </summary>
/// <remarks>
/// Asked when a reply is released, not when its command runs: a process that was stopped in between must not say that a
/// write is done which its successor knows nothing of. Without transport and clock; one thread changes it, any thread
/// may ask.
/// </remarks>
internal sealed class PrimaryFence(NodeId self, long run, LeaseTimes times)
{
    private readonly Dictionary<NodeId, long> _ackedSentAtMs = [];

    // Slots that came with the map in force, until a majority has acknowledged a beat with it: an older lease does
    // not protect them.
    private readonly bool[] _unproved = new bool[SlotMap.SlotCount];
    private readonly Dictionary<int, Consent> _consents = [];
    private readonly bool[] _held = new bool[SlotMap.SlotCount];
    private bool _hasUnproved;
    private int _heldCount;
    private long _leaseUntilMs = long.MinValue;
    private SlotMap _map = SlotMap.Unformed;

    /// <summary>What tells this run of the process from its others.</summary>
    public long Run => run;

    /// <summary>The map in force as far as this node knows.</summary>
    public SlotMap Map => Volatile.Read(ref _map);

    /// <summary>Until when a majority lets this node acknowledge, by its own clock.</summary>
    public long LeaseUntilMs => Volatile.Read(ref _leaseUntilMs);

    /// <summary>A decision; the order in which they come does not matter.</summary>
    public void Handle(Committed message)
    {
        foreach (var (slot, consent) in _consents.ToArray())
            if (message.Map.Version >= consent.Version || message.Ballot > consent.Ballot)
            {
                _consents.Remove(slot);
                Volatile.Write(ref _held[slot], false);
                Volatile.Write(ref _heldCount, _consents.Count);
            }

        if (message.Map.Version <= _map.Version)
            return;
        _hasUnproved |= message.Map.MarkGained(self, _map, _unproved);
        _ackedSentAtMs.Clear();
        Volatile.Write(ref _map, message.Map);
    }

    public Beat NewBeat(long nowMs) => new(self, run, _map.Digest, nowMs);

    public void Handle(BeatAck message)
    {
        if (message.Digest != _map.Digest || !_map.Voters.Contains(message.Voter))
            return;

        // A voter with a shorter lease counts as if it had been asked earlier.
        var sentAtMs = message.SentAtMs - Math.Max(0, times.LeaseMs - message.LeaseMs);
        _ackedSentAtMs[message.Voter] = Math.Max(sentAtMs, _ackedSentAtMs.GetValueOrDefault(message.Voter,
            long.MinValue));
        if (_ackedSentAtMs.Count < _map.Majority)
            return;
        var since = _ackedSentAtMs.Values.OrderDescending().ElementAt(_map.Majority - 1);
        Volatile.Write(ref _leaseUntilMs, Math.Max(_leaseUntilMs, since + times.LeaseMs));
        if (_hasUnproved)
            Array.Clear(_unproved);
        _hasUnproved = false;
    }

    /// <summary>
    /// Agrees to lose a slot in the next version, and acknowledges no write of it until that is decided one way or
    /// the other.
    /// </summary>
    public bool TryConsent(int slot, Ballot ballot, long version)
    {
        if (version != _map.Version + 1 || !_map.Owns(self, slot))
            return false;
        if (_consents.TryGetValue(slot, out var earlier) && earlier.Ballot > ballot)
            return false;
        _consents[slot] = new Consent(ballot, version);
        Volatile.Write(ref _held[slot], true);
        Volatile.Write(ref _heldCount, _consents.Count);
        return true;
    }

    /// <summary>Whether anything is agreed to be lost, and not decided. Any thread.</summary>
    public bool HasConsents => Volatile.Read(ref _heldCount) > 0;

    /// <summary>Whether a majority lets this node acknowledge. Any thread.</summary>
    public bool HasLease(long nowMs) => nowMs < LeaseUntilMs;

    /// <summary>Whether a reply about keys of slots that are not known may go out. Any thread.</summary>
    public bool MayReleaseAny(long nowMs) =>
        HasLease(nowMs) && !HasConsents && !Volatile.Read(ref _hasUnproved);

    /// <summary>Whether a reply about a slot's keys may go out. Any thread.</summary>
    public bool MayRelease(int slot, long nowMs) =>
        nowMs < LeaseUntilMs && Map.Owns(self, slot) && !Volatile.Read(ref _unproved[slot])
            && !Volatile.Read(ref _held[slot]);

    private readonly record struct Consent(Ballot Ballot, long Version);
}
