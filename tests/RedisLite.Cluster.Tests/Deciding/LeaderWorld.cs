using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Tests.Deciding;

/// <summary>
/// Nodes with voters and fences, and a leader on a node of its own that has no slots: messages arrive at once, time
/// passes when the test says so.
/// </summary>
internal sealed class LeaderWorld : ILeaderOutput
{
    internal const long LeaseMs = 1_000;
    private const long StepMs = 10;
    private const int ReplicasOfFirst = 2;

    private readonly LeaseTimes _times;
    private readonly Dictionary<NodeId, Voter> _voters = [];
    private readonly Dictionary<NodeId, PrimaryFence> _fences = [];
    private readonly HashSet<NodeId> _stopped = [];
    private readonly Queue<Action> _messages = [];
    private readonly PeerTable _peers;
    private readonly NodeId _self;
    private long _lastId;

    /// <param name="primaries">That share the slots.</param>
    /// <param name="replicas">
    /// Of the first primary up to <see cref="ReplicasOfFirst"/>, then of the others in turn.
    /// </param>
    /// <param name="leaseMs">The node timeout.</param>
    public LeaderWorld(int primaries, int replicas = 0, long leaseMs = LeaseMs)
    {
        _times = new LeaseTimes(leaseMs);
        Ids = [.. Enumerable.Range(0, primaries + replicas).Select(Id)];
        _self = Id(100);
        var edit = new SlotMapEdit { Version = 1, Cluster = _self };
        edit.Put(new ClusterNode(_self, "h", 1, 1));
        for (var i = 0; i < Ids.Length; i++)
            edit.Put(new ClusterNode(Ids[i], "h", i, i)
            {
                Primary = i < primaries ? default : Ids[Math.Max(0, i - primaries - ReplicasOfFirst + 1) % primaries],
                ConfigEpoch = i,
            });
        for (var i = 0; i < primaries; i++)
            edit.Assign(new SlotRange(i * 16_384 / primaries, ((i + 1) * 16_384 / primaries) - 1), Ids[i]);
        foreach (var id in Ids.Take(Math.Max(3, primaries)))
            edit.Voters.Add(id);
        Map = edit.Build();
        foreach (var id in Ids.Append(_self))
        {
            _voters[id] = new Voter(id, new Register(default, default, Map), _times, -100_000);
            _fences[id] = new PrimaryFence(id, run: 1, _times);
            _fences[id].Handle(new Committed(default, Map));
            Offsets[id] = 0;
        }

        _peers = new PeerTable(0);
        Leader = new Leader(_self, _peers, _times, this);
    }

    public NodeId[] Ids { get; }

    public Leader Leader { get; }

    public long NowMs { get; private set; }

    public Dictionary<NodeId, long> Offsets { get; } = [];

    public Dictionary<long, Answered> Answers { get; } = [];

    /// <summary>Nodes that answer nothing and say nothing for a while: slow, not gone.</summary>
    public HashSet<NodeId> Slow { get; } = [];

    /// <summary>Statuses that were sent a while ago and are still on their way.</summary>
    public List<PeerStatus> Late { get; } = [];

    /// <summary>Replicas that must not take over by themselves.</summary>
    public HashSet<NodeId> Stale { get; } = [];

    public int MigrationBarrier => 1;

    /// <summary>Index of a node that hears nothing of what it is asked to agree to.</summary>
    public int Deaf { get; init; } = -1;

    /// <summary>Index of a node that the leader hears nothing of.</summary>
    public int UnheardByLeader { get; init; } = -1;

    /// <summary>The last map that was decided.</summary>
    public SlotMap Map { get; private set; }

    /// <summary>Whether two acknowledged a slot at one moment.</summary>
    public bool Violated { get; private set; }

    public Ballot Promised => _voters[_self].Register.Promised;

    public SlotMap InForce => _fences[_self].Map;

    public void Settle() => Run(3 * LeaseMs);

    public void Stop(int index) => _stopped.Add(Ids[index]);

    public bool MayRelease(int index, int slot) => _fences[Ids[index]].MayRelease(slot, NowMs);

    public long Begin(MapChange change)
    {
        Leader.Handle(new Requested(++_lastId, Ids[^1], change), NowMs);
        return _lastId;
    }

    public Answered? Ask(MapChange change)
    {
        var id = Begin(change);
        Run(3_000);
        return Answers.GetValueOrDefault(id);
    }

    public void Run(long milliseconds)
    {
        for (var until = NowMs + milliseconds; NowMs < until; NowMs += StepMs)
        {
            foreach (var status in Late)
                Leader.Handle(status, NowMs);
            foreach (var id in Ids.Append(_self).Where(id => !_stopped.Contains(id) && !Slow.Contains(id)))
                if (NowMs % _times.BeatMs < StepMs)
                    Beat(id);
            Leader.Tick(NowMs);
            while (_messages.TryDequeue(out var message))
                message();
            for (var slot = 0; slot < 16_384; slot += 1_000)
                Violated |= Ids.Count(id => !_stopped.Contains(id) && _fences[id].MayRelease(slot, NowMs)) > 1;
        }
    }

    public void Send(ClusterNode to, object message) => _messages.Enqueue(() => Receive(to.Id, message));

    public void Answer(Requested request, Answered answer) => Answers[request.Id] = answer;

    public void Log(string line)
    {
    }

    private static NodeId Id(int index) =>
        NodeId.TryParse(index.ToString("x40"), out var id) ? id : throw new InvalidOperationException();

    private void Beat(NodeId id)
    {
        Report(id);
        var beat = _fences[id].NewBeat(NowMs);
        foreach (var (voter, vote) in _voters)
            if (!_stopped.Contains(voter) && vote.Handle(beat, NowMs) is { } ack)
                _fences[id].Handle(ack);
    }

    /// <summary>What a node says of itself.</summary>
    public PeerStatus StatusOf(NodeId id, long asked = 0)
    {
        var map = _fences[id].Map;
        return new PeerStatus(
            id, NodePhase.Member, map.Version, map.Digest, Offsets[id], !Stale.Contains(id), true, 1, 1, asked);
    }

    private void Report(NodeId id, long asked = 0)
    {
        if (UnheardByLeader >= 0 && id == Ids[UnheardByLeader])
            return;
        Leader.Handle(StatusOf(id, asked), NowMs);
    }

    private void Receive(NodeId to, object message)
    {
        if (_stopped.Contains(to) || Slow.Contains(to))
            return;
        object? answer = message switch
        {
            Prepare prepare => _voters[to].Handle(prepare),
            Accept accept => _voters[to].Handle(accept, NowMs),
            Suspend suspend => _voters[to].Handle(suspend, NowMs),
            AskConsent consent when Deaf < 0 || to != Ids[Deaf] => Consent(to, consent),
            _ => null,
        };
        if (message is AskStatus ask)
            Report(to, ask.Question);
        if (message is Committed committed)
        {
            Map = committed.Map.Version > Map.Version ? committed.Map : Map;
            _voters[to].Handle(committed, NowMs);
            _fences[to].Handle(committed);
        }

        if (answer is not null)
            _messages.Enqueue(() => Leader.Handle(answer, NowMs));
    }

    private Consented Consent(NodeId to, AskConsent ask)
    {
        var isAgreed = true;
        foreach (var range in ask.Slots)
            for (var slot = range.First; slot <= range.Last; slot++)
                isAgreed &= _fences[to].TryConsent(slot, ask.Ballot, ask.Version);
        return new Consented(to, ask.Ballot, ask.Version, 1, isAgreed, Offsets[to]);
    }
}
