using System.Collections.Immutable;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Bus;

/// <summary>A node wants to be of one cluster with another: CLUSTER MEET.</summary>
/// <param name="Node">Who.</param>
/// <param name="Cluster">Its own cluster; none when it has met nobody.</param>
/// <param name="Members">How many that has, itself included.</param>
/// <param name="Slots">That it has.</param>
internal sealed record Greet(ClusterNode Node, NodeId Cluster, int Members, ImmutableArray<SlotRange> Slots);

/// <summary>What a greeting has come to.</summary>
/// <param name="Node">Who was greeted.</param>
/// <param name="Refusal">Why the two stay apart; empty when it is busy with a meeting of its own: come again.</param>
internal sealed record Greeted(NodeId Node, string Refusal);

/// <summary>PUBLISH and SPUBLISH: a message for clients of other nodes.</summary>
internal sealed record Publish(ImmutableArray<byte> Channel, ImmutableArray<byte> Message, bool IsSharded);

/// <summary>To this node's own actor: CLUSTER MEET.</summary>
internal sealed record Meet(string Ip, int Port, int BusPort);

/// <summary>To this node's own actor: there is something new to propose.</summary>
internal sealed record Propose
{
    public static Propose Instance { get; } = new();
}
