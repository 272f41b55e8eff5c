using System.Diagnostics;
using RedisLite.Commands.Keys;
using RedisLite.Commands.Server;
using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>Deletes keys, chosen by <c>maxmemory-policy</c>, while the data takes more than <c>maxmemory</c>.</summary>
/// <remarks>
/// <para>As in Redis the best of <c>maxmemory-samples</c> random keys goes: idle longest (lru), used least (lfu), any (random).
/// What expires first (volatile-ttl) is known exactly from the stripes' heaps. Unlike Redis, good candidates of former
/// samples are not kept for the next: they would be keys of stripes that are not held any more.</para>
/// <para>Before a batch, on its executor; never waits for a stripe. LOCK: the caller holds none; takes one at a time.</para>
/// </remarks>
internal sealed class Evictor(CommandServices services)
{
    // What Redis allows itself at its default maxmemory-eviction-tenacity; what is left is the next batch's.
    private static readonly TimeSpan Patience = TimeSpan.FromMicroseconds(500);

    private readonly LockPlan _plan = services.Databases.CreatePlan();

    // Keys of each database that may be chosen, as of the beginning: a sum over stripes is too dear for each choice.
    private readonly long[] _counts = new long[services.Databases.Count];
    private Candidate _best;
    private byte[] _key = new byte[64];

    /// <summary>Makes room as far as it is needed, possible, and done in half a millisecond.</summary>
    /// <returns>False when more memory is in use than allowed, and nothing may be deleted for it.</returns>
    public bool MakeRoom(long nowMs)
    {
        var limit = services.Options.MaxMemory;
        if (limit <= 0)
            return true;
        var excess = services.Databases.UsedMemory - limit;
        if (excess <= 0)
            return true;
        if (services.Options.MaxMemoryPolicy == MaxMemoryPolicy.NoEviction)
            return false;

        // The log says what was deleted, and in which order.
        if (services.IsLoading || services.Pause.IsOn(nowMs))
            return true;
        var started = Stopwatch.GetTimestamp();
        var kind = Kind;
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] = kind == SampleKind.Any ? services.Databases[i].Count : services.Databases[i].ExpiringCount;
        while (excess > 0 && Stopwatch.GetElapsedTime(started) < Patience)
        {
            if (!TryChoose(kind, nowMs))
                return false;
            excess -= EvictChosen();
        }

        return true;
    }

    private SampleKind Kind => services.Options.MaxMemoryPolicy switch
    {
        MaxMemoryPolicy.VolatileTtl => SampleKind.EarliestExpiring,
        MaxMemoryPolicy.VolatileLru or MaxMemoryPolicy.VolatileLfu or MaxMemoryPolicy.VolatileRandom => SampleKind.Expiring,
        _ => SampleKind.Any,
    };

    /// <summary>Looks for the key to delete next, which it may miss when stripes are busy.</summary>
    /// <returns>False when there are none.</returns>
    private bool TryChoose(SampleKind kind, long nowMs)
    {
        _best = default;
        if (kind == SampleKind.EarliestExpiring)
            return TryChooseEarliest();
        var isRandom = services.Options.MaxMemoryPolicy is MaxMemoryPolicy.AllKeysRandom or MaxMemoryPolicy.VolatileRandom;
        var samples = isRandom ? 1 : services.Options.MaxMemorySamples;
        var total = _counts.Sum();
        if (total == 0)
            return false;
        for (var i = 0; i < samples; i++)
        {
            var (database, stripe) = RandomPlace(kind, Random.Shared.NextInt64(total));
            if (database < 0)
                continue;
            var sample = new Sample(this, database, nowMs);
            services.Databases[database].TrySample(stripe, kind, Random.Shared, ref sample, Consider);
        }

        return true;
    }

    private bool TryChooseEarliest()
    {
        var (database, stripe, earliestMs) = (-1, -1, long.MaxValue);
        for (var i = 0; i < services.Databases.Count; i++)
            for (var j = 0; j < services.Databases.StripeCount; j++)
                if (services.Databases[i].EarliestExpiry(j) is var candidateMs && candidateMs < earliestMs)
                    (database, stripe, earliestMs) = (i, j, candidateMs);
        if (database < 0)
            return false;
        var sample = new Sample(this, database, NowMs: 0);
        services.Databases[database].TrySample(stripe, SampleKind.EarliestExpiring, Random.Shared, ref sample, Consider);
        return true;
    }

    /// <summary>Deletes what was chosen, if its stripe is free; somebody may have deleted it meanwhile.</summary>
    /// <returns>The bytes that it gave.</returns>
    private long EvictChosen()
    {
        if (!_best.IsSet)
            return 0;
        var key = services.Databases.MakeKey(_key.AsSpan(0, _best.KeyLength));
        _plan.Clear();
        _plan.Add(key.Hash, exclusive: true);
        if (!_plan.TryEnter())
            return 0;
        try
        {
            _counts[_best.Database]--;
            return services.Databases[_best.Database].Evict(key);
        }
        finally
        {
            _plan.Exit();
        }
    }

    private static void Consider(in Entry entry, ref Sample sample) => sample.Evictor.Consider(entry, sample.Database, sample.NowMs);

    private void Consider(in Entry entry, int database, long nowMs)
    {
        var options = services.Options;
        long unfitness = AccessClock.IsLfu(options)
            ? byte.MaxValue - AccessClock.Counter(entry.AccessClock, nowMs, options.LfuDecayMinutes)
            : AccessClock.IdleSeconds(entry.AccessClock, nowMs);
        if (_best.IsSet && unfitness <= _best.Unfitness)
            return;
        if (_key.Length < entry.Key.Length)
            _key = new byte[entry.Key.Length];
        entry.Key.CopyTo(_key);
        _best = new Candidate(true, database, entry.Key.Length, unfitness);
    }

    /// <summary>A stripe that has keys, in the database of the n-th key of all; negative when they have just gone.</summary>
    private (int Database, int Stripe) RandomPlace(SampleKind kind, long n)
    {
        var databases = services.Databases;
        var database = 0;
        for (; database < _counts.Length - 1 && n >= _counts[database]; database++)
            n -= _counts[database];
        var first = Random.Shared.Next(databases.StripeCount);
        for (var i = 0; i < databases.StripeCount; i++)
        {
            var stripe = (first + i) & (databases.StripeCount - 1);
            if (databases[database].HasSamples(stripe, kind))
                return (database, stripe);
        }

        return (-1, -1);
    }

    private readonly record struct Candidate(bool IsSet, int Database, int KeyLength, long Unfitness);

    private readonly record struct Sample(Evictor Evictor, int Database, long NowMs);
}
