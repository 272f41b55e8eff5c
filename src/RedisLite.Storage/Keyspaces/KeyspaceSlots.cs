using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>The keys of one slot of a cluster: they lie among those of the other slots of their stripe.</summary>
/// <remarks>Only where <see cref="Databases.IsBySlot"/>. Expired keys that are still there count.</remarks>
public static unsafe class KeyspaceSlots
{
    /// <summary>How many keys a slot has: O(1). Any thread; one moment's value unless the stripe is held.</summary>
    public static int CountKeysInSlot(this Keyspace keyspace, int slot)
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        return keyspace.TableAt(StripeOf(keyspace, slot))?.CountOf(slot) ?? 0;
    }

    /// <summary>Copies of some of a slot's keys. Takes the stripe, shared, unless the caller holds it.</summary>
    /// <remarks>Ends with the last key wanted. A slot without keys costs nothing.</remarks>
    public static List<byte[]> GetKeysInSlot(this Keyspace keyspace, int slot, int most, StripeAccess access)
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        var keys = new List<byte[]>();
        if (CountKeysInSlot(keyspace, slot) == 0)
            return keys;
        var stripe = StripeOf(keyspace, slot);
        using var held = KeyspaceWalks.Held.Take(keyspace.Databases, stripe, access);
        if (keyspace.TableAt(stripe) is { Slots: { } counts } table)
            Collect(table, counts, slot, Math.Min(most, counts.Of(slot)), keys);
        return keys;
    }

    /// <summary>Whether a slot has a key at all: O(1). Any thread.</summary>
    public static bool HasKeysInSlot(this Keyspace keyspace, int slot) => CountKeysInSlot(keyspace, slot) != 0;

    private static int StripeOf(Keyspace keyspace, int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)KeySlot.Count, nameof(slot));
        return keyspace.Databases.StripeOf((ulong)slot << (64 - KeySlot.Bits));
    }

    private static void Collect(Stripe table, SlotCounts counts, int slot, int most, List<byte[]> keys)
    {
        var position = counts.Start;
        var isFirst = true;
        for (var buckets = table.BucketCount; buckets > 0 && keys.Count < most; buckets--)
        {
            foreach (var record in table.RecordsAt(position))
            {
                var key = Record.Key(record);
                if (KeySlot.Of(key) != slot)
                    continue;
                if (isFirst)
                    counts.Start = position;
                isFirst = false;
                keys.Add(key.ToArray());
                if (keys.Count == most)
                    break;
            }

            position = table.NextPosition(position);
        }
    }
}
