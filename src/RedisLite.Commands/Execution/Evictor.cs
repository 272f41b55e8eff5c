using System.Diagnostics;
using RedisLite.Commands.Keys;
using RedisLite.Commands.Server;
using RedisLite.Storage.Locking;

namespace RedisLite.Commands.Execution;

/// <summary>What <see cref="Evictor.MakeRoom"/> reached.</summary>
internal enum Room
{
    /// <summary>No more memory is in use than allowed.</summary>
    Enough,

    /// <summary>Time was up before enough was deleted: go on later.</summary>
    Short,

    /// <summary>There is nothing that may be deleted.</summary>
    None,
}

/// <summary>
/// Deletes keys, chosen by <c>maxmemory-policy</c>, while more memory is in use than <c>maxmemory</c>.
/// </summary>
/// <remarks>
/// <para>A choice looks at random keys of three random stripes, or more where they hold few: <c>maxmemory-samples</c>
/// of them. What was idle longest goes (lru), was used least (lfu), expires first (ttl: the earliest of each of so many
/// stripes, which their heaps know), any (random). So its cost does not grow with keys or stripes. Keys are spread over
/// the stripes by their hash: the keys of some stripes are as good a sample as any.</para>
/// <para>Good candidates of former samples are kept for the next, as in Redis (<see cref="EvictionPool"/>). Their
/// stripes are not held any more: whether a key is still there and has not been used since is looked up when it is to
/// go.</para>
/// <para>Never waits for a stripe. One thread at a time. LOCK: the caller holds none; takes one at a time.</para>
/// </remarks>
internal sealed class Evictor(CommandServices services)
{
    private const int StripesPerChoice = 3;

    // Keys a stripe from which the keys of a few stripes are enough to choose from.
    private const int KeysForFewStripes = 8;
    private const int ChoicesPerReading = 8;

    // Choices that find nothing, because stripes are taken or keys have just gone, before it is somebody else's turn.
    private const int MostMisses = 64;

    private readonly LockPlan _plan = services.Databases.CreatePlan();

    // Keys of each database that may be chosen, as of the beginning: a sum over stripes is too dear for each choice.
    private readonly long[] _counts = new long[services.Databases.Count];
    private readonly EvictionPool _pool = new();
    private MaxMemoryPolicy _policy;

    /// <summary>Whether more memory than allowed may be in use. Any thread; cheap.</summary>
    public static bool MayBeNeeded(CommandServices services) =>
        services.Options.MaxMemory is > 0 and var limit
        && services.Databases.MayExceed(limit - services.OtherMemory + services.UncountedMemory);

    /// <summary>Deletes as much as is needed, possible, and done in a time.</summary>
    /// <param name="nowMs">The clock that keys expire by.</param>
    /// <param name="budget">Overrun by a few deletions at most.</param>
    public Room MakeRoom(long nowMs, TimeSpan budget)
    {
        var excess = Excess();
        if (excess <= 0)
            return Room.Enough;

        // What is loaded, or followed, has been judged before.
        if (!services.MayDelete)
            return Room.Enough;
        if (services.Options.MaxMemoryPolicy == MaxMemoryPolicy.NoEviction)
            return Room.None;
        var started = Stopwatch.GetTimestamp();
        var misses = 0;
        var kind = Kind;
        ForgetOtherPolicies();
        CountKeys(kind);
        for (var choices = 1; excess > 0; choices++)
        {
            if (!TryChoose(kind, nowMs))
                return Room.None;
            var freed = EvictChosen(kind);
            excess -= freed;
            misses = freed == 0 ? misses + 1 : 0;
            if (misses > MostMisses
                || (choices % ChoicesPerReading == 0 && Stopwatch.GetElapsedTime(started) >= budget))
                return Excess() > 0 ? Room.Short : Room.Enough;
        }

        return Room.Enough;
    }

    private SampleKind Kind => services.Options.MaxMemoryPolicy switch
    {
        MaxMemoryPolicy.VolatileTtl => SampleKind.EarliestExpiring,
        MaxMemoryPolicy.VolatileLru or MaxMemoryPolicy.VolatileLfu or MaxMemoryPolicy.VolatileRandom =>
            SampleKind.Expiring,
        _ => SampleKind.Any,
    };

    /// <summary>What was judged by another policy says nothing by this one.</summary>
    private void ForgetOtherPolicies()
    {
        if (_policy != services.Options.MaxMemoryPolicy)
            _pool.Clear();
        _policy = services.Options.MaxMemoryPolicy;
    }

    private long Excess() =>
        MayBeNeeded(services)
            ? services.Databases.UsedMemory
            + services.OtherMemory - services.UncountedMemory - services.Options.MaxMemory
            : 0;

    private void CountKeys(SampleKind kind)
    {
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] = kind == SampleKind.Any ? services.Databases[i].Count : services.Databases[i].ExpiringCount;
    }

    /// <summary>Looks for the key to delete next, which it may miss when stripes are busy.</summary>
    /// <returns>False when there are none.</returns>
    private bool TryChoose(SampleKind kind, long nowMs)
    {
        var total = _counts.Sum();
        if (total == 0)
        {
            // Others may have brought new ones since they were counted.
            CountKeys(kind);
            total = _counts.Sum();
            if (total == 0)
                return false;
        }

        var isRandom = services.Options.MaxMemoryPolicy is MaxMemoryPolicy.AllKeysRandom
            or MaxMemoryPolicy.VolatileRandom;
        var samples = Math.Max(1, services.Options.MaxMemorySamples);
        var isSparse = total < (long)services.Databases.StripeCount * KeysForFewStripes;
        var stripes = isRandom ? 1 : kind == SampleKind.EarliestExpiring
            || isSparse ? samples : Math.Min(samples, StripesPerChoice);
        var each = isRandom ? 1 : (samples + stripes - 1) / stripes;
        for (var i = 0; i < stripes; i++)
        {
            var (database, stripe) = RandomPlace(kind, Random.Shared.NextInt64(total));
            if (database < 0)
                continue;
            var sample = new Sample(this, database, nowMs, kind);
            services.Databases[database].TrySample(stripe, kind, each, Random.Shared, ref sample, Consider);
        }

        return true;
    }

    /// <summary>Deletes the fittest that is still there, has not been used since, and whose stripe is free.</summary>
    /// <returns>The bytes that it gave.</returns>
    private long EvictChosen(SampleKind kind)
    {
        while (_pool.TryTake(out var candidate))
        {
            var key = services.Databases.MakeKey(candidate.Key);
            _plan.Clear();
            _plan.Add(key.Hash, exclusive: true);
            if (!_plan.TryEnter())
                continue;
            try
            {
                var keyspace = services.Databases[candidate.Database];
                if (!keyspace.TryGetStale(key, out var entry) || Mark(entry, kind) != candidate.Mark)
                    continue;
                if (kind != SampleKind.Any && entry.ExpireAtMs == Keyspace.NoExpiry)
                    continue;
                _counts[candidate.Database] = Math.Max(0, _counts[candidate.Database] - 1);
                return keyspace.Evict(key);
            }
            finally
            {
                _plan.Exit();
            }
        }

        return 0;
    }

    private static void Consider(in Entry entry, ref Sample sample) =>
        sample.Evictor.Consider(entry, sample.Database, sample.NowMs, sample.Kind);

    private void Consider(in Entry entry, int database, long nowMs, SampleKind kind)
    {
        var options = services.Options;
        var fitness = kind == SampleKind.EarliestExpiring ? -entry.ExpireAtMs
            : AccessClock.IsLfu(options) ? byte.MaxValue - AccessClock.Counter(
                entry.AccessClock, nowMs, options.LfuDecayMinutes)
            : AccessClock.IdleSeconds(entry.AccessClock, nowMs) - (nowMs / 1000);
        _pool.Offer(database, entry.Key, Mark(entry, kind), fitness);
    }

    /// <summary>What a key was judged by: it changes with each use, or with its time to live.</summary>
    private static long Mark(in Entry entry, SampleKind kind) =>
        kind == SampleKind.EarliestExpiring ? entry.ExpireAtMs : entry.AccessClock;

    /// <summary>
    /// A stripe that has keys, in the database of the n-th key of all; negative when they have just gone.
    /// </summary>
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

    private readonly record struct Sample(Evictor Evictor, int Database, long NowMs, SampleKind Kind);
}
