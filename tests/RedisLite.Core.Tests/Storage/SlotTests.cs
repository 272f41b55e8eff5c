using RedisLite.Storage;
using RedisLite.Storage.Snapshots;

namespace RedisLite.Core.Tests.Storage;

/// <summary>Counting and listing the keys of a slot; the store's own check compares the counts at the end.</summary>
public sealed class SlotTests
{
    private static readonly int A = KeySlot.Of("a"u8);

    [Theory]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(16_384)]
    public void A_slots_keys_are_counted_while_they_come_and_go(int stripes)
    {
        using var store = new TestStore(stripes, bySlot: true);
        using var held = store.HoldAll();
        for (var i = 0; i < 300; i++)
        {
            store.Set($"{{a}}{i}", "v");
            store.Set($"{{a}}{i}", new string('x', 200), expireAtMs: 1000);
            store.Set($"other{i}", "v");
        }

        Assert.Equal(300, store[0].CountKeysInSlot(A));
        Assert.Equal(0, store[1].CountKeysInSlot(A));
        for (var i = 0; i < 300; i += 2)
            store[0].Remove(store.Key($"{{a}}{i}"));
        Assert.Equal(150, store[0].CountKeysInSlot(A));
        Assert.Equal(150, store[0].GetKeysInSlot(A, 1000, StripeAccess.HeldByCaller).Count);
        store.Databases.Swap(0, 1);
        Assert.False(store[0].HasKeysInSlot(A));
        Assert.Equal(150, store[1].CountKeysInSlot(A));
    }

    [Fact]
    public void Keys_are_listed_up_to_the_count_and_the_same_again()
    {
        using var store = new TestStore(stripes: 1, bySlot: true);
        using var held = store.HoldAll();
        for (var i = 0; i < 500; i++)
        {
            store.Set($"{{a}}{i}", "v");
            store.Set($"other{i}", "v");
        }

        var first = store[0].GetKeysInSlot(A, 10, StripeAccess.HeldByCaller);
        Assert.Equal(10, first.Count);
        Assert.Equal(first, store[0].GetKeysInSlot(A, 10, StripeAccess.HeldByCaller));
        Assert.Empty(store[0].GetKeysInSlot(A, 0, StripeAccess.HeldByCaller));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16_384)]
    public void Hidden_keys_are_there_for_who_names_them_and_for_nobody_else(int stripes)
    {
        using var store = new TestStore(stripes, bySlot: true);
        using var held = store.HoldAll();
        for (var i = 0; i < 200; i++)
        {
            store.Set($"{{a}}{i}", "v", expireAtMs: i < 100 ? 1 : Keyspace.NoExpiry);
            store.Set($"other{i}", "v", expireAtMs: i < 100 ? 1 : Keyspace.NoExpiry);
        }

        store.Databases.Hide(SlotSet.Of([A]));
        Assert.Equal("v", store.Get("{a}1"));
        Assert.Equal(200, store[0].Count);
        Assert.Equal(200, store[0].CountKeysInSlot(A));
        Assert.True(store[0].ExpiringCount <= 200);
        var seen = new List<string>();
        store[0].ForEach(StripeAccess.HeldByCaller, ref seen, static (in Entry entry, ref List<string> keys) =>
            keys.Add(TestStore.Text(entry.Key)));
        Assert.Equal(200, seen.Count);
        Assert.DoesNotContain(seen, key => key.StartsWith("{a}", StringComparison.Ordinal));
        var cursor = 0UL;
        seen.Clear();
        do
            cursor = store[0].Scan(cursor, 10, StripeAccess.HeldByCaller, ref seen,
                static (in Entry entry, ref List<string> keys) => keys.Add(TestStore.Text(entry.Key)));
        while (cursor != 0);
        Assert.Equal(200, seen.Distinct().Count());
        for (var i = 0; i < 200; i++)
            Assert.True(store[0].TryGetRandom(Random.Shared, StripeAccess.HeldByCaller, ref seen,
                static (in Entry entry, ref List<string> keys) => keys.Add(TestStore.Text(entry.Key))));
        Assert.DoesNotContain(seen, key => key.StartsWith("{a}", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_of_a_stripe_with_hidden_keys_expires_by_the_clock_until_they_are_shown()
    {
        using var store = new TestStore(stripes: 1024, bySlot: true);
        using (store.HoldAll())
        {
            for (var i = 0; i < 50; i++)
                store.Set($"{{a}}{i}", "v", expireAtMs: 5);
            store.Databases.Hide(SlotSet.Of([A]));
        }

        var stripe = store.Databases.StripeOfSlot(A);
        Assert.Equal(0, store[0].ExpireDue(stripe, nowMs: 10, maxKeys: 100).Removed);
        using (store.HoldAll())
            store.Databases.Hide(SlotSet.Empty);
        Assert.Equal(50, store[0].ExpireDue(stripe, nowMs: 10, maxKeys: 100).Removed);
    }

    [Fact]
    public void A_snapshot_of_some_slots_has_their_keys_as_they_were_and_no_others()
    {
        using var store = new TestStore(stripes: 16, bySlot: true);
        var slots = SlotSet.Of([A, KeySlot.Of("b"u8)]);
        Snapshot snapshot;
        using (store.HoldAll())
        {
            for (var i = 0; i < 300; i++)
            {
                store.Set($"{{a}}{i}", "old");
                store.Set($"{{b}}{i}", "old");
                store.Set($"{{c}}{i}", "old");
            }

            snapshot = Snapshot.Begin(store.Databases, slots);
            Assert.Equal(600, snapshot.KeyCounts[0]);
            for (var i = 0; i < 300; i += 3)
            {
                store.Set($"{{a}}{i}", "new");
                store[0].Remove(store.Key($"{{b}}{i}"));
                store.Set($"{{c}}{i}", "new");
                store.Set($"{{a}}late{i}", "new");
            }
        }

        var seen = new List<string>();
        using (snapshot)
            while (snapshot.Walk(64, ref seen, static (scoped SnapshotEntry entry, ref List<string> keys) =>
                keys.Add($"{TestStore.Text(entry.Key)}={TestStore.Text(entry.Value)}")))
            {
            }

        Assert.Equal(
            Enumerable.Range(0, 300).SelectMany(i => new[] { $"{{a}}{i}=old", $"{{b}}{i}=old" }).Order(), seen.Order());
    }

    [Fact]
    public void Slots_are_a_set_with_ranges()
    {
        var set = SlotSet.Of([5, 6, 7, 63, 64, 16_383]);
        Assert.Equal("5-7 63-64 16383-16383", set.ToString());
        Assert.Equal(6, set.Count);
        Assert.Equal("6-6 64-64", set.Without(SlotSet.Of([5, 7, 63, 16_383])).ToString());
        Assert.Equal("5-8 63-64 16383-16383", set.With(SlotSet.Of([8])).ToString());
        Assert.True(set.Overlaps(SlotSet.Of([64])));
        Assert.False(set.Overlaps(SlotSet.Of([65])));
        Assert.True(SlotSet.Empty.IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => SlotSet.Of([16_384]));
    }

    [Fact]
    public void Taking_a_slot_away_some_keys_at_a_time_finds_all()
    {
        using var store = new TestStore(stripes: 1, bySlot: true);
        using var held = store.HoldAll();
        for (var i = 0; i < 2000; i++)
        {
            store.Set($"{{a}}{i}", "v");
            store.Set($"other{i}", "v");
        }

        var taken = 0;
        while (store[0].GetKeysInSlot(A, 7, StripeAccess.HeldByCaller) is { Count: > 0 } keys)
        {
            foreach (var key in keys)
                taken += store[0].Remove(store.Databases.MakeKey(key)) ? 1 : 0;
        }

        Assert.Equal(2000, taken);
        Assert.Equal(0, store[0].CountKeysInSlot(A));
    }
}
