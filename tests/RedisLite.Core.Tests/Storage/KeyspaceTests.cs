using RedisLite.Storage;

namespace RedisLite.Core.Tests.Storage;

public sealed class KeyspaceTests
{
    [Fact]
    public void Get_returns_what_was_set()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        store.Set("user:1000", "alice");
        Assert.Equal("alice", store.Get("user:1000"));
        Assert.Null(store.Get("user:1001"));
        Assert.Null(store.Get("user:1000", database: 1));
        Assert.Equal(1, store[0].Count);
    }

    [Fact]
    public void Thousands_of_keys_come_and_go()
    {
        using var store = new TestStore();
        using (store.HoldAll())
        {
            for (var i = 0; i < 5000; i++)
                store.Set($"key:{i}", $"value {i}", expireAtMs: i % 3 == 0 ? i : Keyspace.NoExpiry);
        }
        store.Verify();
        using (store.HoldAll())
        {
            for (var i = 0; i < 5000; i++)
                Assert.Equal($"value {i}", store.Get($"key:{i}", nowMs: -5));
            for (var i = 0; i < 5000; i += 2)
                Assert.True(store[0].Remove(store.Key($"key:{i}")));
        }
        store.Verify();
        Assert.Equal(2500, store[0].Count);
    }
}
