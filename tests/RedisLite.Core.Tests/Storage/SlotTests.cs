using RedisLite.Storage;

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
