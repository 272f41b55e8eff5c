using System.Globalization;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Serving;

/// <summary>What a map changes, in lines for the log: members, roles, owners. Pure.</summary>
internal static class MapNews
{
    public static IEnumerable<string> Lines(SlotMap before, SlotMap after, NodeId self)
    {
        var tail = string.Create(CultureInfo.InvariantCulture, $"epoch {after.Epoch}, version {after.Version}");
        foreach (var node in before.Nodes)
            if (after.Find(node.Id) is null)
                yield return $"{Name(node, self)} is a member no longer; {tail}";
        foreach (var node in after.Nodes)
        {
            if (before.Find(node.Id) is not { } former)
                yield return $"{Name(node, self)} is a member now; {tail}";
            else if (former.Primary != node.Primary)
                yield return node.IsPrimary ? $"{Name(node, self)} is a primary now; {tail}"
                    : $"{Name(node, self)} is a replica of {node.Primary} now; {tail}";
        }

        foreach (var (slots, from, to) in Moves(before, after))
            yield return $"Slots {slots} go from {Name(from, self)} to {Name(to, self)}; {tail}";
    }

    private static IEnumerable<(string Slots, ClusterNode? From, ClusterNode? To)> Moves(SlotMap before, SlotMap after)
    {
        var moved = new Dictionary<(NodeId, NodeId), List<int>>();
        for (var slot = 0; slot < SlotMap.SlotCount; slot++)
        {
            var (from, to) = (before.OwnerOf(slot)?.Id ?? default, after.OwnerOf(slot)?.Id ?? default);
            if (from == to)
                continue;
            if (!moved.TryGetValue((from, to), out var slots))
                moved[(from, to)] = slots = [];
            slots.Add(slot);
        }

        foreach (var ((from, to), slots) in moved)
            yield return (string.Join(' ', SlotRange.Of(slots)), before.Find(from), after.Find(to));
    }

    private static string Name(ClusterNode? node, NodeId self) => node is null ? "nobody"
        : node.Id == self ? $"this node ({node.Id})"
        : string.Create(CultureInfo.InvariantCulture, $"{node.Id} ({node.Ip}:{node.Port})");
}
