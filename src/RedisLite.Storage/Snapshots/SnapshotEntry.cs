using RedisLite.Storage.Keyspaces;
using RedisLite.Storage.Values;

namespace RedisLite.Storage.Snapshots;

/// <summary>One key as it was at a snapshot's cut.</summary>
/// <remarks>Valid during the visitor's call only.</remarks>
public readonly ref struct SnapshotEntry
{
    private readonly ReadOnlySpan<byte> _value;

    internal SnapshotEntry(int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAtMs)
    {
        Database = database;
        Key = key;
        _value = value;
        ExpireAtMs = expireAtMs;
    }

    internal SnapshotEntry(int database, ReadOnlySpan<byte> key, in HeldCollection collection, long expireAtMs)
    {
        Database = database;
        Key = key;
        Collection = collection;
        ExpireAtMs = expireAtMs;
    }

    public int Database { get; }

    public ReadOnlySpan<byte> Key { get; }

    /// <summary>A string, if <see cref="Collection"/> holds nothing.</summary>
    public ReadOnlySpan<byte> Value => _value;

    public EntryType Type => Collection.Type;

    /// <summary>The collection of a key that holds no string: the snapshot's reference, not the visitor's.</summary>
    public HeldCollection Collection { get; }

    /// <summary>Unix time in milliseconds, or <see cref="Keyspace.NoExpiry"/>.</summary>
    public long ExpireAtMs { get; }
}
