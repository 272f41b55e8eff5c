using RedisLite.Storage.Tables;
using RedisLite.Storage.Values;

namespace RedisLite.Storage.Keyspaces;

/// <summary>The collections of a database, by what an entry holds.</summary>
public static class KeyspaceCollections
{
    /// <summary>The hash of an entry. LOCK: shared, as long as it is used.</summary>
    public static HashValue HashOf(this Keyspace keyspace, scoped in Entry entry) =>
        new(keyspace.Values, ref entry.RootSlot(EntryType.Hash));

    /// <inheritdoc cref="HashOf"/>
    public static ListValue ListOf(this Keyspace keyspace, scoped in Entry entry) =>
        new(keyspace.Values, ref entry.RootSlot(EntryType.List));

    /// <inheritdoc cref="HashOf"/>
    public static SetValue SetOf(this Keyspace keyspace, scoped in Entry entry) =>
        new(keyspace.Values, ref entry.RootSlot(EntryType.Set));

    /// <inheritdoc cref="HashOf"/>
    public static SortedSetValue SortedSetOf(this Keyspace keyspace, scoped in Entry entry) =>
        new(keyspace.Values, ref entry.RootSlot(EntryType.SortedSet));

    /// <inheritdoc cref="HashOf"/>
    public static StreamValue StreamOf(this Keyspace keyspace, scoped in Entry entry) =>
        new(keyspace.Values, ref entry.RootSlot(EntryType.Stream));

    /// <summary>
    /// Takes a reference of an entry's collection, to read it after the stripe is released. LOCK: shared.
    /// </summary>
    public static HeldCollection Hold(this Keyspace keyspace, scoped in Entry entry) =>
        new(keyspace.Values, entry.Type, ValueSlots.Retain(entry.RootSlot(entry.Type)));

    /// <summary>
    /// Whether an entry still has this very collection: nobody has written to it since it was held. LOCK: shared.
    /// </summary>
    public static bool IsOf(this HeldCollection collection, scoped in Entry entry) =>
        !collection.IsEmpty && entry.Root == collection.Root;

    /// <summary>
    /// An empty collection of no key, to be filled and stored with <see cref="Keyspace.SetCollection"/>.
    /// </summary>
    public static HeldCollection NewCollection(this Keyspace keyspace, EntryType type) => new(keyspace.Values, type, 0);
}
