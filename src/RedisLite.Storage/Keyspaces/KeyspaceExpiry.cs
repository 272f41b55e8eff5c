using System.Buffers;
using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>Deletes what is due, one stripe at a time.</summary>
public static unsafe class KeyspaceExpiry
{
    /// <summary>
    /// Active expiry: deletes keys of one stripe whose time has come, the earliest first. LOCK: taken inside,
    /// exclusive.
    /// </summary>
    /// <param name="stripe">0 to <see cref="Databases.StripeCount"/> - 1.</param>
    /// <param name="nowMs">Keys with this expiry time or an earlier one are due.</param>
    /// <param name="maxKeys">Bounds how long the stripe is held.</param>
    public static ExpirySweep ExpireDue(this Keyspace keyspace, int stripe, long nowMs, int maxKeys)
    {
        ArgumentNullException.ThrowIfNull(keyspace);

        // Most stripes have nothing due, and whoever sweeps need not disturb them.
        var earliestMs = keyspace.EarliestExpiry(stripe);
        if (earliestMs > nowMs || keyspace.Hidden?.IsIn(stripe) == true)
            return new ExpirySweep(0, Math.Max(earliestMs, nowMs + 1), nowMs);

        var databases = keyspace.Databases;
        nint[] dead = [];
        var removed = 0;
        ref var stripeLock = ref databases.Locks[stripe];
        stripeLock.Enter(exclusive: true);
        try
        {
            if (keyspace.TableAt(stripe) is not { } table || keyspace.Hidden?.IsIn(stripe) == true)
                return new ExpirySweep(0, long.MaxValue, nowMs);
            dead = ArrayPool<nint>.Shared.Rent(Math.Min(maxKeys, table.ExpiringCount));
            while (removed < maxKeys && table.EarliestExpiryMs <= nowMs)
                dead[removed++] = (nint)ExpireEarliest(keyspace, databases, table);
            return new ExpirySweep(removed, table.EarliestExpiryMs, nowMs);
        }
        finally
        {
            stripeLock.Exit(exclusive: true);

            // Half of what a deletion costs, and nobody needs to wait for it.
            foreach (var record in dead.AsSpan(0, removed))
                databases.Context.Free((Record*)record);
            if (dead.Length > 0)
                ArrayPool<nint>.Shared.Return(dead);
        }
    }

    private static Record* ExpireEarliest(Keyspace keyspace, Databases databases, Stripe stripe)
    {
        var record = stripe.EarliestExpiring();
        stripe.Unlink(record);
        stripe.Disown(record);

        // The record has only half of its hash, and only an observer wants the rest.
        if (databases.Observer is { } observer)
            observer.Expired(keyspace.Index, databases.MakeKey(Record.Key(record)));
        return record;
    }
}
