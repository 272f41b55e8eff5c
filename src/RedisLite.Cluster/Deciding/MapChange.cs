using System.Collections.Immutable;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>
/// What somebody wants of the next map, in terms that mean the same whatever map it is applied to: a change that was
/// decided already is found to be done.
/// </summary>
internal abstract record MapChange;

/// <summary>A node that is of no cluster becomes a member.</summary>
/// <param name="Node">As it says of itself.</param>
/// <param name="Slots">That it had while it was alone. It keeps those that nobody has, or that somebody has by a lower
/// epoch.</param>
internal sealed record AddMember(ClusterNode Node, ImmutableArray<SlotRange> Slots) : MapChange;

/// <summary>A member is reached elsewhere now.</summary>
internal sealed record MoveMember(NodeId Node, string Ip, int Port, int BusPort, string Hostname) : MapChange;

/// <summary>A member is none any more; its slots are nobody's.</summary>
internal sealed record RemoveMember(NodeId Node) : MapChange;

/// <summary>Slots go from one to another: <see cref="ISlotProposals.ProposeAsync"/>.</summary>
/// <param name="Slots">Which.</param>
/// <param name="From">Who has them; none for nobody.</param>
/// <param name="To">Who gets them; none for nobody.</param>
/// <param name="ExpectedEpoch">Of the owner; null for any.</param>
internal sealed record GiveSlots(ImmutableArray<SlotRange> Slots, NodeId From, NodeId To, long? ExpectedEpoch)
    : MapChange;

/// <summary>A member without slots follows a primary from now on.</summary>
internal sealed record FollowPrimary(NodeId Node, NodeId Primary) : MapChange;

/// <summary>A replica takes its primary's place.</summary>
/// <param name="Replica">Which.</param>
/// <param name="Former">Its primary.</param>
/// <param name="Kind">Who asks for it.</param>
internal sealed record PromoteReplica(NodeId Replica, NodeId Former, FailoverKind Kind) : MapChange;

/// <summary>A member gets an epoch above all others.</summary>
internal sealed record RaiseEpoch(NodeId Node) : MapChange;

/// <summary>Nothing changes but the version: whoever agreed to a change that is off is told so.</summary>
internal sealed record NothingNew : MapChange;

/// <summary>Why a replica takes over.</summary>
internal enum FailoverKind : byte
{
    /// <summary>Its primary has failed.</summary>
    Automatic,

    /// <summary>CLUSTER FAILOVER: the primary hands over, and nothing is lost.</summary>
    Manual,

    /// <summary>CLUSTER FAILOVER FORCE: the primary is not asked.</summary>
    Forced,
}
