using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>Checks that everything in a database agrees: run after tests and soaks.</summary>
/// <remarks>LOCK: all stripes, at least shared.</remarks>
internal static unsafe class TableVerifier
{
    /// <exception cref="InvalidOperationException">Something disagrees; the message says what and where.</exception>
    public static void Verify(Keyspace keyspace, Databases databases)
    {
        for (var stripe = 0; stripe < databases.StripeCount; stripe++)
        {
            if (keyspace.TableAt(stripe) is not { } table)
                continue;
            try
            {
                VerifyStripe(table, stripe, databases);
            }
            catch (InvalidOperationException e)
            {
                throw new InvalidOperationException($"Database {keyspace.Index}, stripe {stripe}: {e.Message}", e);
            }
        }
    }

    private static void VerifyStripe(Stripe table, int stripe, Databases databases)
    {
        var buckets = table.BucketCount;
        var count = 0;
        var slots = table.Slots is null ? null : new int[KeySlot.Count];
        var expiring = 0;
        var timed = 0;
        var bytes = table.VerifyExpiries() + table.TableMemory;
        Require(buckets == 0 || table.Count > 0, "buckets are kept without records");
        for (uint bucket = 0; bucket < buckets; bucket++)
        {
            foreach (var record in table.RecordsIn(bucket))
            {
                // Also ends the walk of a chain that has become a circle.
                Require(++count <= table.Count, $"there are more records than the {table.Count} counted");
                VerifyRecord(table, record, stripe, bucket, databases);
                expiring += record->Expires ? 1 : 0;
                timed += record->FieldsIndex != Record.NotInHeap ? 1 : 0;
                bytes += table.BlockMemory(record);
                if (slots is not null)
                    slots[KeySlot.Of(Record.Key(record))]++;
            }
        }
        for (var slot = 0; slot < slots?.Length; slot++)
            Require(slots[slot] == 0 || slots[slot] == table.CountOf(slot),
                $"{slots[slot]} records of slot {slot}, but {table.CountOf(slot)} counted");
        Require(count == table.Count, $"{count} records, but {table.Count} counted");
        Require(expiring == table.ExpiringCount, $"{expiring} expiring records, but {table.ExpiringCount} in the heap");
        Require(timed == table.TimedHashCount,
            $"{timed} hashes have a place by fields, but {table.TimedHashCount} are in the heap");
        Require(BucketArray.Suffice(buckets, count), $"{count} records in {buckets} buckets pass their load");
        Require(bytes == table.UsedMemory, $"{bytes} bytes in blocks, but {table.UsedMemory} accounted");
    }

    private static void VerifyRecord(Stripe table, Record* record, int stripe, uint bucket, Databases databases)
    {
        var key = databases.MakeKey(Record.Key(record));
        Require((uint)key.Hash == record->Hash, "a record's hash is not its key's");
        Require(databases.StripeOf(key.Hash) == stripe, "a record is in the wrong stripe");
        Require(table.Holds(record, bucket), $"a record of bucket {bucket} belongs elsewhere");
        Require(table.Find(key) == record, "a key is there twice");
        Require(record->ValueLength <= Record.Capacity(record), "a value exceeds its room");
        Require(record->HeapIndex >= Record.NotInHeap
            && record->HeapIndex < table.ExpiringCount, "a heap index is off");
        Require(record->FieldsIndex < table.TimedHashCount, "a place by fields is off");
        Require(table.IsPlacedByFields(
            record), "a hash is placed by another time than that of its first field to expire");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }
}
