using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Files;

/// <summary>All that a node remembers of itself and its cluster.</summary>
/// <param name="Self">Its name.</param>
/// <param name="Register">What its voter has promised and accepted.</param>
/// <param name="InForce">The map that it acts by: the last of which it knows that it is decided.</param>
/// <param name="Slots">Slots on their way.</param>
internal sealed record NodeState(NodeId Self, Register Register, SlotMap InForce, LocalSlots Slots);
