using RedisLite.Storage;

namespace RedisLite.Core.Tests.Storage;

public sealed class KeyspaceTests : IDisposable
{
    private readonly TestStore _store = new();
    private readonly TestStore.Scope _held;

    public KeyspaceTests() => _held = _store.HoldAll();

    public void Dispose()
    {
        _held.Dispose();
        _store.Dispose();
    }

    [Fact]
    public void Get_returns_what_was_set()
    {
        _store.Set("user:1000", "alice");
        Assert.Equal("alice", _store.Get("user:1000"));
        Assert.Null(_store.Get("user:1001"));
        Assert.Null(_store.Get("user:1000", database: 1));
        Assert.Equal(1, _store[0].Count);
        Assert.Equal(0, _store[1].Count);
    }

    [Fact]
    public void Set_overwrites()
    {
        _store.Set("k", "a rather long value that needs some room");
        _store.Set("k", "short");
        _store.Set("k", new string('x', 10_000));
        Assert.Equal(new string('x', 10_000), _store.Get("k"));
        Assert.Equal(1, _store[0].Count);
    }

    [Fact]
    public void Keys_and_values_are_any_bytes_even_none()
    {
        _store.Set("", "empty key");
        _store.Set("empty value", "");
        byte[] binary = [0, 255, 13, 10, 0];
        _store[0].SetString(_store.Databases.MakeKey(binary), binary);
        Assert.Equal("empty key", _store.Get(""));
        Assert.Equal("", _store.Get("empty value"));
        Assert.True(_store[0].TryGet(_store.Databases.MakeKey(binary), 0, out var entry));
        Assert.Equal(binary, entry.Value.ToArray());
        Assert.Equal(binary, entry.Key.ToArray());
        Assert.False(_store[0].TryGet(_store.Databases.MakeKey(binary.AsSpan(0, 4)), 0, out _));
    }

    [Fact]
    public void A_key_is_gone_from_its_expiry_time_on()
    {
        _store.Set("k", "v", expireAtMs: 1000);
        Assert.Equal("v", _store.Get("k", nowMs: 999));
        Assert.Null(_store.Get("k", nowMs: 1000));
        Assert.True(_store[0].TryGetStale(_store.Key("k"), out var stale));
        Assert.Equal(1000, stale.ExpireAtMs);
        Assert.True(stale.IsExpired(1000));
        Assert.Equal(1, _store[0].Count);
        Assert.Equal(1, _store[0].ExpiringCount);
    }

    [Fact]
    public void Set_takes_the_expiry_away_and_keep_ttl_keeps_it()
    {
        _store.Set("k", "v", expireAtMs: 1000);
        _store[0].SetStringKeepTtl(_store.Key("k"), "w"u8);
        Assert.Null(_store.Get("k", nowMs: 1000));
        _store.Set("k", "x");
        Assert.Equal("x", _store.Get("k", nowMs: 1000));
        Assert.Equal(0, _store[0].ExpiringCount);
        _store[0].SetStringKeepTtl(_store.Key("new"), "y"u8);
        Assert.Equal("y", _store.Get("new", nowMs: long.MaxValue));
    }

    [Fact]
    public void Expiry_can_be_set_changed_and_taken_away()
    {
        Assert.False(_store[0].SetExpiry(_store.Key("k"), 5));
        _store.Set("k", "v");
        Assert.True(_store[0].SetExpiry(_store.Key("k"), 5));
        Assert.True(_store[0].SetExpiry(_store.Key("k"), 7));
        Assert.Equal("v", _store.Get("k", nowMs: 6));
        Assert.True(_store[0].SetExpiry(_store.Key("k"), Keyspace.NoExpiry));
        Assert.Equal("v", _store.Get("k", nowMs: 8));
    }

    [Fact]
    public void Remove_says_whether_the_key_was_there()
    {
        _store.Set("k", "v", expireAtMs: 5);
        Assert.True(_store[0].Remove(_store.Key("k")));
        Assert.False(_store[0].Remove(_store.Key("k")));
        Assert.Equal(0, _store[0].Count);
        Assert.Equal(0, _store[0].ExpiringCount);
    }

    [Fact]
    public void Lazy_expiry_removes_only_what_is_due()
    {
        _store.Set("k", "v", expireAtMs: 5);
        Assert.False(_store[0].RemoveIfExpired(_store.Key("k"), 4));
        Assert.False(_store[0].RemoveIfExpired(_store.Key("other"), 9));
        Assert.True(_store[0].RemoveIfExpired(_store.Key("k"), 5));
        Assert.Equal(0, _store[0].Count);
    }

    [Fact]
    public void Rename_moves_value_and_expiry_and_replaces_the_target()
    {
        _store.Set("a", "1", expireAtMs: 50);
        _store.Set("b", "2");
        Assert.True(_store[0].Rename(_store.Key("a"), _store[0], _store.Key("b")));
        Assert.Null(_store.Get("a"));
        Assert.Equal("1", _store.Get("b"));
        Assert.Null(_store.Get("b", nowMs: 50));
        Assert.False(_store[0].Rename(_store.Key("a"), _store[0], _store.Key("b")));
        Assert.True(_store[0].Rename(_store.Key("b"), _store[0], _store.Key("b")));
        Assert.Equal("1", _store.Get("b"));
        Assert.True(_store[0].Rename(_store.Key("b"), _store[3], _store.Key("b")));
        Assert.Equal("1", _store.Get("b", database: 3));
        Assert.Equal(0, _store[0].Count);
    }

    [Fact]
    public void Copy_leaves_the_source()
    {
        _store.Set("a", "1", expireAtMs: 50);
        Assert.True(_store[0].CopyTo(_store.Key("a"), _store[1], _store.Key("a")));
        Assert.True(_store[0].CopyTo(_store.Key("a"), _store[0], _store.Key("c")));
        Assert.False(_store[0].CopyTo(_store.Key("missing"), _store[0], _store.Key("c")));
        Assert.Equal("1", _store.Get("a"));
        Assert.Equal("1", _store.Get("c"));
        Assert.Equal("1", _store.Get("a", database: 1));
        Assert.Null(_store.Get("a", database: 1, nowMs: 50));
    }

    [Fact]
    public void Copy_and_rename_keep_encoding_and_access_clock()
    {
        _store.Databases.NewAccessClock = 7;
        _store[0].ResizeString(_store.Key("a"), 1)[0] = (byte)'1';
        _store.Databases.NewAccessClock = 9;
        _store[0].CopyTo(_store.Key("a"), _store[1], _store.Key("b"));
        _store[0].Rename(_store.Key("a"), _store[0], _store.Key("c"));
        foreach (var (database, key) in new[] { (1, "b"), (0, "c") })
        {
            Assert.True(_store[database].TryGet(_store.Key(key), 0, out var entry));
            Assert.Equal(StringEncoding.Raw, entry.Encoding);
            Assert.Equal(7u, entry.AccessClock);
        }
    }

    [Fact]
    public void Resize_keeps_content_and_expiry_and_fills_with_zeros()
    {
        var key = _store.Key("k");
        _store.Set("k", "12", expireAtMs: 50);
        var bytes = _store[0].ResizeString(key, 4);
        Assert.Equal("12\0\0", TestStore.Text(bytes));
        bytes[3] = (byte)'!';
        Assert.Equal("12\0!", _store.Get("k"));
        _store[0].ResizeString(key, 1);
        Assert.Equal("1", _store.Get("k"));
        // What stood behind the shortened value must not come back.
        Assert.Equal("1\0\0\0", TestStore.Text(_store[0].ResizeString(key, 4)));
        Assert.Null(_store.Get("k", nowMs: 50));
        Assert.True(_store[0].TryGet(key, 0, out var entry));
        Assert.Equal(StringEncoding.Raw, entry.Encoding);
    }

    [Fact]
    public void Resize_creates_a_missing_string_of_zeros()
    {
        Assert.Equal(new byte[100], _store[0].ResizeString(_store.Key("k"), 100).ToArray());
        Assert.Equal(0, _store[0].ResizeString(_store.Key("e"), 0).Length);
        Assert.Equal("", _store.Get("e"));
    }

    [Theory]
    [InlineData("0", StringEncoding.Int)]
    [InlineData("-1", StringEncoding.Int)]
    [InlineData("9223372036854775807", StringEncoding.Int)]
    [InlineData("-9223372036854775808", StringEncoding.Int)]
    [InlineData("9223372036854775808", StringEncoding.EmbStr)]
    [InlineData("-9223372036854775809", StringEncoding.EmbStr)]
    [InlineData("00", StringEncoding.EmbStr)]
    [InlineData("-0", StringEncoding.EmbStr)]
    [InlineData("-", StringEncoding.EmbStr)]
    [InlineData("+1", StringEncoding.EmbStr)]
    [InlineData("1 ", StringEncoding.EmbStr)]
    [InlineData("1.0", StringEncoding.EmbStr)]
    [InlineData("", StringEncoding.EmbStr)]
    [InlineData("123456789012345678901234567890123456789012345", StringEncoding.Raw)]
    [InlineData("12345678901234567890123456789012345678901234", StringEncoding.EmbStr)]
    public void Set_decides_the_encoding_as_redis_does(string value, StringEncoding expected)
    {
        _store.Set("k", value);
        Assert.True(_store[0].TryGet(_store.Key("k"), 0, out var entry));
        Assert.Equal(expected, entry.Encoding);
        Assert.Equal(EntryType.String, entry.Type);
    }

    [Fact]
    public void Touching_an_entry_leaves_its_mark()
    {
        _store.Databases.NewAccessClock = 3;
        _store.Set("k", "v");
        Assert.True(_store[0].TryGet(_store.Key("k"), 0, out var entry));
        Assert.Equal(3u, entry.AccessClock);
        entry.TouchAccess(8);
        _store.Set("k", "another value");
        Assert.True(_store[0].TryGet(_store.Key("k"), 0, out entry));
        Assert.Equal(8u, entry.AccessClock);
    }

    [Fact]
    public void Swap_exchanges_two_databases()
    {
        _store.Set("a", "1", database: 1);
        _store.Set("b", "2", database: 2, expireAtMs: 9);
        _store.Databases.Swap(1, 2);
        _store.Databases.Swap(2, 3);
        _store.Databases.Swap(0, 0);
        Assert.Equal("2", _store.Get("b", database: 1));
        Assert.Equal("1", _store.Get("a", database: 3));
        Assert.Equal(0, _store[2].Count);
        Assert.Equal(1, _store[1].ExpiringCount);
    }

    [Fact]
    public void Detached_tables_are_freed_when_disposed_and_counted_until_then()
    {
        for (var i = 0; i < 100; i++)
            _store.Set($"k{i}", "v", expireAtMs: i);
        var before = _store.Databases.UsedMemory;
        var detached = _store[0].Detach();
        Assert.Equal(100, detached.Count);
        Assert.Equal(0, _store[0].Count);
        Assert.Null(_store.Get("k1", nowMs: -9));
        Assert.Equal(before, _store.Databases.UsedMemory);
        _store.Set("k1", "new");
        detached.Dispose();
        detached.Dispose();
        Assert.Equal("new", _store.Get("k1"));
        Assert.Equal(_store[0].UsedMemory, _store.Databases.UsedMemory);
    }

    [Fact]
    public void Arguments_may_be_views_of_what_is_replaced()
    {
        var long_ = string.Concat(Enumerable.Range(0, 500).Select(i => $"{i},"));
        _store.Set("k", long_);
        // A small part in place of the whole (moves to a smaller block), then overlapping in place.
        Assert.True(_store[0].TryGet(_store.Key("k"), 0, out var entry));
        _store[0].SetString(_store.Databases.MakeKey(entry.Key), entry.Value[100..200]);
        Assert.Equal(long_[100..200], _store.Get("k"));
        Assert.True(_store[0].TryGet(_store.Key("k"), 0, out entry));
        _store[0].SetString(_store.Databases.MakeKey(entry.Key), entry.Value[1..]);
        Assert.Equal(long_[101..200], _store.Get("k"));
        Assert.True(_store[0].TryGet(_store.Key("k"), 0, out entry));
        _store[0].ResizeString(_store.Databases.MakeKey(entry.Key), 5000);
        Assert.True(_store[0].TryGet(_store.Key("k"), 0, out entry));
        Assert.True(_store[0].Remove(_store.Databases.MakeKey(entry.Key)));
    }

    [Fact]
    public void The_observer_hears_of_each_change_once()
    {
        var observer = new RecordingObserver();
        _store.Databases.Observer = observer;
        _store.Set("a", "1");
        _store[0].SetStringKeepTtl(_store.Key("a"), "2"u8);
        _store[0].ResizeString(_store.Key("a"), 10);
        _store[0].SetExpiry(_store.Key("a"), Keyspace.NoExpiry); // has none: no change
        _store[0].SetExpiry(_store.Key("a"), 5);
        _store[0].SetExpiry(_store.Key("missing"), 5);
        _store[0].Rename(_store.Key("a"), _store[1], _store.Key("b"));
        _store[1].CopyTo(_store.Key("b"), _store[2], _store.Key("c"));
        _store[2].Remove(_store.Key("c"));
        _store[2].Remove(_store.Key("c"));
        _store[1].RemoveIfExpired(_store.Key("b"), 4);
        _store[1].RemoveIfExpired(_store.Key("b"), 5);
        _store.Databases.Swap(1, 3);
        _store[2].Detach();
        Assert.Equal(
            [
                "changed 0 a", "changed 0 a", "changed 0 a", "changed 0 a", "changed 1 b", "changed 0 a", "changed 2 c",
                "changed 2 c", "expired 1 b", "flushed 1", "flushed 3", "flushed 2",
            ],
            observer.Events);
    }

    [Fact]
    public void Too_long_a_value_is_refused()
    {
        var key = _store.Key("k");
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _store[0].ResizeString(_store.Key("k"), Keyspace.MaxValueLength + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _store[0].ResizeString(_store.Key("k"), -1));
        Assert.False(_store[0].TryGetStale(key, out _));
    }
}
