using RedisLite.Commands.Execution;
using RedisLite.Configuration;

namespace RedisLite.Replication.Slots;

/// <summary>
/// Has the cluster decide that slots stay, before another node is told so: an earlier run of this one may have asked
/// for the contrary, and such a wish may still be on its way.
/// </summary>
/// <remarks>Deciding gives this node a new epoch, and the old wish names the one before. Any thread.</remarks>
internal sealed class SlotFences
{
    private const int MostKept = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<SlotDecision>> _fences = [];

    /// <returns>What to answer.</returns>
    public string Check(SlotMoveRequest request, ISlotOwnership node)
    {
        lock (_gate)
        {
            if (!_fences.TryGetValue(request.Id, out var fence))
            {
                if (_fences.Count >= MostKept)
                    _fences.Clear();
                _fences[request.Id] = Task.Run(() => node.DecideAsync(request.Slots, node.NodeId, node.NodeId));
                return SlotMoveWords.Pending;
            }

            if (!fence.IsCompleted)
                return SlotMoveWords.Pending;
            if (fence.IsCompletedSuccessfully && fence.GetAwaiter().GetResult().Outcome == SlotDecisionOutcome.Decided)
                return SlotMoveWords.Abandoned;

            // Refused, or not known: it is looked at anew.
            _fences.Remove(request.Id);
            return SlotMoveWords.Pending;
        }
    }
}
