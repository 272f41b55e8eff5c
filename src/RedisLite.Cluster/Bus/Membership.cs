using Akka.Actor;
using Akka.Cluster;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Bus;

/// <summary>Brings this node into Akka's membership of its cluster: joins who is in it, or begins it.</summary>
/// <remarks>
/// <code>
///   Seeking  --somebody says that it is a member-->  joins it
///            --nobody is, a majority of the voters seeks, and this node has the lowest name--> begins
///   Member   --others are members of another island, which is larger-->  the bus begins anew, and joins them
/// </code>
/// The slot map says who belongs to the cluster, whatever Akka's membership is at the moment: it only has one singleton
/// lead. Two islands of members may be there for a while; they cannot both decide, and never merge by themselves.
/// Belongs to one actor.
/// </remarks>
internal sealed class Membership(Akka.Cluster.Cluster cluster, NodeCore core)
{
    private const long AttemptMs = 2_000;
    private const long ApartMs = 3_000;

    private readonly long _startedAtMs = core.NowMs;
    private long _joinedAtMs = long.MinValue / 2;
    private Address? _joining;
    private long? _apartSinceMs;
    private long _heardAtMs = core.NowMs;
    private long _tickedAtMs = long.MinValue / 2;

    private bool IsMember
    {
        get
        {
            foreach (var member in cluster.State.Members)
                if (member.UniqueAddress.Equals(cluster.SelfUniqueAddress))
                    return member.Status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Leaving;
            return false;
        }
    }

    // Nobody who looks for others is overheard in this time.
    private long SettleMs => Math.Max(1_000, 4 * Math.Clamp(core.Times.BeatMs, 20, 500));

    /// <summary>How far this node is, the size of its island, and what tells that from others.</summary>
    public (NodePhase Phase, int Size, long Island) Describe()
    {
        if (!core.IsFormed)
            return (NodePhase.Alone, 0, 0);
        if (!IsMember)
            return (NodePhase.Seeking, 0, 0);
        var members = cluster.State.Members.Where(member => member.Status is MemberStatus.Up).ToList();
        var oldest = members.Count == 0 ? null : members.Aggregate((a, b) => a.IsOlderThan(b) ? a : b);
        return (NodePhase.Member, members.Count, oldest?.UniqueAddress.Uid ?? 0);
    }

    /// <returns>Why the bus has to begin anew; null when it need not.</returns>
    public string? Tick()
    {
        var now = core.NowMs;
        var map = core.InForce;
        var heard = map.Nodes.Where(node => node.Id != core.Self
            && core.Peers.HeardOf(node.Id) is { } times && now - times.LastMs < SettleMs).ToList();
        if (heard.Count > 0 || map.Nodes.Length == 1 || now - _tickedAtMs > SettleMs)
            _heardAtMs = now;
        _tickedAtMs = now;
        if (IsMember)
            return Stay(map, heard, now);
        Seek(map, heard, now);
        return null;
    }

    private void Seek(SlotMap map, List<ClusterNode> heard, long now)
    {
        if (_joining is not null && now - _joinedAtMs < AttemptMs)
            return;
        var self = cluster.SelfAddress;
        var host = heard.Where(node => core.Peers.StatusOf(node.Id) is { Phase: NodePhase.Member })
            .MaxBy(node => core.Peers.StatusOf(node.Id)!.IslandSize);
        if (host is not null)
        {
            Join(new Address(self.Protocol, self.System, host.Ip, host.BusPort), now);
            return;
        }

        var seekers = heard.Where(node => core.Peers.StatusOf(node.Id) is { Phase: NodePhase.Seeking })
            .Select(node => node.Id).Append(core.Self).ToList();
        var isSettled = map.Nodes.Length == 1 || now - _startedAtMs >= SettleMs;
        if (isSettled && seekers.Min() == core.Self && seekers.Count(map.Voters.Contains) >= map.Majority)
            Join(cluster.SelfAddress, now);
    }

    private void Join(Address address, long now)
    {
        (_joining, _joinedAtMs) = (address, now);
        cluster.Join(address);
    }

    private string? Stay(SlotMap map, List<ClusterNode> heard, long now)
    {
        if (map.Nodes.Length > 1 && now - _heardAtMs > Math.Max(2 * core.Times.LeaseMs, 5_000))
        {
            _heardAtMs = now;
            return "no other node was heard of for long";
        }

        var (_, size, island) = Describe();
        var isApart = heard.Exists(node => core.Peers.StatusOf(node.Id) is { Phase: NodePhase.Member } status
            && status.Island != island && !IsInIsland(node)
            && (status.IslandSize > size || (status.IslandSize == size && status.Island < island)));
        _apartSinceMs = isApart ? _apartSinceMs ?? now : null;
        if (_apartSinceMs is not { } since || now - since < ApartMs)
            return null;
        _apartSinceMs = null;
        return "most nodes are members of another island";
    }

    private bool IsInIsland(ClusterNode node)
    {
        foreach (var member in cluster.State.Members)
            if (member.Address.Host == node.Ip && member.Address.Port == node.BusPort)
                return true;
        return false;
    }
}
