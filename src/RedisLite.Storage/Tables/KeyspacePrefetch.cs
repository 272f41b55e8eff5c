using System.Runtime.CompilerServices;

namespace RedisLite.Storage.Tables;

/// <summary>Has the processor fetch the records of several keys together.</summary>
/// <remarks>
/// A prefetch from a page whose address the processor does not have at hand ends only when it has found that in the page
/// tables, and the interlocked step into the next lock waits for it. So what to fetch is collected from the stripes first,
/// and asked for afterwards with no lock in between. What is gone by then was a hint for nothing.
/// </remarks>
internal static unsafe class KeyspacePrefetch
{
    /// <inheritdoc cref="Keyspace.PrefetchRecords"/>
    public static void Records(Keyspace keyspace, Databases databases, ReadOnlySpan<ulong> hashes, StripeAccess access)
    {
        if (First(keyspace, databases, hashes, access))
            Second(keyspace, databases, hashes, access);
    }

    /// <summary>Fetches the first records of the chains.</summary>
    /// <returns>Whether the table is a <see cref="StorageOptions.LargeTable">large one</see>.</returns>
    private static bool First(Keyspace keyspace, Databases databases, ReadOnlySpan<ulong> hashes, StripeAccess access)
    {
        var records = stackalloc Record*[Keyspace.PrefetchWindow];
        var isLarge = false;
        while (!hashes.IsEmpty)
        {
            var count = 0;
            for (; count < Math.Min(Keyspace.PrefetchWindow, hashes.Length); count++)
            {
                records[count] = null;
                if (!TryEnter(keyspace, databases, hashes[count], access, out var stripe))
                    continue;
                if (stripe is not null)
                {
                    records[count] = stripe.FirstOf(hashes[count]);
                    isLarge |= stripe.Count > databases.LargeStripe;
                }
                Exit(databases, hashes[count], access);
            }
            Fetch(records, count);
            hashes = hashes[count..];
        }
        return isLarge;
    }

    /// <summary>Fetches the second records of those chains whose first is another key's. It waits for the first ones.</summary>
    private static void Second(Keyspace keyspace, Databases databases, ReadOnlySpan<ulong> hashes, StripeAccess access)
    {
        var records = stackalloc Record*[Keyspace.PrefetchWindow];
        var count = 0;
        foreach (var hash in hashes)
        {
            if (!TryEnter(keyspace, databases, hash, access, out var stripe))
                continue;
            var record = stripe is null ? null : stripe.SecondOf(hash);
            Exit(databases, hash, access);
            if (record == null)
                continue;
            records[count++] = record;
            if (count == Keyspace.PrefetchWindow)
            {
                Fetch(records, count);
                count = 0;
            }
        }
        Fetch(records, count);
    }

    private static void Fetch(Record** records, int count)
    {
        for (var i = 0; i < count; i++)
            Record.Prefetch(records[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryEnter(Keyspace keyspace, Databases databases, ulong hash, StripeAccess access, out Stripe? stripe)
    {
        stripe = null;
        var index = databases.StripeOf(hash);
        if (access == StripeAccess.TakeEach && !databases.Locks[index].TryEnterAtOnce(exclusive: false))
            return false;
        var stripes = keyspace.Stripes;
        if (!stripes.IsEmpty)
            stripe = stripes[index];
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exit(Databases databases, ulong hash, StripeAccess access)
    {
        if (access == StripeAccess.TakeEach)
            databases.Locks[databases.StripeOf(hash)].Exit(exclusive: false);
    }
}
