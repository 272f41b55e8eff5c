namespace RedisLite.Storage.Tables;

/// <summary>Deletes what is due, one stripe at a time.</summary>
internal static unsafe class KeyspaceExpiry
{
    /// <inheritdoc cref="Keyspace.ExpireDue"/>
    public static ExpirySweep Sweep(Keyspace keyspace, Databases databases, int stripe, long nowMs, int maxKeys)
    {
        // Most stripes have nothing due, and whoever sweeps need not disturb them.
        var earliestMs = keyspace.EarliestExpiry(stripe);
        if (earliestMs > nowMs)
            return new ExpirySweep(0, earliestMs, nowMs);

        Record* dead = null;
        ref var stripeLock = ref databases.Locks[stripe];
        stripeLock.Enter(exclusive: true);
        try
        {
            if (KeyspaceWalks.At(keyspace, stripe) is not { } table)
                return new ExpirySweep(0, long.MaxValue, nowMs);
            var removed = 0;
            for (; removed < maxKeys && table.EarliestExpiryMs <= nowMs; removed++)
                ExpireEarliest(keyspace, databases, table, ref dead);
            return new ExpirySweep(removed, table.EarliestExpiryMs, nowMs);
        }
        finally
        {
            stripeLock.Exit(exclusive: true);

            // Half of what a deletion costs, and nobody needs to wait for it.
            databases.Context.FreeChain(dead);
        }
    }

    private static void ExpireEarliest(Keyspace keyspace, Databases databases, Stripe stripe, ref Record* dead)
    {
        var record = stripe.EarliestExpiring();
        stripe.Unlink(record);
        stripe.Disown(record);
        record->Next = dead;
        dead = record;

        // The record has only half of its hash, and only an observer wants the rest.
        if (databases.Observer is { } observer)
            observer.Expired(keyspace.Index, databases.MakeKey(Record.Key(record)));
    }
}
