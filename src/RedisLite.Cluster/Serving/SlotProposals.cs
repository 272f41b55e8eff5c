using System.Collections.Immutable;
using RedisLite.Cluster.Bus;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Serving;

/// <inheritdoc/>
internal sealed class SlotProposals(NodeStore store, Func<ClusterBus?> bus) : ISlotProposals
{
    public event Action<SlotMap, SlotMap>? MapChanged
    {
        add => store.MapChanged += value;
        remove => store.MapChanged -= value;
    }

    public NodeId Self => store.State.Self;

    public SlotMap Map => store.State.InForce;

    public Task<SlotProposalResult> ProposeAsync(ImmutableArray<SlotRange> slots, NodeId from, NodeId to,
        long? expectedEpoch, TimeSpan timeout)
    {
        var change = new GiveSlots(slots, from, to, expectedEpoch);
        if (!store.IsFormed)
            return Task.FromResult(DecideAlone(change));
        if (bus() is not { } running)
            return Task.FromResult(new SlotProposalResult(
                SlotProposalOutcome.Refused, "ERR this node does not listen to others yet", 0));
        var done = new TaskCompletionSource<SlotProposalResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        running.Propose(change, timeout, done.SetResult);
        return done.Task;
    }

    private SlotProposalResult DecideAlone(GiveSlots change)
    {
        var result = default(SlotProposalResult);
        store.UnderAllStripes(() =>
        {
            var step = MapStep.Of(Map, change);
            var error = step.Error ?? (step.Next is null ? null : store.Change((edit, local) =>
            {
                foreach (var range in change.Slots)
                    edit.Assign(range, change.To);
                if (change.From == change.To && !change.To.IsNone)
                    edit.Put(edit[change.To] with { ConfigEpoch = edit.Epoch + 1 });
                return local;
            }));
            result = error is null ? new SlotProposalResult(SlotProposalOutcome.Decided, "", Map.Version)
                : new SlotProposalResult(SlotProposalOutcome.Refused, error, 0);
        });
        return result;
    }
}
