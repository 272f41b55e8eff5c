using System.Diagnostics;

namespace RedisLite.Storage.Tables;

/// <summary>A view of a live key and its value.</summary>
/// <remarks>
/// LOCK: valid while the key's stripe is held, and under an exclusive lock until the next change to the key. Nothing
/// checks that: a view that outlives its lock reads freed memory, so never let one, or a span of it, leave the command.
/// </remarks>
public readonly unsafe ref struct Entry
{
    /// <summary>Expiry time of a key that does not expire.</summary>
    internal const long NoExpiry = -1;

    /// <summary>
    /// A string from this length on stands in a block of its own that can be held and handed over: 32 KiB.
    /// </summary>
    internal const int LargeStringLength = 32 * 1024;

    private readonly Tables.Record* _record;

    internal Entry(Tables.Record* record, long expireAtMs)
    {
        _record = record;
        ExpireAtMs = expireAtMs;
    }

    public ReadOnlySpan<byte> Key => Tables.Record.Key(_record);

    internal Tables.Record* Record => _record;

    /// <summary>The bytes of a string. Check <see cref="Type"/> first: other types have no bytes to show.</summary>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            Debug.Assert(Type == EntryType.String, "A collection's record holds a pointer and no bytes.");
            return Tables.Record.Text(_record);
        }
    }

    public EntryType Type => _record->Type;

    /// <summary>Where the pointer to a collection stands.</summary>
    internal ref nint RootSlot(EntryType type)
    {
        Debug.Assert(Type == type && type != EntryType.String, "The entry holds another type.");
        return ref Tables.Record.RootSlot(_record);
    }

    /// <summary>Whether it is a large string, of which whoever reads it later takes a reference.</summary>
    public bool IsLargeString => Tables.Record.IsOutside(_record);

    /// <summary>The collection or large string of an entry; 0 for other strings.</summary>
    internal nint Root => Tables.Record.HoldsPointer(_record) ? Tables.Record.RootSlot(_record) : 0;

    /// <summary>Meaningful for strings only.</summary>
    public StringEncoding Encoding => _record->Encoding;

    /// <summary>Unix time in milliseconds from which on the key is gone, or -1 for none.</summary>
    public long ExpireAtMs { get; }

    /// <summary>Whatever the eviction policy last left with <see cref="TouchAccess"/>.</summary>
    public uint AccessClock => _record->AccessClock;

    /// <summary>Bytes asked from the allocator for the key and its value.</summary>
    internal long BlockSize => Tables.Record.BlockSize(_record);

    public bool IsExpired(long nowMs) => ExpireAtMs != NoExpiry && ExpireAtMs <= nowMs;

    /// <summary>Leaves a mark of this access, of 24 bits: seconds for LRU, minutes and counter for LFU.</summary>
    /// <remarks>
    /// Allowed under a shared lock: readers of one key may race, one of their marks stays, and either will do. The
    /// write is one aligned word, so nobody sees half a mark.
    /// </remarks>
    public void TouchAccess(uint clock)
    {
        // Many readers of one hot key within a second would else pass its cache line around for nothing.
        if (_record->AccessClock != clock)
            _record->AccessClock = clock;
    }
}

/// <summary>Called for each entry of a walk, with the stripe held; must not change the table or wait.</summary>
/// <remarks>The state comes from the caller of the walk, so that the visitor can be a static lambda.</remarks>
public delegate void EntryVisitor<TState>(in Entry entry, ref TState state)
    where TState : allows ref struct;
