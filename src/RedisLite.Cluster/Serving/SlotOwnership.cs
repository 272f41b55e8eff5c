using System.Collections.Immutable;
using RedisLite.Cluster.Bus;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;
using RedisLite.Configuration;
using RedisLite.Storage;
using RedisLite.Storage.Keyspaces;

namespace RedisLite.Cluster.Serving;

/// <summary>Whose slots are, for those who move them: the node's map and file, and the cluster's decisions.</summary>
internal sealed class SlotOwnership : ISlotOwnership
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly NodeStore _store;
    private readonly ISlotProposals _proposals;
    private readonly Func<NodeCore?> _core;

    public SlotOwnership(NodeStore store, ISlotProposals proposals, Func<NodeCore?> core)
    {
        (_store, _proposals, _core) = (store, proposals, core);
        store.SlotsChanged += () => Changed?.Invoke();
    }

    public Action? Changed { get; set; }

    public string NodeId => _proposals.Self.ToString();

    public bool IsPrimary => Map.Find(_proposals.Self) is { IsPrimary: true };

    public IReadOnlyDictionary<string, SlotSet> Arriving => _store.State.Slots.Arriving
        .GroupBy(pair => pair.Value)
        .ToDictionary(group => group.Key.ToString(), group => SlotSet.Of(group.Select(pair => pair.Key)));

    public SlotSet Leaving => _store.State.Slots.Leaving is { IsEmpty: false } leaving ? SlotSet.Of(leaving)
        : SlotSet.Empty;

    private SlotMap Map => _proposals.Map;

    public string? OwnerOf(int slot) => Map.OwnerOf(slot)?.Id.ToString();

    public int? FirstMovedByKeys(SlotSet slots)
    {
        var local = _store.State.Slots;
        foreach (var slot in slots.Slots)
            if (local.Migrating.ContainsKey(slot) || local.Importing.ContainsKey(slot))
                return slot;
        return null;
    }

    public NodePlace? Find(string node) =>
        Cluster.Map.NodeId.TryParse(node, out var id) && Map.Find(id) is { IsPrimary: true, Ip.Length: > 0 } found
            ? new NodePlace(found.Ip, found.Port) : null;

    public string? BeginArrival(SlotSet slots, string from)
    {
        if (!Cluster.Map.NodeId.TryParse(from, out var source))
            return "ERR the source node is not known";
        return _store.ChangeMarks(state => state.Slots with
        {
            Arriving = state.Slots.Arriving.SetItems(slots.Slots
                .Where(slot => !state.InForce.Owns(state.Self, slot))
                .Select(slot => KeyValuePair.Create(slot, source))),
        });
    }

    public string? GiveUpArrival(SlotSet slots) => _store.ChangeMarks(state => state.Slots with
    {
        Arriving = state.Slots.Arriving.RemoveRange(slots.Slots),
        Leaving = state.Slots.Leaving.Union(
            slots.Slots.Where(slot => state.Slots.Arriving.ContainsKey(slot) && HasKeys(slot))),
    });

    public string? EndLeaving(SlotSet slots) => _store.ChangeMarks(state => state.Slots with
    {
        Leaving = state.Slots.Leaving.Except(slots.Slots.Where(slot => !HasKeys(slot))),
    });

    public void NoteGiven(SlotSet slots, string to, long position)
    {
        if (Cluster.Map.NodeId.TryParse(to, out var target))
            _core()?.NoteGiven(slots.Slots, target, position);
    }

    public async Task<SlotDecision> DecideAsync(SlotSet slots, string from, string to)
    {
        if (!Cluster.Map.NodeId.TryParse(from, out var source) || !Cluster.Map.NodeId.TryParse(to, out var target))
            return new SlotDecision(SlotDecisionOutcome.Refused, "a node is not known");
        var ranges = slots.Ranges.Select(range => new SlotRange(range.First, range.Last)).ToImmutableArray();

        // Whatever the owner's epoch is now: what was asked for before a change of it is refused.
        var epoch = source == _proposals.Self ? Map.Find(source)?.ConfigEpoch : null;
        var result = await _proposals.ProposeAsync(ranges, source, target, epoch, Patience).ConfigureAwait(false);
        return new SlotDecision(
            result.Outcome switch
            {
                SlotProposalOutcome.Decided => SlotDecisionOutcome.Decided,
                SlotProposalOutcome.Refused => SlotDecisionOutcome.Refused,
                _ => SlotDecisionOutcome.Unknown,
            }, result.Error);
    }

    private bool HasKeys(int slot) => _store.Services.Databases[0].HasKeysInSlot(slot);
}
