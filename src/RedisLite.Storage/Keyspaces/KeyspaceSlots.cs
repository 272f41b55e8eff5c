using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>The keys of one slot of a cluster: they lie in one stripe, with those of its neighbours.</summary>
/// <remarks>Only where <see cref="Databases.IsBySlot"/>. Expired keys that are still there count.</remarks>
public static class KeyspaceSlots
{
    /// <summary>How many keys a slot has. Takes the stripe, shared, unless the caller holds it.</summary>
    public static int CountKeysInSlot(this Keyspace keyspace, int slot, StripeAccess access)
    {
        var search = new Search(slot, null, int.MaxValue);
        Visit(keyspace, slot, access, ref search);
        return search.Found;
    }

    /// <summary>Copies of some of a slot's keys. Takes the stripe, shared, unless the caller holds it.</summary>
    public static List<byte[]> GetKeysInSlot(this Keyspace keyspace, int slot, int most, StripeAccess access)
    {
        var keys = new List<byte[]>();
        var search = new Search(slot, keys, most);
        Visit(keyspace, slot, access, ref search);
        return keys;
    }

    /// <summary>Whether a slot has a key at all.</summary>
    public static bool HasKeysInSlot(this Keyspace keyspace, int slot, StripeAccess access) =>
        CountKeysInSlot(keyspace, slot, access) != 0;

    private static void Visit(Keyspace keyspace, int slot, StripeAccess access, ref Search search)
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)KeySlot.Count, nameof(slot));
        var stripe = keyspace.Databases.StripeOf((ulong)slot << (64 - KeySlot.Bits));
        keyspace.ForEach(stripe, access, ref search, static (in Entry entry, ref Search search) =>
        {
            if (search.Found >= search.Most || KeySlot.Of(entry.Key) != search.Slot)
                return;
            search.Found++;
            search.Keys?.Add(entry.Key.ToArray());
        });
    }

    private struct Search(int slot, List<byte[]>? keys, int most)
    {
        public readonly int Slot = slot;
        public readonly List<byte[]>? Keys = keys;
        public readonly int Most = most;
        public int Found;
    }
}
