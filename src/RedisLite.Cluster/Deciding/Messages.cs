using System.Collections.Immutable;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>A proposer begins: what have you accepted? To all members.</summary>
internal sealed record Prepare(Ballot Ballot);

/// <summary>A voter will answer no lower ballot, and this is what it has accepted.</summary>
internal sealed record Promise(NodeId From, Ballot Ballot, Ballot Accepted, SlotMap Map);

/// <summary>A proposer asks to accept a map. To all members.</summary>
/// <param name="Ballot">The proposer's.</param>
/// <param name="Map">The map.</param>
/// <param name="Consenting">
/// Who agreed to lose slots in it, in which run of its process, and acknowledges no write of them until this is
/// decided.
/// </param>
internal sealed record Accept(Ballot Ballot, SlotMap Map, ImmutableDictionary<NodeId, long> Consenting);

/// <summary>A voter has accepted a map.</summary>
internal sealed record Accepted(NodeId From, Ballot Ballot, long Version);

/// <summary>A voter does not do what a proposer asks.</summary>
/// <param name="From">The voter.</param>
/// <param name="Ballot">What it was asked with.</param>
/// <param name="Promised">Higher than that when that is why; else a lease or a wait is, and it is worth asking
/// again.</param>
internal sealed record Refused(NodeId From, Ballot Ballot, Ballot Promised);

/// <summary>A majority has accepted a map: it is in force.</summary>
internal sealed record Committed(Ballot Ballot, SlotMap Map);

/// <summary>A primary asks the voters to let it go on.</summary>
/// <param name="Primary">Who.</param>
/// <param name="Run">Of its process: a consent that it gave before a restart is forgotten, and does not count.</param>
/// <param name="Digest">Of the map that it acts by.</param>
/// <param name="SentAtMs">By the primary's own clock.</param>
internal sealed record Beat(NodeId Primary, long Run, ulong Digest, long SentAtMs);

/// <summary>A voter will accept no map that takes slots from the primary for as long as a lease runs.</summary>
/// <param name="Voter">Who.</param>
/// <param name="Digest">As it was asked.</param>
/// <param name="SentAtMs">As it was asked.</param>
/// <param name="LeaseMs">As the voter is configured: it promises for no longer than that.</param>
internal sealed record BeatAck(NodeId Voter, ulong Digest, long SentAtMs, long LeaseMs);

/// <summary>
/// A proposer is about to take a failed primary's place away: no beat of it is to be acknowledged for a while. To all
/// members.
/// </summary>
internal sealed record Suspend(Ballot Ballot, NodeId Primary);

/// <summary>A voter acknowledges no beat of a primary.</summary>
/// <param name="From">The voter.</param>
/// <param name="Ballot">As it was asked.</param>
/// <param name="Primary">As it was asked.</param>
/// <param name="RemainingMs">For how long the last lease that it gave, or may have given, still runs.</param>
internal sealed record Suspended(NodeId From, Ballot Ballot, NodeId Primary, long RemainingMs);

/// <summary>A proposer asks a primary to agree to lose slots: <see cref="PrimaryFence.TryConsent"/>.</summary>
/// <param name="Ballot">The proposer's.</param>
/// <param name="Version">That they are lost in.</param>
/// <param name="Slots">Which.</param>
/// <param name="PausesWriters">
/// Whether writers are to wait until it is decided, so that the successor can catch up with all that has run.
/// </param>
internal sealed record AskConsent(Ballot Ballot, long Version, ImmutableArray<SlotRange> Slots, bool PausesWriters);

/// <summary>A primary agrees to lose slots, or does not.</summary>
/// <param name="From">The primary.</param>
/// <param name="Ballot">As it was asked.</param>
/// <param name="Version">As it was asked.</param>
/// <param name="Run">Of its process.</param>
/// <param name="IsAgreed">If not, it is worth asking again: it may not know the map yet.</param>
/// <param name="Offset">Of its data, with all that has run.</param>
internal sealed record Consented(NodeId From, Ballot Ballot, long Version, long Run, bool IsAgreed, long Offset);

/// <summary>Somebody wants a change.</summary>
/// <param name="Id">Chosen by who asks: asked twice, it is done once.</param>
/// <param name="From">Who asks.</param>
/// <param name="Change">What.</param>
internal sealed record Requested(long Id, NodeId From, MapChange Change);

/// <summary>What became of a change.</summary>
/// <param name="Id">As it was asked.</param>
/// <param name="Error">Why it is refused; null when it is decided.</param>
/// <param name="Version">The version of the map that has it.</param>
internal sealed record Answered(long Id, string? Error, long Version);

/// <summary>Who leads, and what it takes for dead. To all members, all the time.</summary>
/// <param name="Ballot">The leader's.</param>
/// <param name="Version">Of the map in force.</param>
/// <param name="Failed">Members that have not been heard of for a node timeout.</param>
internal sealed record LeaderBeat(Ballot Ballot, long Version, ImmutableArray<NodeId> Failed);

/// <summary>Say how you are, now.</summary>
/// <param name="From">Who asks.</param>
/// <param name="Question">Tells the answer from what was said before; 0 where that does not matter.</param>
internal sealed record AskStatus(NodeId From, long Question);

/// <summary>How a node is. To all members, all the time.</summary>
/// <param name="Node">Which.</param>
/// <param name="Phase">Of its membership.</param>
/// <param name="Version">Of its map.</param>
/// <param name="Digest">Of its map.</param>
/// <param name="Offset">How far its data is.</param>
/// <param name="MayTakeOver">Whether it may take its primary's place by itself.</param>
/// <param name="MayMigrate">Whether it may be given to another primary.</param>
/// <param name="IslandSize">How many nodes are in the same membership.</param>
/// <param name="Island">What tells that membership from others.</param>
/// <param name="Asked">The question that it answers; 0 for none.</param>
internal sealed record PeerStatus(NodeId Node, NodePhase Phase, long Version, ulong Digest, long Offset,
    bool MayTakeOver, bool MayMigrate, int IslandSize, long Island, long Asked);

/// <summary>How far a node has got on its way into the membership.</summary>
internal enum NodePhase : byte
{
    /// <summary>It has met nobody.</summary>
    Alone,

    /// <summary>It is of a cluster, and looks for others that run.</summary>
    Seeking,

    Member,
}
