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
internal sealed record BeatAck(NodeId Voter, ulong Digest, long SentAtMs);
