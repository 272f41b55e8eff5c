using System.Collections.Immutable;
using RedisLite.Storage;

namespace RedisLite.Cluster.Map;

/// <summary>Slots that are on their way, as one node knows it: nobody votes on these.</summary>
/// <param name="Migrating">That go key by key: by slot, to whom.</param>
/// <param name="Importing">That come key by key: by slot, from whom.</param>
internal sealed record LocalSlots(ImmutableSortedDictionary<int, NodeId> Migrating, ImmutableSortedDictionary<int,
    NodeId> Importing)
{
    public static LocalSlots None { get; } = new(ImmutableSortedDictionary<int, NodeId>.Empty,
        ImmutableSortedDictionary<int, NodeId>.Empty);

    /// <summary>Slots that come as one: by slot, from whom. Their keys are nobody's to see.</summary>
    public ImmutableSortedDictionary<int, NodeId> Arriving { get; init; } =
        ImmutableSortedDictionary<int, NodeId>.Empty;

    /// <summary>
    /// Slots that are not this node's, and of which keys are left that are to be deleted: nobody's to see either.
    /// </summary>
    public ImmutableSortedSet<int> Leaving { get; init; } = [];

    /// <summary>The slots whose keys are nobody's to see.</summary>
    public SlotSet Hidden => SlotSet.Of(Arriving.Keys.Concat(Leaving));

    /// <summary>A slot is on no way any more.</summary>
    public LocalSlots WithStable(int slot) => !Migrating.ContainsKey(slot) && !Importing.ContainsKey(slot) ? this
        : this with { Migrating = Migrating.Remove(slot), Importing = Importing.Remove(slot) };

    /// <summary>
    /// As it is in a later map: what arrived, or is another's, is on its way no more, and keys
    /// of what went are to be deleted.
    /// </summary>
    /// <param name="before">The map so far.</param>
    /// <param name="map">The later one.</param>
    /// <param name="self">Whose these are.</param>
    /// <param name="hasKeys">Whether there are keys of a slot here.</param>
    public LocalSlots Follow(SlotMap before, SlotMap map, NodeId self, Predicate<int> hasKeys)
    {
        var (arriving, leaving) = (Arriving.ToBuilder(), Leaving.ToBuilder());
        var gone = Migrating.Where(pair => !map.Owns(self, pair.Key) || map.Find(pair.Value) is null);
        foreach (var slot in Arriving.Keys)
            if (map.Owns(self, slot))
                arriving.Remove(slot);
        foreach (var slot in Leaving)
            if (map.Owns(self, slot))
                leaving.Remove(slot);

        // What was taken from a primary is another's. A node that becomes a replica gets its primary's data whole.
        if (map.Find(self) is { IsPrimary: true } && before.LosesSlots(self, map))
            for (var slot = 0; slot < SlotMap.SlotCount; slot++)
                if (before.Owns(self, slot) && !map.Owns(self, slot) && map.OwnerOf(slot) is not null && hasKeys(slot))
                    leaving.Add(slot);
        return new LocalSlots(
            Migrating.RemoveRange(gone.Select(pair => pair.Key).ToArray()),
            Importing.RemoveRange(Importing.Keys.Where(slot => map.Owns(self, slot)).ToArray()))
        {
            Arriving = arriving.ToImmutable(),
            Leaving = leaving.ToImmutable(),
        };
    }
}
