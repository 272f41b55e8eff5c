using RedisLite.Storage;

namespace RedisLite.Core.Tests.Storage;

public sealed class HashTests
{
    [Theory]
    [InlineData("", 5381)]
    [InlineData("a", 177670)]
    [InlineData("hello", 210714636441)]
    public void Djb2_is_the_originals(string key, ulong expected) =>
        Assert.Equal(expected, KeyHasher.Djb2(TestStore.Bytes(key)));

    [Fact]
    public void Djb2_keeps_its_chains_and_spreads_over_stripes()
    {
        using var one = new TestStore(stripes: 1, databases: 1, hash: HashFunction.Djb2);
        using var many = new TestStore(stripes: 64, databases: 1, hash: HashFunction.Djb2);
        var keys = Enumerable.Range(0, 2560).Select(i => $"user:{i}").ToArray(); // five for each of 512 buckets
        using (one.HoldAll())
        using (many.HoldAll())
        {
            foreach (var key in keys)
            {
                one.Set(key, "");
                many.Set(key, "");
            }
        }
        var statistics = one[0].GetStatistics(StripeAccess.TakeEach);
        var chains = keys.GroupBy(key => KeyHasher.Djb2(TestStore.Bytes(key)) % (ulong)statistics.Buckets).Select(
            g => g.Count());
        for (var length = 1; length <= statistics.LongestChain; length++)
            Assert.Equal(chains.Count(n => n == length), statistics.ChainLengths[length]);
        Assert.Equal(64, many[0].GetStatistics(StripeAccess.TakeEach).UsedStripes);
        Assert.InRange(many[0].GetStatistics(StripeAccess.TakeEach).LargestStripe, 47, 150);
    }

    [Fact]
    public void Chosen_keys_make_one_chain_under_djb2_and_none_under_a_seeded_hash()
    {
        // "Ez" and "FY" have the same djb2, and so has every string made of as many of them.
        var keys = Enumerable.Range(0, 512).Select(i => string.Concat(
            Enumerable.Range(0, 9).Select(bit => (i >> bit & 1) == 0 ? "Ez" : "FY"))).ToArray();
        Assert.Equal(512, Statistics(HashFunction.Djb2, keys).LongestChain);
        var seeded = Statistics(HashFunction.XxHash3, keys);
        Assert.InRange(seeded.LongestChain, 5, 20);
        Assert.InRange(seeded.MeanSteps, 1, 2);
    }

    [Fact]
    public void Statistics_count_keys_buckets_and_chains()
    {
        var statistics = Statistics(HashFunction.XxHash3, [.. Enumerable.Range(0, 700).Select(i => $"{i}")]);
        Assert.Equal(700, statistics.Keys);
        Assert.Equal(700, statistics.ChainLengths.Select((buckets, length) => buckets * length).Sum());
        Assert.Equal(statistics.Buckets, statistics.ChainLengths.Sum());
        Assert.Equal(4, statistics.UsedStripes);
        Assert.InRange(statistics.LargestStripe, 175, 250);
        Assert.InRange(statistics.MeanChain, 3, 6);
        var empty = Statistics(HashFunction.XxHash3, []);
        Assert.Equal((0, 0.0, 0.0), (empty.LongestChain, empty.MeanChain, empty.MeanSteps));
    }

    [Fact]
    public void Each_server_has_its_own_seed()
    {
        using var a = new Databases(new StorageOptions());
        using var b = new Databases(new StorageOptions());
        using var seeded = new Databases(new StorageOptions { Seed = 1 });
        using var same = new Databases(new StorageOptions { Seed = 1 });
        Assert.NotEqual(a.MakeKey("key"u8).Hash, b.MakeKey("key"u8).Hash);
        Assert.Equal(seeded.MakeKey("key"u8).Hash, same.MakeKey("key"u8).Hash);
    }

    private static TableStatistics Statistics(HashFunction hash, string[] keys)
    {
        using var store = new TestStore(hash: hash);
        using (store.HoldAll())
        {
            foreach (var key in keys)
                store.Set(key, "");
        }
        return store[0].GetStatistics(StripeAccess.TakeEach);
    }
}
