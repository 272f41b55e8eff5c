using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Tests.Simulation;

/// <summary>
/// One random history of a few nodes with a bad network, rivals, crashes, pauses and clocks that differ.
/// </summary>
/// <remarks>
/// The nodes run the real voters, proposers and fences; this owns time, messages and disks. It knows everything that
/// happens, and throws <see cref="ViolationException"/> when a version has two maps, or a slot two owners that
/// acknowledge.
/// </remarks>
internal sealed class Schedule
{
    internal const long LeaseMs = 1_000;
    private const int Faulty = 10_000;
    private const int Calm = 8_000;

    // Below the time, so that events of one moment happen in the order in which they were planned.
    private const int SequenceBits = 32;

    private readonly Random _random;
    private readonly PriorityQueue<Action, long> _events = new();
    private readonly Dictionary<(Ballot, ulong), HashSet<NodeId>> _votes = [];
    private readonly Dictionary<long, SlotMap> _decided = [];
    private readonly (NodeId Owner, long Version)[] _acknowledged = new (NodeId, long)[SimulatedNode.SlotsInUse];
    private long _sequence;
    private bool _isCalm;

    public Schedule(int seed, Mutation mutation)
    {
        _random = new Random(seed);
        Mutation = mutation;
        Ids = [.. Enumerable.Range(0, 5 + _random.Next(3)).Select(index => Id(index))];
        FirstMap = CreateFirstMap();
        _decided[FirstMap.Version] = FirstMap;
        Nodes = Ids.ToDictionary(id =>
            id, id => new SimulatedNode(this, id, 1 + (((_random.NextDouble() * 2) - 1) * 0.015)));
    }

    public Mutation Mutation { get; }

    public NodeId[] Ids { get; }

    public SlotMap FirstMap { get; }

    public Dictionary<NodeId, SimulatedNode> Nodes { get; }

    public long NowMs { get; private set; }

    public int Decisions => _decided.Count - 1;

    public int Acknowledgements { get; private set; }

    public int Takeovers { get; private set; }

    /// <summary>Plays it.</summary>
    public void Run()
    {
        foreach (var node in Nodes.Values)
            node.Start();
        for (var at = 0; at < Faulty; at += 40)
            After(at + _random.Next(40), Disturb);
        Play(Faulty);

        // The faults end: one proposer is left, everybody runs, messages come.
        _isCalm = true;
        foreach (var node in Nodes.Values)
            node.Calm();
        var leader = Nodes[Ids[_random.Next(Ids.Length)]];
        for (var at = 0; at < Calm / 2; at += 500)
            After(at, leader.BeginUnlessLeading);
        Play(Faulty + (Calm / 2));
        var (decisions, acknowledgements) = (Decisions, Acknowledgements);
        for (var at = 0; at < Calm / 2; at += 100)
            After(at, () => leader.ProposeSomething(_random));
        Play(Faulty + Calm);
        Assert.True(Decisions > decisions, "nothing is decided although the faults have ended");
        Assert.True(Acknowledgements > acknowledgements, "nothing is acknowledged although the faults have ended");
    }

    public void After(long delayMs, Action action) =>
        _events.Enqueue(action, ((NowMs + delayMs) << SequenceBits) + _sequence++);

    public void SendToAll(NodeId from, object message)
    {
        foreach (var id in Ids)
            Send(from, id, message);
    }

    public void Send(NodeId from, NodeId to, object message)
    {
        if (!_isCalm && _random.NextDouble() < 0.12)
            return;
        var copies = !_isCalm && _random.NextDouble() < 0.05 ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            var isLate = !_isCalm && _random.NextDouble() < 0.03;
            After(from == to ? 0 : 1 + _random.Next(isLate ? 2_500 : 25), () => Nodes[to].Receive(message));
        }
    }

    /// <summary>A voter's disk has it.</summary>
    public void NoteAccepted(NodeId voter, Ballot ballot, SlotMap map)
    {
        if (!_votes.TryGetValue((ballot, map.Digest), out var voters))
            _votes[(ballot, map.Digest)] = voters = [];
        voters.Add(voter);
        if (voters.Count(map.Voters.Contains) < map.Majority)
            return;
        if (!_decided.TryAdd(map.Version, map) && _decided[map.Version].Digest != map.Digest)
            throw new ViolationException($"version {map.Version} has two maps");
        if (map.TakesSlots)
            Takeovers++;
    }

    /// <summary>A primary tells a client that a write is done.</summary>
    public void NoteAcknowledged(NodeId owner, int slot, long version)
    {
        Acknowledgements++;
        var (before, highest) = _acknowledged[slot];
        if (version < highest && before != owner)
            throw new ViolationException(
                $"{owner} acknowledges slot {slot} by version {version} after {before} by {highest}");
        _acknowledged[slot] = (owner, Math.Max(version, highest));
    }

    private static NodeId Id(int index) =>
        NodeId.TryParse(index.ToString("x40"), out var id) ? id : throw new InvalidOperationException();

    private SlotMap CreateFirstMap()
    {
        var edit = new SlotMapEdit { Version = 1, Cluster = Ids[0] };
        for (var i = 0; i < Ids.Length; i++)
            edit.Put(new ClusterNode(Ids[i], "", i, i) { Primary = i < 3 ? default : Ids[i % 3], ConfigEpoch = i + 1 });
        for (var slot = 0; slot < SimulatedNode.SlotsInUse; slot++)
            edit.Assign(slot, Ids[slot % 3]);
        for (var i = 0; i < 3 + _random.Next(3); i++)
            edit.Voters.Add(Ids[i]);
        return edit.Build();
    }

    private void Disturb()
    {
        var node = Nodes[Ids[_random.Next(Ids.Length)]];
        switch (_random.NextDouble())
        {
            case < 0.05:
                node.BeginAsLeader();
                break;
            case < 0.07:
                node.StopLeading();
                break;
            case < 0.09:
                node.Crash(_random.Next(1_500));
                break;
            case < 0.11:
                node.Pause(_random.Next(3_000));
                break;
            case < 0.6:
                foreach (var each in Nodes.Values)
                    each.ProposeSomething(_random);
                break;
        }
    }

    private void Play(long untilMs)
    {
        while (_events.TryPeek(out _, out var next) && next >> SequenceBits <= untilMs)
        {
            var action = _events.Dequeue();
            NowMs = Math.Max(NowMs, next >> SequenceBits);
            action();
        }

        NowMs = untilMs;
    }
}

/// <summary>A safeguard that a schedule does without, to show that it is needed.</summary>
internal enum Mutation
{
    None,

    /// <summary>A new proposer goes on from what it has accepted itself.</summary>
    NoRead,

    /// <summary>Voters forget what they have promised.</summary>
    NoPromises,

    /// <summary>Primaries acknowledge without a lease.</summary>
    NoFence,

    /// <summary>Voters give leases and forget them.</summary>
    NoLeases,

    /// <summary>Slots that came with a map are acknowledged by the lease of an older one.</summary>
    NoProof,
}

internal sealed class ViolationException(string message) : Exception(message);
