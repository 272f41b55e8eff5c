using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>How evenly keys lie over the buckets of a database.</summary>
/// <param name="Keys">Number of keys.</param>
/// <param name="Buckets">Number of buckets of all stripes with keys.</param>
/// <param name="UsedStripes">Number of stripes with keys.</param>
/// <param name="LargestStripe">Most keys in one stripe.</param>
/// <param name="ChainLengths">At index n the number of buckets with a chain of n keys; the last index is the longest
/// chain.</param>
public sealed record TableStatistics(
    long Keys, long Buckets, int UsedStripes, int LargestStripe, IReadOnlyList<long> ChainLengths)
{
    public int LongestChain => ChainLengths.Count - 1;

    /// <summary>Keys in a bucket that has any; 0 without keys.</summary>
    public double MeanChain => Keys == 0 ? 0 : (double)Keys / (Buckets - ChainLengths[0]);

    /// <summary>Lines of a chain looked at to find a key, averaged over all keys; 0 without keys.</summary>
    public double MeanSteps
    {
        get
        {
            var steps = 0.0;
            for (var length = 1; length < ChainLengths.Count; length++)
            {
                var fullLines = length / Bucket.Slots;
                var rest = length % Bucket.Slots;
                steps += ChainLengths[length] * (
                    (Bucket.Slots * (fullLines * (fullLines + 1.0) / 2)) + (rest * (fullLines + 1.0)));
            }

            return Keys == 0 ? 0 : steps / Keys;
        }
    }

    internal static unsafe TableStatistics Of(Keyspace keyspace, Databases databases, StripeAccess access)
    {
        var lengths = new List<long> { 0 };
        long keys = 0;
        long buckets = 0;
        var usedStripes = 0;
        var largestStripe = 0;
        for (var stripe = 0; stripe < databases.StripeCount; stripe++)
        {
            using var held = KeyspaceWalks.Held.Take(databases, stripe, access);
            if (keyspace.TableAt(stripe) is not { Count: > 0 } table)
                continue;
            keys += table.Count;
            buckets += table.BucketCount;
            usedStripes++;
            largestStripe = Math.Max(largestStripe, table.Count);
            for (uint bucket = 0; bucket < table.BucketCount; bucket++)
            {
                var length = 0;
                foreach (var record in table.RecordsIn(bucket))
                    length++;
                while (lengths.Count <= length)
                    lengths.Add(0);
                lengths[length]++;
            }
        }
        return new TableStatistics(keys, buckets, usedStripes, largestStripe, lengths);
    }
}
