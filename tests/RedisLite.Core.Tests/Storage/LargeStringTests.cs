using RedisLite.Storage;
using RedisLite.Storage.Locking;
using RedisLite.Storage.Snapshots;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Storage;

/// <summary>
/// Strings that stand in a block of their own: stored, held, handed over, changed while others hold them.
/// </summary>
public sealed class LargeStringTests
{
    private const int Large = Keyspace.LargeStringLength;

    [Theory]
    [InlineData(Large - 1, false)]
    [InlineData(Large, true)]
    [InlineData(3_000_000, true)]
    public void A_string_is_large_from_a_length_on(int length, bool isLarge)
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        store[0].SetString(store.Key("k"), Bytes(length, seed: 1));
        Assert.True(store[0].TryGet(store.Key("k"), 0, out var entry));
        Assert.Equal(isLarge, entry.IsLargeString);
        Assert.Equal(EntryType.String, entry.Type);
        Assert.Equal(StringEncoding.Raw, entry.Encoding);
        Assert.True(entry.Value.SequenceEqual(Bytes(length, seed: 1)));
        Assert.InRange(store.Databases.MemoryOf(entry), length, (length * 9L / 8) + 5000);
        held.Dispose();
        store.Verify();
    }

    [Fact]
    public void What_came_piece_by_piece_is_stored_without_a_copy()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        using var value = Intake(store, 700_000, seed: 3, piece: 65_536);
        var before = store.Allocator.Allocations;
        store[0].SetString(store.Key("k"), value, Keyspace.NoExpiry, out var wasThere);
        Assert.False(wasThere);

        // The record, a place for it and nothing of the value's size.
        Assert.InRange(store.Allocator.Allocations - before, 1, 3);
        Assert.True(store[0].TryGet(store.Key("k"), 0, out var entry));
        Assert.True(entry.Value.SequenceEqual(Bytes(700_000, seed: 3)));
        held.Dispose();
        store.Verify();
    }

    [Fact]
    public void A_large_string_keeps_or_gets_an_expiry_like_any_other()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        using var value = Intake(store, Large, seed: 4, piece: 1000);
        store[0].SetString(store.Key("k"), value, 50, out _);
        Assert.Equal(50, ExpiryOf(store, "k"));
        store[0].SetString(store.Key("k"), value, null, out var wasThere);
        Assert.True(wasThere);
        Assert.Equal(50, ExpiryOf(store, "k"));
        store[0].SetExpiry(store.Key("k"), 70);
        Assert.Equal(70, ExpiryOf(store, "k"));
        store[0].SetString(store.Key("k"), value, Keyspace.NoExpiry, out _);
        Assert.Equal(Keyspace.NoExpiry, ExpiryOf(store, "k"));
        Assert.Equal(1, store[0].Count);
    }

    [Fact]
    public void Whoever_holds_a_string_reads_what_it_was()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        var bytes = Bytes(Large + 5, seed: 5);
        store[0].SetString(store.Key("k"), bytes);
        using var first = Hold(store, "k");
        store[0].ResizeString(store.Key("k"), Large + 6)[0] ^= 0xFF;
        using var second = Hold(store, "k");
        store[0].Remove(store.Key("k"));
        Assert.True(first.Bytes.SequenceEqual(bytes));
        Assert.Equal(Large + 6, second.Length);
        Assert.Equal((byte)(bytes[0] ^ 0xFF), second.Bytes[0]);
        Assert.Equal(0, second.Bytes[^1]);
        Assert.True(store.Databases.UsedMemory > 2 * Large);
    }

    [Fact]
    public void A_string_that_nobody_holds_changes_in_place()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        store[0].SetString(store.Key("k"), Bytes(100_000, seed: 6));
        store[0].ResizeString(store.Key("k"), 100_001);
        var before = store.Allocator.Allocations;
        for (var i = 0; i < 10_000; i++)
            store[0].ResizeString(store.Key("k"), 100_002 + i)[^1] = 1;
        Assert.Equal(before, store.Allocator.Allocations);
    }

    [Fact]
    public void A_copy_of_a_key_shares_the_string_until_one_of_them_changes()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        store[0].SetString(store.Key("k"), Bytes(1_000_000, seed: 7));
        var used = store.Databases.UsedMemory;
        store[0].CopyTo(store.Key("k"), store[1], store.Key("other"));
        Assert.InRange(store.Databases.UsedMemory - used, 1, 2000);
        store[1].ResizeString(store.Key("other"), 1_000_000)[0] ^= 1;
        Assert.True(store[0].TryGet(store.Key("k"), 0, out var entry));
        Assert.True(entry.Value.SequenceEqual(Bytes(1_000_000, seed: 7)));
    }

    [Fact]
    public void A_value_may_be_a_view_of_the_string_that_it_replaces()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        var bytes = Bytes(200_000, seed: 8);
        store[0].SetString(store.Key("k"), bytes);
        store[0].TryGet(store.Key("k"), 0, out var entry);
        store[0].SetString(store.Key("k"), entry.Value[1000..]);
        store[0].TryGet(store.Key("k"), 0, out entry);
        Assert.True(entry.Value.SequenceEqual(bytes.AsSpan(1000)));
        store[0].SetString(store.Key("k"), entry.Value[..10]);
        store[0].TryGet(store.Key("k"), 0, out entry);
        Assert.True(entry.Value.SequenceEqual(bytes.AsSpan(1000, 10)));
        Assert.False(entry.IsLargeString);
    }

    [Fact]
    public void A_snapshot_sees_a_large_string_as_it_was()
    {
        using var store = new TestStore();
        using var snapshot = BeginAndChange(store);
        var seen = new Dictionary<string, byte[]>();
        while (snapshot.Walk(
            1, ref seen, static (scoped entry, ref seen) => seen.Add(TestStore.Text(entry.Key), entry.Value.ToArray())))
        {
        }

        Assert.Equal(5, seen.Count);
        for (var i = 0; i < 5; i++)
            Assert.Equal(Bytes(Large + i, seed: i), seen[$"k{i}"]);
    }

    [Fact]
    public void A_snapshot_that_is_given_up_leaves_nothing_behind()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        store[0].SetString(store.Key("k"), Bytes(Large, seed: 1));
        using var snapshot = Snapshot.Begin(store.Databases);
        store[0].Remove(store.Key("k"));
    }

    [Fact]
    public void An_intake_believes_twice_what_has_come()
    {
        using var store = new TestStore();
        using var intake = store.Databases.BeginString(512 * 1024 * 1024);
        Assert.InRange(store.Databases.UsedMemory, 1, 2 << 20);
        var piece = new byte[1 << 20];
        for (var i = 0; i < 4; i++)
            intake.Add(piece);
        Assert.Equal(4 << 20, intake.Filled);
        Assert.InRange(store.Databases.UsedMemory, 4 << 20, 9 << 20);
        Assert.Throws<InvalidOperationException>(() => intake.Complete());
    }

    [Fact]
    public void A_failed_allocation_changes_nothing()
    {
        Action<TestStore>[] operations =
        [
            store => store[0].SetString(store.Key("k"), Bytes(Large * 2, seed: 9)),
            store => store[0].SetString(store.Key("new"), Bytes(Large, seed: 9), expireAtMs: 9),
            store => store[0].ResizeString(store.Key("k"), Large * 8),
            store => store[0].ResizeString(store.Key("small"), Large * 8),
            store => store[0].ResizeString(store.Key("new"), Large),
            store => store[0].CopyTo(store.Key("k"), store[1], store.Key("k")),
        ];
        foreach (var operation in operations)
        {
            for (var allowed = 0; ; allowed++)
            {
                using var store = new TestStore(stripes: 1);
                using var held = store.HoldAll();
                store[0].SetString(store.Key("k"), Bytes(Large, seed: 2));
                store.Set("small", "tiny", expireAtMs: 60);
                var used = store.Databases.UsedMemory;
                store.Allocator.FailAfter(allowed);
                try
                {
                    operation(store);
                    break;
                }
                catch (OutOfMemoryException)
                {
                    Assert.Equal(2, store[0].Count);
                    Assert.True(store[0].TryGet(store.Key("k"), 0, out var entry));
                    Assert.True(entry.Value.SequenceEqual(Bytes(Large, seed: 2)));
                    Assert.Equal("tiny", store.Get("small"));
                    Assert.Equal(used, store.Databases.UsedMemory);
                }
            }
        }
    }

    [Fact]
    public async Task Holders_on_other_threads_read_the_same_bytes_while_the_key_changes()
    {
        using var store = new TestStore(stripes: 1);
        using (store.HoldAll())
            store[0].SetString(store.Key("k"), Filled(Large, 0));
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var plan = store.Databases.CreatePlan();
            for (var i = 0; i < 300; i++)
            {
                using var held = HoldShared(store, plan, "k");
                Assert.False(held.Bytes.ContainsAnyExcept(held.Bytes[0]));
            }
        })).ToArray();
        for (var i = 1; i <= 300; i++)
        {
            using (store.HoldAll())
            {
                if (i % 3 == 0)
                    store[0].SetString(store.Key("k"), Filled(Large, (byte)i));
                else
                    store[0].ResizeString(store.Key("k"), Large + (i % 5)).Fill((byte)i);
            }
        }

        await Task.WhenAll(readers);
    }

    [Fact]
    public void What_no_key_has_but_somebody_holds_is_leaving()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        var databases = store.Databases;
        store[0].SetString(store.Key("k"), Bytes(Large, seed: 1));
        Assert.True(store[0].TryGet(store.Key("k"), 0, out var entry));
        var size = databases.MemoryOf(entry);
        var text = store[0].HoldString(entry);
        store[1].SetString(store.Key("copy"), text, null, out _);
        store[0].Rename(store.Key("k"), store[2], store.Key("renamed"));
        store[1].Remove(store.Key("copy"));
        Assert.Equal(0, databases.LeavingMemory);

        store.Set("renamed", "small", database: 2);
        Assert.InRange(databases.LeavingMemory, Large, size);

        // Back in a key, and out again by a change of its length.
        store[0].SetString(store.Key("back"), text, null, out _);
        Assert.Equal(0, databases.LeavingMemory);
        store[0].ResizeString(store.Key("back"), Large + 1)[0] ^= 1;
        Assert.InRange(databases.LeavingMemory, Large, size);
        ((IDisposable)text).Dispose();
        Assert.Equal(0, databases.LeavingMemory);
    }

    [Fact]
    public void Nothing_is_leaving_that_nobody_holds()
    {
        using var store = new TestStore();
        using var held = store.HoldAll();
        foreach (var length in new[] { Large, Large * 3, 10, Large * 2, 0 })
        {
            store[0].SetString(store.Key("k"), Bytes(length, seed: 1));
            store[0].ResizeString(store.Key("k"), Large + length);
            store[0].ResizeString(store.Key("grown"), Large + length);
        }

        store[0].Remove(store.Key("k"));
        store[0].Detach().Dispose();
        Assert.Equal(0, store.Databases.LeavingMemory);
    }

    private static Snapshot BeginAndChange(TestStore store)
    {
        using var held = store.HoldAll();
        for (var i = 0; i < 5; i++)
            store[0].SetString(store.Key($"k{i}"), Bytes(Large + i, seed: i));
        var snapshot = Snapshot.Begin(store.Databases);
        store[0].ResizeString(store.Key("k0"), Large)[0] ^= 1;
        store[0].Remove(store.Key("k1"));
        store[0].SetString(store.Key("k2"), "small"u8);
        return snapshot;
    }

    private static HeldString HoldShared(TestStore store, LockPlan plan, string name)
    {
        var key = store.Key(name);
        plan.Clear();
        plan.Add(key.Hash, exclusive: false);
        plan.Enter();
        try
        {
            Assert.True(store[0].TryGet(key, 0, out var entry));
            return store[0].HoldString(entry);
        }
        finally
        {
            plan.Exit();
        }
    }

    private static HeldString Hold(TestStore store, string key)
    {
        Assert.True(store[0].TryGet(store.Key(key), 0, out var entry));
        return store[0].HoldString(entry);
    }

    private static long ExpiryOf(TestStore store, string key)
    {
        Assert.True(store[0].TryGet(store.Key(key), 0, out var entry));
        return entry.ExpireAtMs;
    }

    private static HeldString Intake(TestStore store, int length, int seed, int piece)
    {
        using var intake = store.Databases.BeginString(length);
        var bytes = Bytes(length, seed);
        while (intake.Missing > 0)
            intake.Add(bytes.AsSpan(intake.Filled, Math.Min(piece, intake.Missing)));
        return intake.Complete();
    }

    private static byte[] Filled(int length, byte value)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
