using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>The keys of one slot of a cluster: they lie among those of the other slots of their stripe.</summary>
/// <remarks>Only where <see cref="Databases.IsBySlot"/>. Expired keys that are still there count.</remarks>
public static unsafe class KeyspaceSlots
{
    // A stripe in which other slots have the keys must not be held for long either.
    private const int BucketsPerKey = 10;

    /// <summary>How many keys a slot has: O(1). Any thread; one moment's value unless the stripe is held.</summary>
    public static int CountKeysInSlot(this Keyspace keyspace, int slot)
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        return keyspace.TableAt(keyspace.Databases.StripeOfSlot(slot))?.CountOf(slot) ?? 0;
    }

    /// <summary>Copies of some of a slot's keys. Takes the stripe, shared, unless the caller holds it.</summary>
    /// <remarks>Ends with the last key wanted. A slot without keys costs nothing.</remarks>
    public static List<byte[]> GetKeysInSlot(this Keyspace keyspace, int slot, int most, StripeAccess access)
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        var keys = new List<byte[]>();
        if (CountKeysInSlot(keyspace, slot) == 0)
            return keys;
        var stripe = keyspace.Databases.StripeOfSlot(slot);
        using var held = KeyspaceWalks.Held.Take(keyspace.Databases, stripe, access);
        if (keyspace.TableAt(stripe) is { Slots: { } counts } table)
            Collect(table, counts, slot, Math.Min(most, counts.Of(slot)), keys);
        return keys;
    }

    /// <summary>Whether a slot has a key at all: O(1). Any thread.</summary>
    public static bool HasKeysInSlot(this Keyspace keyspace, int slot) => CountKeysInSlot(keyspace, slot) != 0;

    /// <summary>Copies of keys of some slots in one stripe, a part of it at a time.</summary>
    /// <remarks>
    /// LOCK: the stripe, held by the caller. A walk from position 0 until it is back there meets every key that is
    /// there all the while; it goes on where it was although keys that it has met are deleted meanwhile.
    /// </remarks>
    /// <param name="stripe">0 to <see cref="Databases.StripeCount"/> - 1.</param>
    /// <param name="slots">Which slots.</param>
    /// <param name="most">About how many keys.</param>
    /// <param name="position">Where to begin; where to go on.</param>
    /// <param name="keys">Added to.</param>
    public static void CollectKeys(
        this Keyspace keyspace, int stripe, SlotSet slots, int most, ref uint position, List<byte[]> keys)
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(keys);
        keyspace.Databases.AssertHeld(stripe, exclusive: false);
        if (keyspace.TableAt(stripe) is not { BucketCount: > 0 } table)
        {
            position = 0;
            return;
        }

        var buckets = most * BucketsPerKey;
        do
        {
            foreach (var record in table.RecordsAt(position))
                if (slots.Contains(KeySlot.Of(Record.Key(record))))
                    keys.Add(Record.Key(record).ToArray());
            position = table.NextPosition(position);
        }
        while (position != 0 && keys.Count < most && --buckets > 0);
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
