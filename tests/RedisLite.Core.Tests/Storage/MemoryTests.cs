using RedisLite.Storage;
using RedisLite.Storage.Locking;
using RedisLite.Storage.Memory;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Storage;

public sealed class MemoryTests
{
    [Fact]
    public void A_pair_of_16_and_32_bytes_takes_at_most_88_bytes()
    {
        const int Pairs = 100_000;
        using var databases = new Databases(new StorageOptions { Seed = 1 });
        var plan = databases.CreatePlan();
        plan.AddAll(exclusive: true);
        plan.Enter();
        for (var i = 0; i < Pairs; i++)
            databases[0].SetString(databases.MakeKey(TestStore.Bytes($"key:{i:000000000000}")), new byte[32]);
        plan.Exit();
        Assert.InRange((double)databases.UsedMemory / Pairs, 75, 88);
    }

    [Fact]
    public void Memory_is_back_to_nothing_when_all_keys_are_gone()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        Assert.Equal(0, store.Databases.UsedMemory);
        for (var i = 0; i < 1000; i++)
            store.Set($"k{i}", "v", expireAtMs: i);
        for (var i = 0; i < 1000; i++)
            store[0].Remove(store.Key($"k{i}"));
        Assert.Equal(0, store.Databases.UsedMemory);
        Assert.Equal(0, store.Allocator.LiveBlocks);
    }

    [Fact]
    public void Dispose_frees_everything_in_use_and_detached()
    {
        var store = new TestStore();
        using (store.HoldAll())
        {
            for (var i = 0; i < 1000; i++)
                store.Set($"k{i}", "v", database: i % 4, expireAtMs: i);
            store[1].Detach();
        }
        store.Databases.Dispose();
        Assert.Equal(0, store.Allocator.LiveBlocks);
        Assert.Equal(0, store.Databases.UsedMemory);
        using (store.HoldAll())
        {
            Assert.Null(store.Get("k0"));
            Assert.Throws<ObjectDisposedException>(() => store.Set("k0", "v"));
        }
        store.Dispose();
    }

    [Fact]
    public void An_overwrite_that_fits_allocates_no_block()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        store.Set("k", "a value of thirty-two bytes.....");
        var before = store.Allocator.Allocations;
        store.Set("k", "another one of thirty-two bytes.");
        store.Set("k", "tiny");
        store.Set("k", "a value of thirty-two bytes.....");
        Assert.Equal(before, store.Allocator.Allocations);
    }

    [Fact]
    public void A_much_smaller_value_gives_memory_back()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        store.Set("k", new string('x', 100_000));
        store.Set("k", "tiny");
        Assert.InRange(store.Databases.UsedMemory, 1, 300);
        store[0].ResizeString(store.Key("k"), 100_000);
        store[0].ResizeString(store.Key("k"), 10);
        Assert.InRange(store.Databases.UsedMemory, 1, 300);
    }

    [Fact]
    public void Growing_a_string_byte_by_byte_moves_it_rarely()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        for (var length = 1; length <= 100_000; length++)
            store[0].ResizeString(store.Key("k"), length)[^1] = (byte)length;
        Assert.InRange(store.Allocator.Allocations, 2, 25);
        Assert.True(store[0].TryGet(store.Key("k"), 0, out var entry));
        for (var i = 0; i < 100_000; i++)
            Assert.Equal((byte)(i + 1), entry.Value[i]);
    }

    [Fact]
    public void The_memory_of_an_entry_is_its_block_its_bucket_and_its_heap_place()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        store.Set("0123456789abcdef", new string('v', 32));
        Assert.True(store[0].TryGet(store.Key("0123456789abcdef"), 0, out var entry));
        Assert.Equal(64 + 8, store.Databases.MemoryOf(entry));
        store[0].SetExpiry(store.Key("0123456789abcdef"), 5);
        Assert.True(store[0].TryGet(store.Key("0123456789abcdef"), 0, out entry));
        Assert.Equal(72 + 8 + 16, store.Databases.MemoryOf(entry));
    }

    [Fact]
    public void Get_set_and_remove_allocate_nothing_on_the_managed_heap()
    {
        using var databases = new Databases(new StorageOptions { StripeCount = 16 });
        var plan = databases.CreatePlan();
        var key = TestStore.Bytes("key");
        var other = TestStore.Bytes("other");
        var value = new byte[40];
        Assert.Equal(0, Allocation.LeastOf(() =>
        {
            for (var i = 0; i < 1000; i++)
                Work(databases, plan, key, other, value);
        }));

        static void Work(Databases databases, LockPlan plan, byte[] bytes, byte[] otherBytes, byte[] value)
        {
            var key = databases.MakeKey(bytes);
            var other = databases.MakeKey(otherBytes);
            plan.Clear();
            plan.Add(key.Hash, exclusive: true);
            plan.Add(other.Hash, exclusive: false);
            plan.Add(key.Hash, exclusive: false);
            plan.Enter();
            databases[0].SetString(key, value);
            databases[0].SetString(key, value.AsSpan(1), expireAtMs: 100);
            databases[0].TryGet(key, 99, out var entry);
            entry.TouchAccess(1);
            databases[0].TryGet(other, 99, out _);
            databases[0].Remove(key);
            plan.Exit();
        }
    }

    [Fact]
    public void A_failed_allocation_changes_nothing()
    {
        // Each operation fails at its first, second, .. allocation until it needs no more.
        Action<TestStore>[] operations =
        [
            store => store.Set("new", "v", expireAtMs: 50),
            store => store.Set("k1", new string('y', 500), expireAtMs: 50),
            store => store[0].ResizeString(store.Key("k2"), 700),
            store => store[0].ResizeString(store.Key("new"), 70),
            store => store[0].SetExpiry(store.Key("k2"), 80),
            store => store[0].CopyTo(store.Key("k0"), store[1], store.Key("k0")),
            store => store[0].Rename(store.Key("k0"), store[0], store.Key("k9")),
            store => store[0].Rename(store.Key("k3"), store[0], store.Key("k9")),
            store => store[0].Rename(store.Key("k3"), store[0], store.Key("k1")),
            store => store[0].Rename(store.Key("k3"), store[0], store.Key(new string('k', 50))),
            store => store[0].Rename(store.Key("k3"), store[1], store.Key(new string('k', 50))),
        ];
        foreach (var operation in operations)
        {
            for (var allowed = 0; ; allowed++)
            {
                using var store = new TestStore(stripes: 1);
                using var held = store.HoldAll();
                // Five keys fill eight buckets, so that the next one makes them grow.
                for (var i = 0; i < 5; i++)
                    store.Set($"k{i}", i == 3 ? new string('z', 40_000) : "some value", expireAtMs: i is 0 or 3
                        ? 60 : Keyspace.NoExpiry);
                var before = Content(store);
                var used = store.Databases.UsedMemory;
                store.Allocator.FailAfter(allowed);
                try
                {
                    operation(store);
                    store.Allocator.FailAfter(long.MaxValue);
                    break;
                }
                catch (OutOfMemoryException)
                {
                    Assert.Equal(before, Content(store));
                    Assert.InRange(store.Databases.UsedMemory, used, used + 100); // room reserved in the heap may stay
                }
            }
        }
    }

    [Fact]
    public void A_table_that_cannot_shrink_stays_as_it_is()
    {
        using var store = new TestStore(stripes: 1);
        using var held = store.HoldAll();
        for (var i = 0; i < 200; i++)
            store.Set($"k{i}", "v", expireAtMs: i);
        for (var i = 0; i < 200; i++)
        {
            store.Allocator.FailAfter(0);
            Assert.True(store[0].Remove(store.Key($"k{i}")));
        }
        store.Allocator.FailAfter(long.MaxValue);
        Assert.Equal(0, store.Databases.UsedMemory);
    }

    [Fact]
    public void An_observer_that_throws_neither_leaks_nor_stops_the_deletion()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        store.Set("k", "v");
        store.Databases.Observer = new Thrower();
        Assert.Throws<NotSupportedException>(() => store[0].Remove(store.Key("k")));
        Assert.Equal(0, store[0].Count);
        Assert.Equal(0, store.Allocator.LiveBlocks);
    }

    [Theory]
    [InlineData(0, 32)]
    [InlineData(24, 32)]
    [InlineData(25, 48)]
    [InlineData(88, 96)]
    [InlineData(89, 112)]
    public void Blocks_count_as_the_chunks_that_malloc_takes(long asked, long chunk)
    {
        Assert.Equal(chunk, MallocAllocator.Instance.RoundUp(asked));
        Assert.Equal(chunk - 8, MallocAllocator.Instance.UsableSize(asked));
    }

    private static List<string> Content(TestStore store)
    {
        var lines = new List<string>();
        for (var database = 0; database < store.Databases.Count; database++)
        {
            var state = (Lines: lines, Database: database);
            store[database].ForEach(
                StripeAccess.HeldByCaller, ref state, static (in entry, ref state) => state.Lines.Add(
                $"{state.Database} {TestStore.Text(entry.Key)} {TestStore.Text(entry.Value)} {entry.ExpireAtMs} "
                    + $"{entry.Encoding}"));
        }
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private sealed class Thrower : IKeyspaceObserver
    {
        public void Changed(int database, in Key key) => throw new NotSupportedException();

        public void Expired(int database, in Key key) => throw new NotSupportedException();

        public void FieldsExpired(int database, in Key key, FieldNames fields, bool isDeleted) =>
            throw new NotSupportedException();

        public void Evicted(int database, in Key key) => throw new NotSupportedException();

        public void Flushed(int database, FormerKeys former) => throw new NotSupportedException();
    }
}
