namespace RedisLite.Storage.Keyspaces;

/// <summary>Packs the records of a database together again.</summary>
public static class KeyspaceDefragmentation
{
    /// <summary>
    /// Moves records of a stripe out of memory that is hardly used, as <see cref="Databases.PlanDefragmentation"/> has
    /// decided. LOCK: taken inside, exclusive, for some buckets.
    /// </summary>
    /// <param name="stripe">0 to <see cref="Databases.StripeCount"/> - 1.</param>
    /// <param name="position">0 to begin, then what the call before returned.</param>
    /// <param name="buckets">Bounds how long the stripe is held.</param>
    /// <param name="moved">Counts the records that moved.</param>
    /// <returns>The position to go on at; 0 at the stripe's end.</returns>
    public static uint Defragment(this Keyspace keyspace, int stripe, uint position, int buckets, ref long moved)
    {
        if (keyspace.TableAt(stripe) is not { Count: > 0 })
            return 0;
        ref var stripeLock = ref keyspace.Databases.Locks[stripe];
        stripeLock.Enter(exclusive: true);
        try
        {
            return keyspace.TableAt(stripe)?.Defragment(position, buckets, ref moved) ?? 0;
        }
        finally
        {
            stripeLock.Exit(exclusive: true);
        }
    }
}
