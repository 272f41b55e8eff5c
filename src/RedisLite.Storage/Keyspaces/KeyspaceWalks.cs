using System.Numerics;
using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>Walks over a whole database, stripe by stripe.</summary>
/// <remarks>
/// A SCAN cursor holds the stripe in its low bits and above them the place in the stripe:
///
///     cursor  [ 0 .. 0 | bucket position (32) | stripe (log2 of the stripe count) ]
///
/// The position is one of <see cref="BucketArray"/>, which holds while the stripe grows and shrinks between two calls.
/// </remarks>
public static unsafe class KeyspaceWalks
{
    /// <summary>
    /// Redis looks into ten buckets for each key asked for, so that a sparse table does not hold it up.
    /// </summary>
    private const int BucketsPerKey = 10;

    // Draws of a random key in a stripe where others are hidden, before it is looked through.
    private const int MostHiddenDraws = 32;

    /// <summary>Part of a walk over all keys, expired ones included, as the SCAN command needs it.</summary>
    /// <remarks>
    /// Every key that is there from the first call to the last is visited at least once, however the table grows and
    /// shrinks meanwhile; others perhaps; some may come twice. A call visits whole chains until it has seen
    /// <paramref name="count"/> keys or looked into ten times as many buckets, as Redis does.
    /// </remarks>
    /// <param name="cursor">0 to begin, then what the previous call returned; other numbers do no harm.</param>
    /// <param name="count">How much to do, at least 1.</param>
    /// <param name="access">Who takes the locks; each stripe for itself, shared.</param>
    /// <param name="state">Handed to the visitor.</param>
    /// <param name="visitor">Sees the entries.</param>
    /// <returns>The cursor of the next call, below 2^48; 0 when the walk is complete.</returns>
    public static ulong Scan<TState>(
        this Keyspace keyspace,
        ulong cursor,
        int count,
        StripeAccess access,
        ref TState state,
        EntryVisitor<TState> visitor)
        where TState : allows ref struct
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        var databases = keyspace.Databases;
        var stripeBits = BitOperations.Log2((uint)databases.StripeCount);
        var stripe = (int)(cursor & (ulong)(databases.StripeCount - 1));
        var position = (uint)(cursor >> stripeBits);
        var keysLeft = (long)Math.Max(1, count);
        var bucketsLeft = keysLeft * BucketsPerKey;
        while (true)
        {
            if (MayHaveKeys(keyspace, stripe))
            {
                using var held = Held.Take(databases, stripe, access);
                // Read again under the lock: a flush or swap may have come between.
                var hidden = HiddenIn(keyspace, stripe);
                if (keyspace.TableAt(stripe) is { BucketCount: > 0 } table)
                {
                    do
                    {
                        keysLeft -= Visit(table, table.RecordsAt(position), hidden, ref state, visitor);
                        bucketsLeft--;
                        position = table.NextPosition(position);
                    }
                    while (position != 0 && keysLeft > 0 && bucketsLeft > 0);
                }
                else
                {
                    position = 0;
                }
            }
            else
            {
                position = 0;
            }

            if (position == 0 && ++stripe == databases.StripeCount)
                return 0;
            if (keysLeft <= 0 || bucketsLeft <= 0)
                return ((ulong)position << stripeBits) | (uint)stripe;
        }
    }

    /// <summary>Visits all keys, expired ones included, each once, stripe by stripe; not one moment's state.</summary>
    public static void ForEach<TState>(
        this Keyspace keyspace, StripeAccess access, ref TState state, EntryVisitor<TState> visitor)
        where TState : allows ref struct
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        for (var stripe = 0; stripe < keyspace.Databases.StripeCount; stripe++)
            keyspace.ForEach(stripe, access, ref state, visitor);
    }

    /// <summary>
    /// Visits all keys of one stripe, expired ones included: for walks that do something between two stripes.
    /// </summary>
    /// <param name="stripe">0 to <see cref="Databases.StripeCount"/> - 1.</param>
    /// <param name="access">Who takes the stripe's lock, shared.</param>
    /// <param name="state">Handed to the visitor.</param>
    /// <param name="visitor">Sees the entries.</param>
    public static void ForEach<TState>(
        this Keyspace keyspace, int stripe, StripeAccess access, ref TState state, EntryVisitor<TState> visitor)
        where TState : allows ref struct
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        if (!MayHaveKeys(keyspace, stripe))
            return;
        using var held = Held.Take(keyspace.Databases, stripe, access);
        if (keyspace.TableAt(stripe) is not { } table)
            return;
        var hidden = HiddenIn(keyspace, stripe);
        for (uint bucket = 0; bucket < table.BucketCount; bucket++)
            Visit(table, table.RecordsIn(bucket), hidden, ref state, visitor);
    }

    /// <summary>Visits one random key, expired ones included. False when there are none.</summary>
    /// <remarks>
    /// The stripe is chosen fairly by its count; in the stripe, longer chains give each key less of a chance.
    /// </remarks>
    public static bool TryGetRandom<TState>(
        this Keyspace keyspace,
        Random random,
        StripeAccess access,
        ref TState state,
        EntryVisitor<TState> visitor)
        where TState : allows ref struct
    {
        ArgumentNullException.ThrowIfNull(keyspace);
        ArgumentNullException.ThrowIfNull(random);
        var databases = keyspace.Databases;

        // The counts may change while we look, so the stripe found may be empty by then: take the next one.
        var first = StripeOfNth(keyspace, random.NextInt64(Math.Max(1, keyspace.Count)));
        for (var i = 0; i < databases.StripeCount; i++)
        {
            var stripe = (first + i) & (databases.StripeCount - 1);
            if (!MayHaveKeys(keyspace, stripe))
                continue;
            using var held = Held.Take(databases, stripe, access);
            if (keyspace.TableAt(stripe) is not { Count: > 0 } table)
                continue;
            var record = RandomRecord(keyspace, table, stripe, random);
            if (record == null)
                continue;
            visitor(table.View(record), ref state);
            return true;
        }
        return false;
    }

    /// <summary>Without the lock: a key that stays is there in every moment's count, so nothing is missed.</summary>
    private static bool MayHaveKeys(Keyspace keyspace, int stripe) => keyspace.TableAt(stripe) is { Count: > 0 };

    /// <summary>The hidden slots, if a stripe has any. LOCK: the stripe.</summary>
    private static HiddenSlots? HiddenIn(Keyspace keyspace, int stripe) =>
        keyspace.Hidden is { } hidden && hidden.IsIn(stripe) ? hidden : null;

    /// <summary>A random record of a stripe that is not hidden; null when there is none.</summary>
    private static Record* RandomRecord(Keyspace keyspace, Stripe table, int stripe, Random random)
    {
        if (HiddenIn(keyspace, stripe) is not { } hidden)
            return RandomRecord(table, random);
        for (var i = 0; i < MostHiddenDraws; i++)
        {
            var drawn = RandomRecord(table, random);
            if (!hidden.Hides(drawn))
                return drawn;
        }

        // Nearly all are hidden: the first that is not.
        for (uint bucket = 0; bucket < table.BucketCount; bucket++)
            foreach (var record in table.RecordsIn(bucket))
                if (!hidden.Hides(record))
                    return record;
        return null;
    }

    private static int Visit<TState>(
        Stripe table, ChainEnumerator records, HiddenSlots? hidden, ref TState state, EntryVisitor<TState> visitor)
        where TState : allows ref struct
    {
        var visited = 0;
        foreach (var record in records)
        {
            if (hidden is not null && hidden.Hides(record))
                continue;
            visitor(table.View(record), ref state);
            visited++;
        }

        return visited;
    }

    private static int StripeOfNth(Keyspace keyspace, long nth)
    {
        var stripes = keyspace.Stripes;
        for (var stripe = 0; stripe < stripes.Length; stripe++)
        {
            nth -= stripes[stripe]?.Count ?? 0;
            if (nth < 0)
                return stripe;
        }
        return 0;
    }

    internal static Record* RandomRecord(Stripe table, Random random)
    {
        while (true)
        {
            // A bucket has two records on average, or more, so this takes a few rounds. As for a hash, not by a
            // bucket's number: one that is not split yet holds twice as many records.
            var position = (uint)random.NextInt64(1L << 32);
            var length = 0;
            foreach (var record in table.RecordsAt(position))
                length++;
            if (length == 0)
                continue;
            var skip = random.Next(length);
            foreach (var record in table.RecordsAt(position))
            {
                if (skip-- == 0)
                    return record;
            }
        }
    }

    /// <summary>A stripe held for a scope, unless the caller of the walk holds it.</summary>
    internal readonly ref struct Held
    {
        private readonly Databases? _databases;
        private readonly int _stripe;

        private Held(Databases? databases, int stripe)
        {
            _databases = databases;
            _stripe = stripe;
        }

        public static Held Take(Databases databases, int stripe, StripeAccess access)
        {
            if (access == StripeAccess.HeldByCaller)
            {
                databases.AssertHeld(stripe, exclusive: false);
                return default;
            }
            databases.Locks[stripe].Enter(exclusive: false);
            return new Held(databases, stripe);
        }

        public void Dispose() => _databases?.Locks[_stripe].Exit(exclusive: false);
    }
}
