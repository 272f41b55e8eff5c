using System.Collections.Immutable;

namespace RedisLite.Cluster.Map;

/// <summary>Slots that are on their way key by key, as one node knows it: nobody votes on these.</summary>
/// <param name="Migrating">By slot, to whom.</param>
/// <param name="Importing">By slot, from whom.</param>
internal sealed record LocalSlots(ImmutableSortedDictionary<int, NodeId> Migrating, ImmutableSortedDictionary<int,
    NodeId> Importing)
{
    /// <summary>A slot is on no way any more.</summary>
    public LocalSlots WithStable(int slot) =>
        this with { Migrating = Migrating.Remove(slot), Importing = Importing.Remove(slot) };

    public static LocalSlots None { get; } = new(ImmutableSortedDictionary<int, NodeId>.Empty,
        ImmutableSortedDictionary<int, NodeId>.Empty);
}
