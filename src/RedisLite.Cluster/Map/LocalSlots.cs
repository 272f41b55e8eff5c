using System.Collections.Immutable;

namespace RedisLite.Cluster.Map;

/// <summary>Slots that are on their way key by key, as one node knows it: nobody votes on these.</summary>
/// <param name="Migrating">By slot, to whom.</param>
/// <param name="Importing">By slot, from whom.</param>
internal sealed record LocalSlots(ImmutableSortedDictionary<int, NodeId> Migrating, ImmutableSortedDictionary<int,
    NodeId> Importing)
{
    /// <summary>A slot is on no way any more.</summary>
    public LocalSlots WithStable(int slot) => !Migrating.ContainsKey(slot) && !Importing.ContainsKey(slot) ? this
        : this with { Migrating = Migrating.Remove(slot), Importing = Importing.Remove(slot) };

    /// <summary>What is left of it in another map: slots that have arrived, or are another's, are on no way.</summary>
    public LocalSlots In(SlotMap map, NodeId self)
    {
        if (Migrating.IsEmpty && Importing.IsEmpty)
            return this;
        return new LocalSlots(
            Migrating.RemoveRange(Migrating.Where(pair =>
                !map.Owns(self, pair.Key) || map.Find(pair.Value) is null).Select(pair => pair.Key).ToArray()),
            Importing.RemoveRange(Importing.Keys.Where(slot => map.Owns(self, slot)).ToArray()));
    }

    public static LocalSlots None { get; } = new(ImmutableSortedDictionary<int, NodeId>.Empty,
        ImmutableSortedDictionary<int, NodeId>.Empty);
}
