using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>What a change makes of a map: another map, nothing because it is so already, or an error. Pure.</summary>
/// <param name="Next">The next version; null when there is none.</param>
/// <param name="IsLast">Whether the change is done with it. If not, it is applied again to what was decided.</param>
/// <param name="Error">Why it cannot be; in the words of a reply.</param>
internal sealed record MapStep(SlotMap? Next, bool IsLast, string? Error)
{
    private static readonly MapStep Done = new(null, true, null);

    /// <summary>The first step from a map towards a change.</summary>
    public static MapStep Of(SlotMap map, MapChange change) => change switch
    {
        AddMember add => Add(map, add),
        MoveMember move => Move(map, move),
        RemoveMember remove => Remove(map, remove.Node),
        GiveSlots give => Give(map, give),
        FollowPrimary follow => Follow(map, follow),
        PromoteReplica promote => Promote(map, promote),
        RaiseEpoch raise => Raise(map, raise.Node),
        _ => Last(map.Edit()),
    };

    /// <summary>Primaries that have slots in a map which they have not in a later one.</summary>
    public static IReadOnlyList<NodeId> Losers(SlotMap map, SlotMap next) =>
        next.TakesSlots ? [.. map.Nodes.Where(node => map.LosesSlots(node.Id, next)).Select(node => node.Id)] : [];

    private static MapStep Last(SlotMapEdit edit) => new(edit.Build(), true, null);

    private static MapStep Refused(string error) => new(null, true, error);

    private static MapStep Add(SlotMap map, AddMember add)
    {
        var node = add.Node with { Primary = default };
        if (map.Find(node.Id) is not null)
            return Move(map, new MoveMember(node.Id, node.Ip, node.Port, node.BusPort, node.Hostname));

        // Epochs are told apart, as Redis does it when two primaries have the same.
        if (map.Nodes.Any(other => other.IsPrimary && other.ConfigEpoch == node.ConfigEpoch))
            node = node with { ConfigEpoch = map.Epoch + 1 };
        var edit = map.Edit().Put(node);
        foreach (var range in add.Slots)
            for (var slot = range.First; slot <= range.Last; slot++)
                if (map.OwnerOf(slot) is not { } owner || owner.ConfigEpoch < add.Node.ConfigEpoch)
                    edit.Assign(slot, node.Id);
        return Last(edit);
    }

    private static MapStep Move(SlotMap map, MoveMember move)
    {
        if (map.Find(move.Node) is not { } node)
            return Refused($"ERR Unknown node {move.Node}");
        var moved = node with { Ip = move.Ip, Port = move.Port, BusPort = move.BusPort, Hostname = move.Hostname };
        return moved == node ? Done : Last(map.Edit().Put(moved));
    }

    private static MapStep Remove(SlotMap map, NodeId id)
    {
        if (map.Find(id) is null)
            return Done;
        if (map.Nodes.Length == 1)
            return Refused("ERR the last node of a cluster cannot be removed from it");

        // A voter's vote and its slots never go in one version; and somebody has to be left who votes.
        if (!map.Voters.Contains(id))
            return Last(map.Edit().Remove(id));
        var edit = map.Edit();
        if (map.Voters.Count == 1)
            edit.Voters.Add(map.Nodes.First(node => node.Id != id).Id);
        else
            edit.Voters.Remove(id);
        return new MapStep(edit.Build(), false, null);
    }

    private static MapStep Give(SlotMap map, GiveSlots give)
    {
        var (isDone, edit) = (true, map.Edit());
        foreach (var range in give.Slots)
            for (var slot = range.First; slot <= range.Last; slot++)
            {
                var owner = map.OwnerOf(slot);
                if ((owner?.Id ?? default) == give.To)
                    continue;
                isDone = false;
                if ((owner?.Id ?? default) != give.From)
                    return Refused(owner is null ? $"ERR Slot {slot} has no owner"
                        : $"ERR Slot {slot} is already busy: it is {owner.Id}'s");
            }

        if (isDone)
            return give.From == give.To && !give.To.IsNone ? Keep(map, give.To) : Done;
        if (!give.To.IsNone && map.Find(give.To) is not { IsPrimary: true })
            return Refused(map.Find(give.To) is null ? $"ERR Unknown node {give.To}"
                : "ERR Target node is not a master");
        if (give.ExpectedEpoch is { } expected && map.Find(give.From)?.ConfigEpoch != expected)
            return Refused("ERR the owner's epoch is another by now");
        foreach (var range in give.Slots)
            edit.Assign(range, give.To);
        if (!give.From.IsNone && !give.To.IsNone)
            Raise(edit, give.To);
        return Last(edit);
    }

    /// <summary>
    /// Slots stay: with a new epoch, so that whoever has asked for the contrary by the old one is refused.
    /// </summary>
    private static MapStep Keep(SlotMap map, NodeId owner)
    {
        var edit = map.Edit();
        return Last(edit.Put(edit[owner] with { ConfigEpoch = edit.Epoch + 1 }));
    }

    private static MapStep Follow(SlotMap map, FollowPrimary follow)
    {
        if (map.Find(follow.Node) is not { } node || map.Find(follow.Primary) is not { } primary)
            return Refused($"ERR Unknown node {(map.Find(follow.Node) is null ? follow.Node : follow.Primary)}");
        if (follow.Node == follow.Primary)
            return Refused("ERR Can't replicate myself");
        if (!primary.IsPrimary)
            return Refused("ERR I can only replicate a master, not a replica.");
        if (map.CountSlots(node.Id) > 0)
            return Refused("ERR To set a master the node must be empty and without assigned slots.");
        if (node.Primary == primary.Id)
            return Done;
        var edit = map.Edit().Put(node with { Primary = primary.Id });
        foreach (var replica in map.ReplicasOf(node.Id))
            edit.Put(replica with { Primary = primary.Id });
        return Last(edit);
    }

    private static MapStep Promote(SlotMap map, PromoteReplica promote)
    {
        if (map.Find(promote.Replica) is not { } replica)
            return Refused($"ERR Unknown node {promote.Replica}");
        if (replica.IsPrimary)
            return Done;
        return replica.Primary == promote.Former && map.Find(promote.Former) is { IsPrimary: true }
            ? Last(map.Edit().Promote(promote.Replica))
            : Refused("ERR the replica follows another primary by now");
    }

    private static MapStep Raise(SlotMap map, NodeId id)
    {
        if (map.Find(id) is null)
            return Refused($"ERR Unknown node {id}");
        var edit = map.Edit();
        return Raise(edit, id) ? Last(edit) : Done;
    }

    private static bool Raise(SlotMapEdit edit, NodeId id)
    {
        var node = edit[id];
        if (node.ConfigEpoch != 0 && node.ConfigEpoch == edit.Epoch)
            return false;
        edit.Put(node with { ConfigEpoch = edit.Epoch + 1 });
        return true;
    }
}
