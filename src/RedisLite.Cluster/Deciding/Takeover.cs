using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>
/// Finds the successor of a primary that is not asked: it waits until no majority lets the primary acknowledge any
/// more, and takes the replica that has the most then.
/// </summary>
/// <remarks>
/// <para>The order is what keeps a write that a replica has acknowledged: a replica that is chosen while the primary
/// still goes on may lack what another one gets afterwards. So only what a replica says when it is asked then counts,
/// not what is still on its way from before.</para>
/// <para>One that is slow for an instant may be the one that has it: every replica that is not taken for dead is waited
/// for, as long as a failover may take. Without transport and clock; one thread, the leader's.</para>
/// </remarks>
/// <param name="primary">Whose place is taken.</param>
/// <param name="wanted">Who is to take it; none for the one with the most.</param>
/// <param name="request">Who asked for it; null when nobody has: the primary has failed.</param>
/// <param name="times">Of the leases.</param>
/// <param name="peers">What was heard of the replicas.</param>
/// <param name="nowMs">When it begins.</param>
internal sealed class Takeover(NodeId primary, NodeId wanted, Requested? request, LeaseTimes times, PeerTable peers,
    long nowMs)
{
    // Two seconds after the node timeout all is to be over: the rest is for the decision.
    private const long PatienceMs = 1_800;

    // Where the leases have taken most of that, replicas get at least so long to answer.
    private const long LeastPatienceMs = 1_000;

    private readonly HashSet<NodeId> _free = [];
    private readonly Dictionary<NodeId, PeerStatus> _answers = [];
    private readonly long _question = Random.Shared.NextInt64(1, long.MaxValue);
    private readonly long _startedAtMs = nowMs;
    private long _askedAtMs = long.MinValue / 2;
    private long? _freeSinceMs;

    public required Func<SlotMap> Map { get; init; }

    public required Action<object> SendToAll { get; init; }

    public required Ballot Ballot { get; init; }

    public required NodeId Self { get; init; }

    /// <summary>Whether a node is taken for dead.</summary>
    public required Predicate<NodeId> HasFailed { get; init; }

    /// <summary>Told once: the successor, or null and why there is none.</summary>
    public required Action<NodeId?, string, long> Chosen { get; init; }

    public NodeId Primary => primary;

    public Requested? Request => request;

    // How often voters and replicas are asked.
    private long AskMs => Math.Clamp(times.BeatMs / 2, 10, 100);

    // With a short node timeout the voters' patience ends first: then one that has answered is better than none.
    private long LastCallMs => _startedAtMs + (2 * times.PromiseMs)
        - Math.Max(AskMs, (long)Leader.TickInterval.TotalMilliseconds);

    public void Handle(Suspended message, long nowMs)
    {
        if (message.Ballot != Ballot || message.Primary != primary || message.RemainingMs > 0)
            return;
        _free.Add(message.From);
        var map = Map();
        if (_freeSinceMs is null && _free.Count(map.Voters.Contains) >= map.Majority)
        {
            _freeSinceMs = nowMs;
            _askedAtMs = nowMs;
            SendToAll(new AskStatus(Self, _question));
        }
    }

    public void Handle(PeerStatus status, long nowMs)
    {
        if (status.Asked == _question)
            _answers[status.Node] = status;
        Tick(nowMs);
    }

    public void Tick(long nowMs)
    {
        if (request is null && peers.SilenceMs(primary, nowMs) <= times.LeaseMs)
        {
            Chosen(null, $"{primary} is back: nobody takes its place", nowMs);
            return;
        }

        if (_freeSinceMs is { } since && Choose(since, nowMs) is { } replica)
        {
            Chosen(replica, "", nowMs);
        }
        else if (nowMs - _startedAtMs > 2 * times.PromiseMs)
        {
            // Voters acknowledge the primary's beats again by then.
            Chosen(null, $"ERR no successor of {primary} was found in time", nowMs);
        }
        else if (nowMs - _askedAtMs >= AskMs)
        {
            _askedAtMs = nowMs;
            SendToAll(_freeSinceMs is null ? new Suspend(Ballot, primary) : new AskStatus(Self, _question));
        }
    }

    /// <summary>The best of those who have answered since; null while somebody better may still answer.</summary>
    private NodeId? Choose(long sinceMs, long nowMs)
    {
        var replicas = Map().ReplicasOf(primary).Select(node => node.Id).ToList();
        if (!wanted.IsNone)
            return replicas.Contains(wanted) && _answers.ContainsKey(wanted) ? wanted : null;
        var isLate = nowMs >= Math.Min(
            Math.Max(_startedAtMs + PatienceMs, sinceMs + LeastPatienceMs),
            Math.Max(LastCallMs, sinceMs + (times.PromiseMs / 4)));
        if (!isLate && replicas.Exists(id => !_answers.ContainsKey(id) && !HasFailed(id)))
            return null;
        var able = replicas.Where(id => _answers.TryGetValue(id, out var answer) && answer.MayTakeOver).ToList();
        return able.Count == 0 ? null : able.OrderByDescending(id => _answers[id].Offset).ThenBy(id => id).First();
    }
}
