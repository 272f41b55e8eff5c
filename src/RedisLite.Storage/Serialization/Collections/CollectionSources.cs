using System.Diagnostics.CodeAnalysis;
using RedisLite.Storage.Keyspaces;
using RedisLite.Storage.Values;

namespace RedisLite.Storage.Serialization.Collections;

/// <summary>Gives the fields of a hash.</summary>
internal ref struct HashSource(HashValue hash) : IElementSource
{
    private readonly HashValue _hash = hash;
    private HashCursor _cursor = hash.At(0);
    private bool _started;

    public readonly long Count => _hash.Count;

    public readonly ReadOnlySpan<byte> Member => _cursor.Field;

    public readonly ReadOnlySpan<byte> Value => _cursor.Value;

    public readonly double Score => 0;

    public readonly long ExpireAtMs => _cursor.ExpireAtMs;

    /// <summary>A hash does not know; whoever asks has to look.</summary>
    public readonly bool HasExpiringFields => true;

    public bool MoveNext()
    {
        if (_started)
            return _cursor.MoveNext();
        _started = true;
        return _cursor.IsValid;
    }

    public void Reset()
    {
        _cursor = _hash.At(0);
        _started = false;
    }
}

/// <summary>Gives the members of a set.</summary>
internal ref struct SetSource(SetValue set) : IElementSource
{
    private readonly SetValue _set = set;
    private SetCursor _cursor = set.At(0);
    private bool _started;

    public readonly long Count => _set.Count;

    [UnscopedRef]
    public ReadOnlySpan<byte> Member => _cursor.Member;

    public readonly ReadOnlySpan<byte> Value => default;

    public readonly double Score => 0;

    public readonly long ExpireAtMs => Keyspace.NoExpiry;

    public readonly bool HasExpiringFields => false;

    public bool MoveNext()
    {
        if (_started)
            return _cursor.MoveNext();
        _started = true;
        return _cursor.IsValid;
    }

    public void Reset()
    {
        _cursor = _set.At(0);
        _started = false;
    }
}

/// <summary>Gives the members of a sorted set by score and member.</summary>
internal ref struct SortedSetSource(SortedSetValue set) : IElementSource
{
    private readonly SortedSetValue _set = set;
    private SortedSetCursor _cursor = set.At(0);
    private bool _started;

    public readonly long Count => _set.Count;

    public readonly ReadOnlySpan<byte> Member => _cursor.Member;

    public readonly ReadOnlySpan<byte> Value => default;

    public readonly double Score => _cursor.Score;

    public readonly long ExpireAtMs => Keyspace.NoExpiry;

    public readonly bool HasExpiringFields => false;

    public bool MoveNext()
    {
        if (_started)
            return _cursor.MoveNext();
        _started = true;
        return _cursor.IsValid;
    }

    public void Reset()
    {
        _cursor = _set.At(0);
        _started = false;
    }
}

/// <summary>Gives the elements of a list in order.</summary>
internal ref struct ListSource(ListValue list) : IElementSource
{
    private readonly ListValue _list = list;
    private ListCursor _cursor = list.At(0);
    private bool _started;

    public readonly long Count => _list.Count;

    [UnscopedRef]
    public ReadOnlySpan<byte> Member => _cursor.Element;

    public readonly ReadOnlySpan<byte> Value => default;

    public readonly double Score => 0;

    public readonly long ExpireAtMs => Keyspace.NoExpiry;

    public readonly bool HasExpiringFields => false;

    public bool MoveNext()
    {
        if (_started)
            return _cursor.MoveNext();
        _started = true;
        return _cursor.IsValid;
    }

    public void Reset()
    {
        _cursor = _list.At(0);
        _started = false;
    }
}
