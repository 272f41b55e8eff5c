using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>Looks at some keys of a database instead of all. Never waits for a stripe.</summary>
public static unsafe class KeyspaceSamples
{
    private const int MostStripes = 128;

    /// <summary>
    /// About how long the keys that expire still live, on average, in milliseconds; 0 when there are none.
    /// </summary>
    /// <remarks>
    /// From a sample of at most some thousand expiry times, spread evenly over stripes and heaps. Any thread, whatever
    /// stripes it holds: takes a stripe shared if that needs no wait, and else leaves it out.
    /// </remarks>
    public static long EstimateTimeToLive(this Keyspace keyspace, long nowMs)
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        var databases = keyspace.Databases;
        var stripes = keyspace.Stripes;
        var inUse = 0;
        foreach (var stripe in stripes)
            inUse += stripe is { ExpiringCount: > 0 } ? 1 : 0;
        var step = Math.Max(1, inUse / MostStripes);
        var seen = 0;
        var sample = default(ExpirySample);
        for (var i = 0; i < stripes.Length; i++)
        {
            if (stripes[i] is not { ExpiringCount: > 0 } stripe || seen++ % step != 0
                || !databases.Locks[i].TryEnter(exclusive: false))
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

    /// <summary>
    /// Whether a stripe has keys that a sample can be taken from. Any thread, no lock; one moment's answer.
    /// </summary>
    public static bool HasSamples(this Keyspace keyspace, int stripe, SampleKind kind)
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        return keyspace.TableAt(stripe) is { } table
            && (kind == SampleKind.Any ? table.Count : table.ExpiringCount) > 0;
    }

    /// <summary>
    /// Visits some keys of a stripe, drawn at random. LOCK: taken inside, shared, and only if that needs no wait.
    /// </summary>
    /// <param name="stripe">0 to <see cref="Databases.StripeCount"/> - 1.</param>
    /// <param name="kind">Of which keys; of <see cref="SampleKind.EarliestExpiring"/> there is one.</param>
    /// <param name="count">How many draws: one key may come more than once, and expired ones too.</param>
    /// <param name="random">Draws.</param>
    /// <param name="state">Handed to the visitor.</param>
    /// <param name="visitor">Sees the entries.</param>
    /// <returns>False when there is none, or when the stripe is taken.</returns>
    public static bool TrySample<TState>(
        this Keyspace keyspace, int stripe, SampleKind kind, int count, Random random, ref TState state,
        EntryVisitor<TState> visitor)
        where TState : allows ref struct
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        var databases = keyspace.Databases;
        if (!keyspace.HasSamples(stripe, kind) || !databases.Locks[stripe].TryEnter(exclusive: false))
            return false;
        try
        {
            // It may have been emptied, or the database flushed, before the lock was taken.
            if (!keyspace.HasSamples(stripe, kind))
                return false;
            var table = keyspace.TableAt(stripe)!;
            var hidden = keyspace.Hidden is { } slots && slots.IsIn(stripe) ? slots : null;
            for (var i = 0; i < (kind == SampleKind.EarliestExpiring ? 1 : count); i++)
            {
                var record = kind switch
                {
                    SampleKind.Any => KeyspaceWalks.RandomRecord(table, random),
                    SampleKind.Expiring => table.ExpiringAt(random.Next(table.ExpiringCount)),
                    _ => table.EarliestExpiring(),
                };
                if (hidden is not null && hidden.Hides(record))
                    continue;
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
