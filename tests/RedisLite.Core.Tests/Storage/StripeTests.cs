using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
        var grown = store[0].TableAt(3)!.BucketCount;
        foreach (var key in keys)
            Assert.True(store[0].Remove(store.Key(key)));
        others.Exit();
        own.Exit();
        Assert.Equal(400u, grown); // five for each
        for (var stripe = 0; stripe < 8; stripe++)
            Assert.Equal(stripe == 3, store[0].TableAt(stripe) != null);
    }

    [Fact]
    public void A_key_more_adds_at_most_eight_buckets_and_one_less_takes_one()
    {
        using var store = new TestStore(stripes: 1, databases: 1);
        using var held = store.HoldAll();
        var before = 1u;
        for (var count = 1; count <= 5000; count++)
        {
            store.Set($"{count}", "");
            var now = store[0].TableAt(0)!.BucketCount;
            Assert.True(count <= now * 5);
            Assert.True(now == 1 || count > ((int)now - 8) * 5);
            Assert.InRange(now - before, 0u, 8u);
            before = now;
        }
        for (var left = 4999; left > 0; left--)
        {
            store[0].Remove(store.Key($"{left + 1}"));
            var now = store[0].TableAt(0)!.BucketCount;
            Assert.True(now == 1 || left >= now * 2);
            Assert.InRange(before - now, 0u, 1u);
            before = now;
        }
        Assert.Equal(1u, before);
    }

    [Fact]
    public void Every_key_is_found_at_every_number_of_buckets()
    {
        using var store = new TestStore(stripes: 1, databases: 1);
        for (var count = 1; count <= 300; count++)
        {
            using (store.HoldAll())
            {
                store.Set($"{count}", $"{count}");
                for (var i = 1; i <= count; i++)
                    Assert.Equal($"{i}", store.Get($"{i}"));
            }

            store.Verify();
        }

        for (var count = 300; count > 0; count--)
        {
            using (store.HoldAll())
            {
                Assert.True(store[0].Remove(store.Key($"{count}")));
                for (var i = 1; i <= 300; i++)
                    Assert.Equal(i < count ? $"{i}" : null, store.Get($"{i}"));
            }

            store.Verify();
        }
    }

    [Fact]
    public void A_growth_that_finds_no_memory_leaves_a_table_that_works()
    {
        var failures = 0;
        for (var count = 3; count < 200; count++)
        {
            using var store = new TestStore(stripes: 1, databases: 1);
            using (store.HoldAll())
            {
                for (var i = 0; i < count; i++)
                    store.Set($"{i}", $"{i}");
                store.Allocator.FailAfter(1); // the record is made first
                try
                {
                    store.Set("more", "");
                }
                catch (OutOfMemoryException)
                {
                    failures++;
                    Assert.Null(store.Get("more"));
                }

                store.Allocator.FailAfter(long.MaxValue);
                for (var i = 0; i < count; i++)
                    Assert.Equal($"{i}", store.Get($"{i}"));
            }

            store.Verify();
            using (store.HoldAll())
            {
                for (var i = 0; i < count; i++)
                    Assert.True(store[0].Remove(store.Key($"{i}")));
            }

            store.Verify();
        }

        Assert.InRange(failures, 5, 100);
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
        Assert.True(
            Unsafe.AreSame(ref MemoryMarshal.GetReference(first.Value), ref MemoryMarshal.GetReference(last.Value)));
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
