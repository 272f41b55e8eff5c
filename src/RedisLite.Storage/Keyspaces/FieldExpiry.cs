using RedisLite.Storage.Tables;
using RedisLite.Storage.Values;

namespace RedisLite.Storage.Keyspaces;

/// <summary>Deletes fields of hashes that are due, one stripe at a time.</summary>
public static unsafe class FieldExpiry
{
    /// <summary>
    /// Active expiry of fields: as <see cref="KeyspaceExpiry.ExpireDue"/>, with fields of hashes in the place of keys.
    /// </summary>
    public static ExpirySweep ExpireFields(this Keyspace keyspace, int stripe, long nowMs, int maxFields)
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        var earliestMs = keyspace.EarliestFieldExpiry(stripe);
        if (earliestMs > nowMs || keyspace.Hidden?.IsIn(stripe) == true)
            return new ExpirySweep(0, Math.Max(earliestMs, nowMs + 1), nowMs);

        var databases = keyspace.Databases;
        var names = new FieldNames();
        var removed = 0;
        ref var stripeLock = ref databases.Locks[stripe];
        stripeLock.Enter(exclusive: true);
        try
        {
            if (keyspace.TableAt(stripe) is not { } table || keyspace.Hidden?.IsIn(stripe) == true)
                return new ExpirySweep(0, long.MaxValue, nowMs);
            while (removed < maxFields && table.EarliestFieldExpiryMs <= nowMs)
            {
                names.Clear();
                Expire(keyspace, databases, table, nowMs, maxFields - removed, names);
                removed += names.Count;
            }

            return new ExpirySweep(removed, table.EarliestFieldExpiryMs, nowMs);
        }
        finally
        {
            stripeLock.Exit(exclusive: true);
        }
    }

    private static void Expire(
        Keyspace keyspace, Databases databases, Stripe table, long nowMs, int most, FieldNames names)
    {
        var record = table.EarliestWithFields();
        table.BeginChange(record);
        new HashValue(keyspace.Values, ref Record.RootSlot(record)).RemoveExpired(nowMs, most, names);

        // The record has only half of its hash, and a record that has a place by its fields does not move.
        var isDeleted = Record.Root(record) == 0;
        if (isDeleted)
            table.Unlink(record);
        else
            table.PlaceByFields(record, hash: 0);
        try
        {
            databases.Observer?.FieldsExpired(keyspace.Index, databases.MakeKey(Record.Key(record)), names, isDeleted);
        }
        finally
        {
            if (isDeleted)
                table.FreeRecord(record);
        }
    }
}
