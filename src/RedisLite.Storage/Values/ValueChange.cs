using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Values;

/// <summary>The change of one key's collection, from the first look at it to the end of the command's work on it.</summary>
/// <remarks>
/// <code>
///   begin         the key is made if it is missing, empty; a running snapshot keeps the present state of one that is there
///     ...         the collection changes, once or many times; MarkChanged if it is another one then
///   Dispose       nothing in it: the key goes; marked: the observer hears of it
/// </code>
/// A change that ends without <see cref="MarkChanged"/> tells nobody, and leaves no key behind that was not there.
///
/// LOCK: the key's stripe, exclusive, from beginning to end. One change of a key at a time, and no other change of the key
/// by way of the keyspace while it lasts.
/// </remarks>
public unsafe ref struct ValueChange
{
    private readonly Keyspace? _keyspace;
    private readonly Stripe? _stripe;
    private readonly Record* _record;
    private readonly ulong _hash;
    private bool _hasChanged;

    internal ValueChange(Keyspace keyspace, Stripe stripe, Record* record, ulong hash, bool wasThere)
    {
        _keyspace = keyspace;
        _stripe = stripe;
        _record = record;
        _hash = hash;
        WasThere = wasThere;
    }

    /// <summary>Nothing began, because the key holds another type or is missing: <c>default</c>.</summary>
    public readonly bool IsRefused => _record == null;

    /// <summary>Whether the key was there when the change began.</summary>
    public readonly bool WasThere { get; }

    /// <summary>When the key expires, or <see cref="Keyspace.NoExpiry"/>.</summary>
    public readonly long ExpireAtMs => _stripe!.ExpiryOf(_record);

    /// <summary>The access mark of the key, as <see cref="Entry.TouchAccess"/> leaves it.</summary>
    public readonly Entry Entry => _stripe!.View(_record);

    public readonly HashValue Hash => new(_keyspace!.Values, ref Record.RootSlot(_record));

    public readonly ListValue List => new(_keyspace!.Values, ref Record.RootSlot(_record));

    public readonly SetValue Set => new(_keyspace!.Values, ref Record.RootSlot(_record));

    public readonly SortedSetValue SortedSet => new(_keyspace!.Values, ref Record.RootSlot(_record));

    /// <summary>The collection is another one now than it was.</summary>
    public void MarkChanged() => _hasChanged = true;

    /// <summary>Ends the change. Once.</summary>
    public readonly void Dispose()
    {
        if (_record != null)
            _keyspace!.EndChange(_stripe!, _record, _hash, WasThere, _hasChanged);
    }
}
