using System.Globalization;
using CsCheck;

namespace RedisLite.Core.Tests.Storage;

public sealed class ScanTests
{
    [Fact]
    public void An_empty_database_is_scanned_in_one_call()
    {
        using var store = new TestStore();
        Assert.Equal(0UL, ScanOnce(store, 0, 1, []));
    }

    [Fact]
    public void A_few_keys_come_in_one_call_of_the_usual_count()
    {
        using var store = new TestStore(stripes: 1024);
        using (store.HoldAll())
        {
            for (var i = 0; i < 9; i++)
                store.Set($"k{i}", "v");
        }
        var seen = new List<string>();
        Assert.Equal(0UL, ScanOnce(store, 0, 10, seen));
        Assert.Equal(9, seen.Count);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 10)]
    [InlineData(8, 3)]
    [InlineData(64, 1000)]
    public void A_scan_at_rest_returns_each_key_once(int stripes, int count)
    {
        using var store = new TestStore(stripes);
        using (store.HoldAll())
        {
            for (var i = 0; i < 1000; i++)
                store.Set($"k{i}", "v");
        }
        var seen = ScanAll(store, count, () => { });
        Assert.Equal(1000, seen.Count);
        Assert.Equal(1000, seen.Distinct().Count());
    }

    [Fact]
    public void Keys_that_stay_are_returned_whatever_grows_and_shrinks_meanwhile() =>
        Gen.Select(
            Gen.Int[0, 2], Gen.Int[1, 20], Gen.Int[0, 300],
            Gen.Select(Gen.Bool, Gen.Int[0, 600]).Array[0, 40])
        .Sample(
            (stripeBits, count, before, changes) =>
            {
                using var store = new TestStore(1 << stripeBits);
                using (store.HoldAll())
                {
                    for (var i = 0; i < 40; i++)
                        store.Set($"stays {i}", "v");
                    for (var i = 0; i < before; i++)
                        store.Set($"goes {i}", "v");
                }
                var step = 0;
                var seen = ScanAll(store, count, () =>
                {
                    if (step == changes.Length)
                        return;
                    var (grow, keys) = changes[step++];
                    using var held = store.HoldAll();
                    for (var i = 0; i < keys; i++)
                    {
                        if (grow)
                            store.Set($"goes {i}", "v");
                        else
                            store[0].Remove(store.Key($"goes {i}"));
                    }
                });
                var missing = Enumerable.Range(0, 40).Select(i => $"stays {i}").Except(seen);
                Assert.Empty(missing);
            },
            iter: 60);

    [Fact]
    public async Task Keys_that_stay_are_returned_while_another_thread_grows_and_shrinks_the_table()
    {
        using var store = new TestStore(stripes: 2);
        using (store.HoldAll())
        {
            for (var i = 0; i < 100; i++)
                store.Set($"stays {i}", "v");
        }
        using var stop = new CancellationTokenSource();
        using var started = new SemaphoreSlim(0);
        var writer = Task.Run(() =>
        {
            var plan = store.Databases.CreatePlan();
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var bytes = TestStore.Bytes($"goes {i % 1500}");
                var key = store.Databases.MakeKey(bytes);
                plan.Clear();
                plan.Add(key.Hash, exclusive: true);
                plan.Enter();
                if (i / 1500 % 2 == 0)
                    store[0].SetString(key, bytes);
                else
                    store[0].Remove(key);
                plan.Exit();
                if (i == 0)
                    started.Release();
            }
        });
        await started.WaitAsync();
        for (var round = 0; round < 30; round++)
        {
            var seen = ScanAll(store, count: 7, () => { });
            Assert.Empty(Enumerable.Range(0, 100).Select(i => $"stays {i}").Except(seen));
        }
        await stop.CancelAsync();
        await writer;
    }

    [Fact]
    public void Foreign_cursors_do_no_harm() =>
        Gen.ULong.Sample(
            cursor =>
            {
                using var store = new TestStore(stripes: 8);
                using (store.HoldAll())
                {
                    for (var i = 0; i < 100; i++)
                        store.Set($"k{i}", "v");
                }
                for (var calls = 0; calls == 0 || cursor != 0; calls++)
                {
                    Assert.InRange(calls, 0, 1000);
                    cursor = ScanOnce(store, cursor, 5, []);
                }
            },
            iter: 50);

    [Fact]
    public void Cursors_stay_below_two_to_the_48()
    {
        using var store = new TestStore(stripes: 1024);
        using (store.HoldAll())
        {
            for (var i = 0; i < 20_000; i++)
                store.Set($"k{i}", "");
        }
        ulong cursor = 0;
        do
        {
            cursor = ScanOnce(store, cursor, 100, []);
            Assert.InRange(cursor, 0UL, 1UL << 48);
        }
        while (cursor != 0);
    }

    [Fact]
    public void Positions_run_through_all_buckets_from_the_highest_bit_down()
    {
        var order = new List<uint>();
        uint position = 0;
        do
        {
            order.Add(position);
            position = BucketArray.Next(position, mask: 7);
        }
        while (position != 0);
        Assert.Equal([0u, 4, 2, 6, 1, 5, 3, 7], order);
    }

    [Fact]
    public void For_each_visits_each_key_once_and_random_finds_each_some_time()
    {
        using var store = new TestStore();
        var none = 0;
        Assert.False(
            store[0].TryGetRandom(new Random(1), StripeAccess.TakeEach, ref none, static (in _, ref none) => none++));
        using (store.HoldAll())
        {
            for (var i = 0; i < 50; i++)
                store.Set($"{i}", "v");
        }
        var all = new List<string>();
        store[0].ForEach(
            StripeAccess.TakeEach, ref all, static (in entry, ref all) => all.Add(TestStore.Text(entry.Key)));
        Assert.Equal(Enumerable.Range(0, 50), all.Select(key => int.Parse(key, CultureInfo.InvariantCulture)).Order());

        var found = new HashSet<string>();
        var random = new Random(2);
        for (var i = 0; i < 2000; i++)
            Assert.True(
                store[0].TryGetRandom(random, StripeAccess.TakeEach, ref found, static (in entry, ref found) =>
                    found.Add(TestStore.Text(entry.Key))));
        Assert.Equal(50, found.Count);
    }

    private static List<string> ScanAll(TestStore store, int count, Action between)
    {
        var seen = new List<string>();
        ulong cursor = 0;
        do
        {
            cursor = ScanOnce(store, cursor, count, seen);
            between();
        }
        while (cursor != 0);
        return seen;
    }

    private static ulong ScanOnce(TestStore store, ulong cursor, int count, List<string> seen) =>
        store[0].Scan(cursor, count, StripeAccess.TakeEach, ref seen, static (in entry, ref seen) =>
            seen.Add(TestStore.Text(entry.Key)));
}
