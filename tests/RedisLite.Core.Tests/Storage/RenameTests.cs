using RedisLite.Storage;
using RedisLite.Storage.Snapshots;

namespace RedisLite.Core.Tests.Storage;

/// <summary>
/// RENAME and MOVE of a large value: to names of any length, from views, with observers and a snapshot about.
/// </summary>
public sealed class RenameTests : IDisposable
{
    private const int Large = 100_000;

    private readonly TestStore _store = new();
    private readonly TestStore.Scope _held;

    public RenameTests() => _held = _store.HoldAll();

    public void Dispose()
    {
        _held.Dispose();
        _store.Dispose();
    }

    [Fact]
    public void A_value_under_a_long_name_can_be_read_changed_and_deleted()
    {
        var name = new string('n', 700);
        _store.Set("key", new string('v', Large));
        _store[0].Rename(_store.Key("key"), _store[0], _store.Key(name));
        Assert.True(_store[0].TryGetStale(_store.Key(name), out var entry));
        Assert.InRange(_store.Databases.MemoryOf(entry), Large + name.Length, Large + (Large / 4));

        Assert.True(_store[0].SetExpiry(_store.Key(name), 50));
        _store[0].ResizeString(_store.Key(name), Large * 2)[^1] = (byte)'w';
        Assert.Equal(Large * 2, _store.Get(name)!.Length);
        _store.Set(name, "short");
        Assert.Equal("short", _store.Get(name));
        _store.Verify();

        Assert.True(_store[0].Remove(_store.Key(name)));
        Assert.Equal(0, _store.Databases.UsedMemory);
    }

    [Fact]
    public void The_names_may_be_views_of_the_records()
    {
        _store.Set("a name of some length, for the record of the first", new string('a', Large));
        _store.Set("b name", new string('b', Large));
        Assert.True(_store[0].TryGetStale(_store.Key("a name of some length, for the record of the first"), out var a));
        Assert.True(_store[0].TryGetStale(_store.Key("b name"), out var b));

        Assert.True(_store[0].Rename(_store.Databases.MakeKey(b.Key), _store[0], _store.Databases.MakeKey(a.Key)));
        Assert.Equal(new string('b', Large), _store.Get("a name of some length, for the record of the first"));
        Assert.True(
            _store[0].TryGetStale(_store.Key("a name of some length, for the record of the first"), out var renamed));
        Assert.True(_store[0].Rename(
            _store.Databases.MakeKey(renamed.Key), _store[1], _store.Databases.MakeKey(renamed.Key[..6])));
        Assert.Equal(new string('b', Large), _store.Get("a name", 1));
        Assert.Equal(0, _store[0].Count);
    }

    [Fact]
    public void A_large_value_displaces_a_collection()
    {
        using (var change = _store[0].BeginNew(_store.Key("set"), EntryType.Set))
        {
            change.Set.Add("member"u8, 10);
            change.MarkChanged();
        }

        _store.Set("key", new string('v', Large));
        _store[0].Rename(_store.Key("key"), _store[0], _store.Key("set"));

        Assert.Equal(new string('v', Large), _store.Get("set"));
        Assert.Equal(1, _store[0].Count);
    }

    [Fact]
    public void Both_names_are_told_to_the_observer_in_the_order_of_a_small_value()
    {
        var small = new RecordingObserver();
        var large = new RecordingObserver();
        foreach (var (observer, length) in new[] { (small, 10), (large, Large) })
        {
            _store.Set("key", new string('v', length));
            _store.Set("other", "in the way");
            _store.Databases.Observer = observer;
            _store[0].Rename(_store.Key("key"), _store[2], _store.Key("other"));
            _store.Databases.Observer = null;
        }

        Assert.Equal(["changed 2 other", "changed 0 key"], small.Events);
        Assert.Equal(small.Events, large.Events);
    }

    [Fact]
    public void A_snapshot_sees_the_former_name_and_only_that()
    {
        _store.Set("key", new string('v', Large), expireAtMs: 7);
        _store.Set("other", "in the way");
        using var snapshot = Snapshot.Begin(_store.Databases);
        _store[0].Rename(_store.Key("key"), _store[1], _store.Key("other"));
        _store[1].Rename(_store.Key("other"), _store[0], _store.Key("other"));
        _store.Set("other", "new");

        var seen = new List<string>();
        _held.Dispose();
        while (snapshot.Walk(10, ref seen, static (scoped SnapshotEntry entry, ref List<string> names) =>
            names.Add($"{entry.Database} {TestStore.Text(entry.Key)} {entry.Value.Length} {entry.ExpireAtMs}")))
        {
        }

        _store.HoldAll();
        Assert.Equal([$"0 key {Large} 7", "0 other 10 -1"], seen.Order(StringComparer.Ordinal));
    }
}
