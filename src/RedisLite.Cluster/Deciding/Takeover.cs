using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>
/// Finds the successor of a primary that is not asked: it waits until no majority lets the primary acknowledge any
/// more, and takes the replica that has the most then.
/// </summary>
/// <remarks>
/// The order is what keeps a write that a replica has acknowledged: a replica that is chosen while the primary still
/// goes on may lack what another one gets afterwards. Without transport and clock; one thread, the leader's.
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
    private readonly HashSet<NodeId> _free = [];
    private readonly long _startedAtMs = nowMs;
    private long _askedAtMs = long.MinValue / 2;
    private long? _freeSinceMs;

    public required Func<SlotMap> Map { get; init; }

    public required Action<object> SendToAll { get; init; }

    public required Ballot Ballot { get; init; }

    public required NodeId Self { get; init; }

    /// <summary>Told once: the successor, or null and why there is none.</summary>
    public required Action<NodeId?, string, long> Chosen { get; init; }

    public NodeId Primary => primary;

    public Requested? Request => request;

    // How often voters and replicas are asked.
    private long AskMs => Math.Clamp(times.BeatMs / 2, 10, 100);

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
            SendToAll(new AskStatus(Self));
        }
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
            SendToAll(_freeSinceMs is null ? new Suspend(Ballot, primary) : new AskStatus(Self));
        }
    }

    /// <summary>The best of those who have answered since; null while somebody better may still answer.</summary>
    private NodeId? Choose(long sinceMs, long nowMs)
    {
        var replicas = Map().ReplicasOf(primary).Select(node => node.Id).ToList();
        if (!wanted.IsNone)
            return replicas.Contains(wanted) && HasAnswered(wanted) ? wanted : null;
        var answered = replicas.Where(HasAnswered).ToList();
        var isLate = nowMs - sinceMs > Math.Max(2 * times.BeatMs, 200);
        var able = answered.Where(id => peers.StatusOf(id)!.MayTakeOver).ToList();
        if (able.Count == 0 || (answered.Count < replicas.Count && !isLate))
            return null;
        return able.OrderByDescending(id => peers.StatusOf(id)!.Offset).ThenBy(id => id).First();

        bool HasAnswered(NodeId id) =>
            id == Self ? peers.StatusOf(id) is not null : peers.HeardOf(id) is { } heard && heard.LastMs >= sinceMs;
    }
}
