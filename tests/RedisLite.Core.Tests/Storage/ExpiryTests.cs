using CsCheck;

namespace RedisLite.Core.Tests.Storage;

public sealed class ExpiryTests
{
    [Fact]
    public void A_sweep_removes_at_most_what_it_may_and_says_that_more_is_due()
    {
        using var store = new TestStore(stripes: 1);
        using (store.HoldAll())
        {
            for (var i = 0; i < 10; i++)
                store.Set($"k{i}", "v", expireAtMs: 100 + i);
            store.Set("stays", "v");
        }
        Assert.Equal(new ExpirySweep(0, 100, 99), store[0].ExpireDue(0, nowMs: 99, maxKeys: 3));
        var first = store[0].ExpireDue(0, nowMs: 105, maxKeys: 4);
        Assert.Equal(new ExpirySweep(4, 104, 105), first);
        Assert.True(first.HasMoreDue);
        var second = store[0].ExpireDue(0, nowMs: 105, maxKeys: 4);
        Assert.Equal(new ExpirySweep(2, 106, 105), second);
        Assert.False(second.HasMoreDue);
        Assert.Equal(5, store[0].Count);
        Assert.Equal(new ExpirySweep(4, long.MaxValue, 999), store[0].ExpireDue(0, nowMs: 999, maxKeys: 100));
        Assert.Equal(1, store[0].Count);
        Assert.Equal(0, store[0].ExpiringCount);
    }

    [Fact]
    public void The_mean_time_to_live_is_exact_for_few_keys_and_close_for_many()
    {
        using var store = new TestStore(stripes: 4);
        Assert.Equal(0, store[0].EstimateTimeToLive(nowMs: 0));
        using (store.HoldAll())
        {
            store.Set("a", "v", expireAtMs: 1_000);
            store.Set("b", "v", expireAtMs: 4_000);
            store.Set("over", "v", expireAtMs: 100);
            store.Set("stays", "v");
        }
        Assert.Equal(2_400, store[0].EstimateTimeToLive(nowMs: 100));
        using (store.HoldAll())
        {
            for (var i = 0; i < 20_000; i++)
                store.Set($"k{i}", "v", database: 1, expireAtMs: i + 1);
        }
        Assert.InRange(store[1].EstimateTimeToLive(nowMs: 0), 9_000, 11_000);
    }

    [Fact]
    public void The_mean_time_to_live_leaves_out_what_somebody_holds()
    {
        using var store = new TestStore(stripes: 4);
        using var held = store.HoldAll();
        store.Set("a", "v", expireAtMs: 1_000);
        // Would wait for ever.
        Assert.Equal(0, store[0].EstimateTimeToLive(nowMs: 0));
    }

    [Fact]
    public void The_earliest_expiry_of_a_stripe_is_known_without_its_lock()
    {
        using var store = new TestStore(stripes: 1);
        Assert.Equal(long.MaxValue, store[0].EarliestExpiry(0));
        using var held = store.HoldAll();
        store.Set("a", "v", expireAtMs: 30);
        store.Set("b", "v", expireAtMs: 20);
        Assert.Equal(20, store[0].EarliestExpiry(0));
        store[0].SetExpiry(store.Key("b"), 40);
        Assert.Equal(30, store[0].EarliestExpiry(0));
        store[0].Remove(store.Key("a"));
        Assert.Equal(40, store[0].EarliestExpiry(0));
        store[0].SetExpiry(store.Key("b"), Keyspace.NoExpiry);
        Assert.Equal(long.MaxValue, store[0].EarliestExpiry(0));
    }

    [Fact]
    public void A_stripe_with_nothing_due_is_not_locked()
    {
        using var store = new TestStore(stripes: 1);
        using var held = store.HoldAll();
        store.Set("a", "v", expireAtMs: 30);
        // Would wait for ever.
        Assert.Equal(0, store[0].ExpireDue(0, nowMs: 29, maxKeys: 10).Removed);
        Assert.Equal(0, store[1].ExpireDue(0, nowMs: 29, maxKeys: 10).Removed);
    }

    [Fact]
    public void Keys_expire_in_the_order_of_their_times_however_those_were_set() =>
        Gen.Select(Gen.Int[0, 60], Gen.Int[-1, 1000]).Array[0, 400].Sample(
            changes =>
            {
                using var store = new TestStore(stripes: 1);
                var observer = new RecordingObserver();
                var model = new Dictionary<string, int>();
                using (store.HoldAll())
                {
                    foreach (var (number, time) in changes)
                    {
                        var name = $"{number}";
                        if (!store[0].SetExpiry(store.Key(name), time))
                            store.Set(name, "v", expireAtMs: time);
                        model[name] = time;
                        if (time % 7 == 0)
                        {
                            store[0].Remove(store.Key(name));
                            model.Remove(name);
                        }
                    }
                }
                store.Verify();
                store.Databases.Observer = observer;
                while (store[0].ExpireDue(0, nowMs: 900, maxKeys: 3).HasMoreDue)
                {
                }
                var gone = observer.Events.Select(line => model[line.Split(' ')[2]]).ToList();
                Assert.Equal(gone.Order(), gone);
                Assert.Equal(model.Values.Where(time => time is not -1 and <= 900).Order(), gone);
            },
            iter: 100);
}
