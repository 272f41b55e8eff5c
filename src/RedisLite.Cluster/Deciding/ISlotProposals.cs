using System.Collections.Immutable;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>Asks the cluster to give slots to another owner, and answers when that is decided.</summary>
/// <remarks>
/// <para>Any thread. In a cluster of several nodes the voters decide; a node that has met nobody decides alone, at
/// once. Nothing of it needs stripes: whoever asks holds none, because the decision is put in force with all of them
/// held.</para>
/// <para>The owner that loses the slots is asked to agree before it is decided, and from then on acknowledges no write
/// of them until the decision is in force there or is off. It does not hold back what has not run yet: whoever must
/// not have writes run in between holds them back before it asks (<c>PauseState</c>, or stripes that it gives back).
/// </para>
/// </remarks>
internal interface ISlotProposals
{
    /// <summary>This node.</summary>
    NodeId Self { get; }

    /// <summary>The map in force here.</summary>
    SlotMap Map { get; }

    /// <summary>
    /// A map has come into force here: the one before, and it. Called after all stripes were given back, one call at a
    /// time, in the order of the versions; the handler returns at once.
    /// </summary>
    event Action<SlotMap, SlotMap>? MapChanged;

    /// <summary>Proposes that slots go from one primary to another.</summary>
    /// <param name="slots">Which. All of them, or none.</param>
    /// <param name="from">Who has them now; none for slots that are nobody's.</param>
    /// <param name="to">Who gets them, with an epoch of its own above all others; none for nobody.</param>
    /// <param name="expectedEpoch">
    /// The epoch that <paramref name="from"/> has in the map that the caller saw
    /// (<see cref="ClusterNode.ConfigEpoch"/>); another refuses the proposal. Null when it does not matter.
    /// </param>
    /// <param name="timeout">How long to wait for the decision.</param>
    /// <returns>Completes when the decision is in force on this node, or was refused, or after the timeout. It does not
    /// fail.</returns>
    Task<SlotProposalResult> ProposeAsync(ImmutableArray<SlotRange> slots, NodeId from, NodeId to, long? expectedEpoch,
        TimeSpan timeout);
}

/// <summary>What became of a proposal.</summary>
/// <param name="Outcome">See there.</param>
/// <param name="Error">Why it was refused, or what is not known; empty when it is decided.</param>
/// <param name="Version">The version of the map that has it; 0 unless it is decided.</param>
internal readonly record struct SlotProposalResult(SlotProposalOutcome Outcome, string Error, long Version);

/// <summary>How far a proposal has come.</summary>
internal enum SlotProposalOutcome
{
    /// <summary>The slots are the new owner's: decided, and in force on this node.</summary>
    Decided,

    /// <summary>Nothing has changed, and nothing will: the map is another one than the caller thought.</summary>
    Refused,

    /// <summary>
    /// The time is over. It may have been decided, or may still be: <see cref="ISlotProposals.Map"/> shows it once this
    /// node hears of it. Asking again is safe: what is decided already is answered as decided.
    /// </summary>
    Unknown,
}
