using RedisLite.Storage.Tables;
using RedisLite.Storage.Values;

namespace RedisLite.Storage.Keyspaces;

/// <summary>
/// The change of one key's collection, from the first look at it to the end of the command's work on it.
/// </summary>
/// <remarks>
/// <code>
///   begin         the key is made if it is missing, empty; a running snapshot keeps the present state of one that is
///   there
///     ...         the collection changes, once or many times; MarkChanged tells the observer that it is another one
///     now
///   Dispose       nothing in it: the key goes, and the observer hears of that
/// </code>
/// A change that ends without <see cref="MarkChanged"/> tells nobody, and leaves no key behind that was not there.
///
/// LOCK: the key's stripe, exclusive, from beginning to end. One change of a key at a time, and no other change of the
/// key by way of the keyspace while it lasts.
/// </remarks>
public readonly unsafe ref struct ValueChange
{
    private readonly Keyspace? _keyspace;
    private readonly Stripe? _stripe;
    private readonly Record* _record;
    private readonly ulong _hash;

    internal ValueChange(Keyspace keyspace, Stripe stripe, Record* record, ulong hash, bool wasThere)
    {
        _keyspace = keyspace;
        _stripe = stripe;
        _record = record;
        _hash = hash;
        WasThere = wasThere;
    }

    /// <summary>Nothing began: <c>default</c>.</summary>
    public bool IsRefused => _record == null;

    /// <summary>Whether the key was there when the change began.</summary>
    public bool WasThere { get; }

    /// <summary>When the key expires, or <see cref="Keyspace.NoExpiry"/>.</summary>
    public long ExpireAtMs => _stripe!.ExpiryOf(_record);

    /// <summary>The access mark of the key, as <see cref="Entry.TouchAccess"/> leaves it.</summary>
    public Entry Entry => _stripe!.View(_record);

    public HashValue Hash => new(_keyspace!.Values, ref Record.RootSlot(_record));

    public ListValue List => new(_keyspace!.Values, ref Record.RootSlot(_record));

    public SetValue Set => new(_keyspace!.Values, ref Record.RootSlot(_record));

    public SortedSetValue SortedSet => new(_keyspace!.Values, ref Record.RootSlot(_record));

    public StreamValue Stream => new(_keyspace!.Values, ref Record.RootSlot(_record));

    /// <summary>
    /// The collection is another one now than it was: tells the observer, unless the key is about to go.
    /// </summary>
    public void MarkChanged() => _keyspace!.MarkChanged(_record, _hash);

    /// <summary>Ends the change. Once.</summary>
    public void Dispose()
    {
        if (_record != null)
            _keyspace!.EndChange(_stripe!, _record, _hash, WasThere);
    }
}
