namespace RedisLite.Storage.Tables;

/// <summary>Looks at some keys of a database instead of all. Never waits for a stripe.</summary>
internal static unsafe class KeyspaceSamples
{
    private const int MostStripes = 128;

    /// <inheritdoc cref="Keyspace.EstimateTimeToLive"/>
    public static long EstimateTimeToLive(Keyspace keyspace, Databases databases, long nowMs)
    {
        var stripes = keyspace.Stripes;
        var inUse = 0;
        foreach (var stripe in stripes)
            inUse += stripe is { ExpiringCount: > 0 } ? 1 : 0;
        var step = Math.Max(1, inUse / MostStripes);
        var seen = 0;
        var sample = default(ExpirySample);
        for (var i = 0; i < stripes.Length; i++)
        {
            if (stripes[i] is not { ExpiringCount: > 0 } stripe || seen++ % step != 0 || !databases.Locks[i].TryEnter(exclusive: false))
                continue;
            try
            {
                stripe.SampleExpiries(nowMs, ref sample);
            }
            finally
            {
                databases.Locks[i].Exit(exclusive: false);
            }
        }

        return sample.MeanMs;
    }

    /// <inheritdoc cref="Keyspace.HasSamples"/>
    public static bool Has(Keyspace keyspace, int stripe, SampleKind kind) =>
        KeyspaceWalks.At(keyspace, stripe) is { } table && (kind == SampleKind.Any ? table.Count : table.ExpiringCount) > 0;

    /// <inheritdoc cref="Keyspace.TrySample"/>
    public static bool TryVisit<TState>(
        Keyspace keyspace, Databases databases, int stripe, SampleKind kind, int count, Random random, ref TState state,
        EntryVisitor<TState> visitor)
        where TState : allows ref struct
    {
        if (!Has(keyspace, stripe, kind) || !databases.Locks[stripe].TryEnter(exclusive: false))
            return false;
        try
        {
            // It may have been emptied, or the database flushed, before the lock was taken.
            if (!Has(keyspace, stripe, kind))
                return false;
            var table = KeyspaceWalks.At(keyspace, stripe)!;
            for (var i = 0; i < (kind == SampleKind.EarliestExpiring ? 1 : count); i++)
            {
                var record = kind switch
                {
                    SampleKind.Any => KeyspaceWalks.RandomRecord(table, random),
                    SampleKind.Expiring => table.ExpiringAt(random.Next(table.ExpiringCount)),
                    _ => table.EarliestExpiring(),
                };
                visitor(table.View(record), ref state);
            }

            return true;
        }
        finally
        {
            databases.Locks[stripe].Exit(exclusive: false);
        }
    }
}
