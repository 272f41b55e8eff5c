using RedisLite.Storage;

namespace RedisLite.Configuration;

/// <summary>What moving slots needs of the node: whose they are, what is on its way, and how that changes.</summary>
/// <remarks>
/// Any thread. What changes something writes the node's file and takes all stripes: the caller holds none, and is on no
/// event loop. Nodes are named by their IDs.
/// </remarks>
public interface ISlotOwnership
{
    string NodeId { get; }

    /// <summary>Whether the node may give and take slots.</summary>
    bool IsPrimary { get; }

    /// <summary>The owner of a slot; null for nobody.</summary>
    string? OwnerOf(int slot);

    /// <summary>The first of the slots that moves key by key (SETSLOT); null when none does.</summary>
    int? FirstMovedByKeys(SlotSet slots);

    /// <summary>Where a node is that can give or take slots; null when there is none of that name.</summary>
    NodePlace? Find(string node);

    /// <summary>
    /// Slots whose keys come, by the node that they come from: their keys are hidden, and deleted if they do not become
    /// this node's. As the node's file has it, from before a restart too.
    /// </summary>
    IReadOnlyDictionary<string, SlotSet> Arriving { get; }

    /// <summary>Slots of which keys are left that are to be deleted; they are hidden.</summary>
    SlotSet Leaving { get; }

    /// <summary>Slots begin to come.</summary>
    /// <returns>Null, or what is wrong.</returns>
    string? BeginArrival(SlotSet slots, string from);

    /// <summary>They do not come after all: what has come is to be deleted.</summary>
    string? GiveUpArrival(SlotSet slots);

    /// <summary>No key is left.</summary>
    string? EndLeaving(SlotSet slots);

    /// <summary>
    /// Another node has all of the slots up to a position of the log: what was written before may be acknowledged
    /// although they are its by then.
    /// </summary>
    void NoteGiven(SlotSet slots, string to, long position);

    /// <summary>Has the cluster decide that slots are another node's, and waits until that is in force here.</summary>
    Task<SlotDecision> DecideAsync(SlotSet slots, string from, string to);

    /// <summary>Called, outside any lock, when the owners of slots, or what is on its way, have changed.</summary>
    Action? Changed { get; set; }
}

/// <summary>Where a node is reached by clients.</summary>
public sealed record NodePlace(string Host, int Port);

/// <summary>What became of a wish that slots be another node's.</summary>
/// <param name="Outcome">How far it came.</param>
/// <param name="Error">Why, if it did not.</param>
public readonly record struct SlotDecision(SlotDecisionOutcome Outcome, string Error);

/// <summary>How far a decision came.</summary>
public enum SlotDecisionOutcome
{
    /// <summary>The slots are the new owner's, here too.</summary>
    Decided,

    /// <summary>They stay where they are.</summary>
    Refused,

    /// <summary>Nobody knows yet: it is safe to ask again.</summary>
    Unknown,
}
