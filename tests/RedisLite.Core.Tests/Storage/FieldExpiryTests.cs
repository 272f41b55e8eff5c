using CsCheck;
using RedisLite.Storage;
using RedisLite.Storage.Snapshots;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Storage;

/// <summary>Fields that expire are found by the sweep, whatever happens to the keys of their hashes.</summary>
public sealed class FieldExpiryTests
{
    private static readonly SmallLimits Limits = new(8, 64);

    private enum Act
    {
        SetField, SetField2, SetField3, RemoveField, SetString, Remove, Rename, Copy, Expire, Persist, Sweep,
        Replace, Swap,
    }

    [Fact]
    public void A_sweep_takes_fields_of_one_stripe_in_bounded_steps_and_tells_of_each_hash()
    {
        using var store = new TestStore(stripes: 1);
        var observer = new RecordingObserver();
        using (store.HoldAll())
        {
            for (var i = 0; i < 5; i++)
                SetField(store, "a", $"f{i}", 10 + i);
            SetField(store, "a", "stays", HashValue.NoExpiry);
            SetField(store, "b", "f", 11);
        }

        store.Databases.Observer = observer;
        Assert.Equal(new ExpirySweep(0, 10, 9), store[0].ExpireFields(0, nowMs: 9, maxFields: 3));
        var first = store[0].ExpireFields(0, nowMs: 13, maxFields: 3);
        Assert.Equal(new ExpirySweep(3, 11, 13), first);
        Assert.True(first.HasMoreDue);
        Assert.Equal(new ExpirySweep(2, 14, 13), store[0].ExpireFields(0, nowMs: 13, maxFields: 3));
        Assert.Equal(new ExpirySweep(1, long.MaxValue, 14), store[0].ExpireFields(0, nowMs: 14, maxFields: 3));
        Assert.Equal(
            [
                "fields of a expired 0 f0 f1 f2", "fields of b expired 0 f, the last ones",
                "fields of a expired 0 f3", "fields of a expired 0 f4",
            ],
            observer.Events);
        Assert.Equal(1, store[0].Count);
    }

    [Fact]
    public void A_snapshot_keeps_the_fields_that_the_sweep_takes()
    {
        using var store = new TestStore(stripes: 1);
        Snapshot snapshot;
        using (store.HoldAll())
        {
            SetField(store, "h", "f", 10);
            snapshot = Snapshot.Begin(store.Databases);
        }

        using (snapshot)
        {
            Assert.Equal(1, store[0].ExpireFields(0, nowMs: 10, maxFields: 10).Removed);
            var fields = new List<string>();
            while (snapshot.Walk(16, ref fields, static (scoped SnapshotEntry entry, ref List<string> fields) =>
            {
                var held = entry.Collection;
                fields.Add(TestStore.Text(held.Hash.At(0).Field));
            }))
            {
            }

            Assert.Equal(["f"], fields);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Heaps_and_hashes_agree_after_any_sequence(int stripes) =>
        Gen.Select(Gen.Enum<Act>(), Gen.Int[0, 7], Gen.Int[0, 30]).Array[0, 120].Sample(
            steps =>
            {
                using var store = new TestStore(stripes);
                foreach (var (act, key, time) in steps)
                {
                    Do(store, act, key, time);
                    store.Verify();
                }

                // After a sweep nothing is left that is due.
                for (var stripe = 0; stripe < stripes; stripe++)
                {
                    while (store[0].ExpireFields(stripe, nowMs: 15, maxFields: 3).HasMoreDue)
                    {
                    }
                }

                using (store.HoldAll())
                {
                    var due = 0L;
                    store[0].ForEach(StripeAccess.HeldByCaller, ref due, (in Entry entry, ref long due) =>
                        due += entry.Type == EntryType.Hash ? store[0].HashOf(entry).CountExpired(15) : 0);
                    Assert.Equal(0, due);
                }
            },
            iter: 150);

    private static void Do(TestStore store, Act act, int key, int time)
    {
        if (act == Act.Sweep)
        {
            for (var stripe = 0; stripe < store.Databases.StripeCount; stripe++)
                store[0].ExpireFields(stripe, nowMs: time / 2, maxFields: 2);
            return;
        }

        using var held = store.HoldAll();
        var (name, other) = ($"key{key}", $"key{time % 8}");
        switch (act)
        {
            case Act.SetField or Act.SetField2 or Act.SetField3:
                SetField(store, name, $"f{time % 12}", time % 3 == 0 ? HashValue.NoExpiry : time);
                break;
            case Act.RemoveField when store[0].TryGetStale(store.Key(name), out var entry)
                && entry.Type == EntryType.Hash:
                using (var change = store[0].BeginChange(store.Key(name), entry))
                    change.Hash.Remove(TestStore.Bytes($"f{time % 12}"));
                break;
            case Act.SetString:
                store.Set(name, new string('v', time), expireAtMs: time % 2 == 0 ? 1_000 : Keyspace.NoExpiry);
                break;
            case Act.Remove:
                store[0].Remove(store.Key(name));
                break;
            case Act.Rename:
                store[0].Rename(store.Key(name), store[0], store.Key(other));
                break;
            case Act.Copy:
                store[0].CopyTo(store.Key(name), store[0], store.Key(other));
                break;
            case Act.Expire or Act.Persist:
                store[0].SetExpiry(store.Key(name), act == Act.Expire ? 1_000 + time : Keyspace.NoExpiry);
                break;
            case Act.Replace:
                var collection = store[0].NewCollection(EntryType.Hash);
                collection.Hash.Set(
                    TestStore.Bytes("f"), TestStore.Bytes("v"), Limits, time % 2 == 0 ? time : HashValue.NoExpiry);
                store[0].SetCollection(store.Key(name), ref collection, time % 3 == 0 ? 1_000 : Keyspace.NoExpiry);
                break;
            case Act.Swap:
                store.Databases.Swap(0, 1);
                store.Databases.Swap(1, 0);
                break;
        }
    }

    private static void SetField(TestStore store, string key, string field, long expireAtMs)
    {
        var exists = store[0].TryGetStale(store.Key(key), out var entry);
        if (exists && entry.Type != EntryType.Hash)
            return;
        using var change = exists
            ? store[0].BeginChange(store.Key(key), entry)
            : store[0].BeginNew(store.Key(key), EntryType.Hash);
        change.Hash.Set(TestStore.Bytes(field), TestStore.Bytes("value"), Limits, expireAtMs);
        change.MarkChanged();
    }
}
