using System.Runtime.CompilerServices;
using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>Has the processor fetch the records of several keys together.</summary>
/// <remarks>
/// A prefetch from a page whose address the processor does not have at hand ends only when it has found that in the
/// page tables, and the interlocked step into the next lock waits for it. So what to fetch is collected from the
/// stripes first, and asked for afterwards with no lock in between. What is gone by then was a hint for nothing.
/// </remarks>
internal static unsafe class KeyspacePrefetch
{
    /// <inheritdoc cref="Keyspace.PrefetchRecords"/>
    public static void Records(Keyspace keyspace, Databases databases, ReadOnlySpan<ulong> hashes, StripeAccess access)
    {
        var records = stackalloc Record*[Keyspace.PrefetchWindow];
        while (!hashes.IsEmpty)
        {
            var count = 0;
            for (; count < Math.Min(Keyspace.PrefetchWindow, hashes.Length); count++)
            {
                records[count] = null;
                if (!TryEnter(keyspace, databases, hashes[count], access, out var stripe))
                    continue;
                if (stripe is not null)
                    records[count] = stripe.CandidateOf(hashes[count]);
                Exit(databases, hashes[count], access);
            }

            Fetch(records, count);
            hashes = hashes[count..];
        }
    }

    private static void Fetch(Record** records, int count)
    {
        for (var i = 0; i < count; i++)
            Record.Prefetch(records[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryEnter(
        Keyspace keyspace, Databases databases, ulong hash, StripeAccess access, out Stripe? stripe)
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
