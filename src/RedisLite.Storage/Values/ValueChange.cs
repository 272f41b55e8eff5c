using System.Diagnostics.CodeAnalysis;
using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Values;

/// <summary>The change of one key's collection, from the first look at it to the end of the command's work on it.</summary>
/// <remarks>
/// <code>
///   BeginChange   a running snapshot keeps the present state (one reference more)
///     ...         the collection changes by way of <see cref="Root"/>, once or many times
///   Dispose       changed: the record gets the root, the observer hears of it; empty: the key is gone
/// </code>
/// A change that ends without <see cref="MarkChanged"/> tells nobody, and creates no key.
///
/// LOCK: the key's stripe, exclusive, from beginning to end. Only one change of a key at a time.
/// </remarks>
public unsafe ref struct ValueChange
{
    private readonly Keyspace _keyspace;
    private readonly Stripe? _stripe;
    private readonly Record* _record;
    private readonly Key _key;
    private nint _root;
    private bool _hasChanged;

    internal ValueChange(Keyspace keyspace, Stripe? stripe, Record* record, Key key, EntryType type)
    {
        _keyspace = keyspace;
        _stripe = stripe;
        _record = record;
        _key = key;
        Type = type;
        if (record == null)
            return;
        if (record->Type != type)
            throw new InvalidOperationException($"The key holds a {record->Type}, not a {type}.");
        stripe!.BeginChange(record);
        _root = Record.Root(record);
    }

    /// <summary>The type that the key has, or will have.</summary>
    public EntryType Type { get; }

    /// <summary>Whether the key was there when the change began.</summary>
    public readonly bool WasThere => _record != null;

    /// <summary>The collection, owned by this change until it ends; 0 for an empty one.</summary>
    [UnscopedRef]
    internal ref nint Root => ref _root;

    internal readonly CollectionStore Collections => _keyspace.Collections;

    /// <summary>The collection is another one now than it was.</summary>
    public void MarkChanged() => _hasChanged = true;

    /// <summary>Stores what has become of the collection. Once.</summary>
    /// <exception cref="OutOfMemoryException">The key was to be created and is not.</exception>
    public void Dispose()
    {
        if (_record == null)
        {
            if (_root != 0)
                Create();
        }
        else if (_hasChanged)
        {
            _keyspace.EndChange(_stripe!, _record, _key, _root);
        }
        else
        {
            // Writing may copy pages without changing what they say.
            Record.SetRoot(_record, _root);
        }
    }

    private void Create()
    {
        var created = new HeldCollection(Collections, Type, _root);
        try
        {
            if (_hasChanged)
                _keyspace.SetCollection(_key, ref created);
        }
        finally
        {
            created.Dispose();
            _root = 0;
        }
    }
}
