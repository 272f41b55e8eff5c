using System.Collections.Immutable;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Files;

/// <summary>All that a node remembers of itself and its cluster.</summary>
/// <param name="Self">Its name.</param>
/// <param name="Register">What its voter has promised and accepted.</param>
/// <param name="InForce">The map that it acts by: the last of which it knows that it is decided.</param>
/// <param name="Slots">Slots on their way.</param>
internal sealed record NodeState(NodeId Self, Register Register, SlotMap InForce, LocalSlots Slots)
{
    /// <summary>Clusters that it was a member of by this name; the last one left comes last.</summary>
    public ImmutableArray<LeftCluster> Left { get; init; } = [];
}

/// <summary>
/// What a node must not forget of a cluster that it has left: it keeps its name, and members that have not heard of it
/// still count on its vote.
/// </summary>
/// <param name="Cluster">Which.</param>
/// <param name="Version">Of the map that it left by: what is not newer tells of the time before.</param>
/// <param name="Promised">Its voter answered no lower ballot.</param>
internal sealed record LeftCluster(NodeId Cluster, long Version, Ballot Promised)
{
    // So many a node hardly leaves while a member of the first one has not heard of it.
    private const int MostRemembered = 16;

    public static LeftCluster? Find(ImmutableArray<LeftCluster> all, NodeId cluster) =>
        all.FirstOrDefault(one => one.Cluster == cluster);

    /// <summary>One more, or one that was left again.</summary>
    public static ImmutableArray<LeftCluster> Add(ImmutableArray<LeftCluster> all, LeftCluster left)
    {
        if (Find(all, left.Cluster) is { } before)
            left = left with
            {
                Version = Math.Max(before.Version, left.Version),
                Promised = before.Promised > left.Promised ? before.Promised : left.Promised,
            };
        return [.. all.Where(one => one.Cluster != left.Cluster).TakeLast(MostRemembered - 1), left];
    }
}
