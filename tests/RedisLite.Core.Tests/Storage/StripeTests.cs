using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RedisLite.Storage.Tables;

namespace RedisLite.Core.Tests.Storage;

public sealed class StripeTests
{
    [Fact]
    public void Growth_touches_neither_other_stripes_nor_their_locks()
    {
        using var store = new TestStore(stripes: 8);
        var keys = KeysOfStripe(store, stripe: 3, count: 2000).ToArray();
        var others = store.Databases.CreatePlan();
        var own = store.Databases.CreatePlan();
        own.Add(store.Key(keys[0]).Hash, exclusive: true);
        own.Enter();
        for (var stripe = 0; stripe < 8; stripe++)
        {
            if (stripe != 3)
                others.Add((ulong)stripe << 61, exclusive: true);
        }
        others.Enter(); // as if by another executor
        foreach (var key in keys)
            store.Set(key, "v");
        var grown = KeyspaceWalks.At(store[0], 3)!.BucketCount;
        foreach (var key in keys)
            Assert.True(store[0].Remove(store.Key(key)));
        others.Exit();
        own.Exit();
        Assert.Equal(4096u, grown);
        for (var stripe = 0; stripe < 8; stripe++)
            Assert.Equal(stripe == 3, KeyspaceWalks.At(store[0], stripe) != null);
    }

    [Fact]
    public void Buckets_double_above_three_quarters_and_halve_below_an_eighth()
    {
        using var store = new TestStore(stripes: 1, databases: 1);
        using var held = store.HoldAll();
        var buckets = new List<uint>();
        for (var i = 0; i < 100; i++)
        {
            store.Set($"{i}", "");
            buckets.Add(KeyspaceWalks.At(store[0], 0)!.BucketCount);
        }
        for (var count = 1; count <= 100; count++)
        {
            Assert.True(count <= buckets[count - 1] * 0.75);
            Assert.True(count == 1 || buckets[count - 1] == buckets[count - 2] || count - 1 == buckets[count - 2] * 0.75);
        }
        for (var left = 99; left > 0; left--)
        {
            store[0].Remove(store.Key($"{left}"));
            var now = KeyspaceWalks.At(store[0], 0)!.BucketCount;
            Assert.True(now == 4 || left >= now / 8);
        }
        Assert.Equal(8u, KeyspaceWalks.At(store[0], 0)!.BucketCount);
    }

    [Fact]
    public void Growing_and_shrinking_move_no_record()
    {
        using var store = new TestStore(stripes: 1, databases: 1);
        using var held = store.HoldAll();
        store.Set("k", "v");
        store[0].TryGet(store.Key("k"), 0, out var first);
        for (var i = 0; i < 1000; i++)
            store.Set($"{i}", "");
        for (var i = 0; i < 1000; i++)
            store[0].Remove(store.Key($"{i}"));
        store[0].TryGet(store.Key("k"), 0, out var last);
        Assert.True(Unsafe.AreSame(ref MemoryMarshal.GetReference(first.Value), ref MemoryMarshal.GetReference(last.Value)));
    }

    [Fact]
    public void Unused_databases_and_stripes_hold_no_native_memory()
    {
        using var store = new TestStore(stripes: 64, databases: 16);
        Assert.Equal(0, store.Allocator.LiveBlocks);
        using var held = store.HoldAll();
        store.Set("k", "v", database: 9);
        Assert.Equal(2, store.Allocator.LiveBlocks); // its buckets and its record
        Assert.True(store[3].Stripes.IsEmpty);
    }

    private static IEnumerable<string> KeysOfStripe(TestStore store, int stripe, int count) =>
        Enumerable.Range(0, int.MaxValue).Select(i => $"key {i}")
            .Where(key => store.Databases.StripeOf(store.Key(key).Hash) == stripe)
            .Take(count);
}
