using RedisLite.Cluster.Files;
using RedisLite.Cluster.Map;
using RedisLite.Storage;
using RedisLite.Storage.Keyspaces;

namespace RedisLite.Cluster.Serving;

/// <summary>What a node finds in its data at start against its map, as redis-server compares them.</summary>
/// <param name="Unassigned">Slots with keys here and without an owner.</param>
/// <param name="Foreign">Slots with keys here that are another node's, and are not on their way here.</param>
internal sealed record LoadedKeys(IReadOnlyList<int> Unassigned, IReadOnlyList<int> Foreign)
{
    /// <exception cref="ServerStartException">Keys are where a cluster has none.</exception>
    public static LoadedKeys Find(Databases databases, NodeState state)
    {
        for (var i = 1; i < databases.Count; i++)
            if (databases[i].Count > 0)
                throw new ServerStartException(
                    "You can't have keys in a DB different than DB 0 when in Cluster mode. Exiting. "
                    + $"(database {i} has {databases[i].Count} of them; move or delete them without cluster-enabled)",
                    null);
        var (unassigned, foreign) = (new List<int>(), new List<int>());
        for (var slot = 0; slot < KeySlot.Count; slot++)
        {
            if (!databases[0].HasKeysInSlot(slot) || state.Slots.Arriving.ContainsKey(slot)
                || state.Slots.Leaving.Contains(slot))
                continue;
            if (state.InForce.OwnerOf(slot) is not { } owner)
                unassigned.Add(slot);
            else if (owner.Id != state.Self && !state.Slots.Importing.ContainsKey(slot))
                foreign.Add(slot);
        }

        return new LoadedKeys(unassigned, foreign);
    }

    /// <summary>One line for the log for each kind of slots.</summary>
    public IEnumerable<string> Lines()
    {
        if (Unassigned.Count > 0)
            yield return $"I have keys for unassigned slots. Taking responsibility for them: {Ranges(Unassigned)}";
        if (Foreign.Count > 0)
            yield return "I have keys for slots that are assigned to another node. "
                + $"Setting them to importing state: {Ranges(Foreign)}";
    }

    private static string Ranges(IReadOnlyList<int> slots)
    {
        var ranges = new List<SlotRange>();
        foreach (var slot in slots)
            if (ranges.Count > 0 && ranges[^1].Last == slot - 1)
                ranges[^1] = new SlotRange(ranges[^1].First, slot);
            else
                ranges.Add(new SlotRange(slot, slot));
        return string.Join(' ', ranges);
    }
}
