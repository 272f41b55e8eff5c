using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>Up to where a hash or sorted set passes for the small form: OBJECT ENCODING's listpack.</summary>
public readonly record struct SmallLimits(int MaxEntries, int MaxElementBytes);

/// <summary>A hash behind the pointer of its record: fields with values and, where set, expiry times.</summary>
/// <remarks>
/// Small it is one leaf in the order of insertion, large a tree in order of (hash, field); never back, as in Redis.
/// When the last field is removed the slot is 0, and the key has to go.
///
/// Spans that are returned are valid until the value is written to. Arguments must not lie in the value itself.
/// LOCK: the key's, exclusive to write and shared to read; a retained slot can be read without it.
/// </remarks>
public readonly unsafe ref struct HashValue
{
    /// <summary>Expiry of a field that does not expire.</summary>
    public const long NoExpiry = FieldEntry.NoExpiry;

    private readonly ValueMemory _memory;
    private readonly ref nint _slot;

    internal HashValue(ValueMemory memory, ref nint slot)
    {
        _memory = memory;
        _slot = ref slot;
    }

    public long Count => ValueSlots.Count(_slot);

    /// <summary>Bytes that its blocks take, O(1).</summary>
    public long Bytes => ValueSlots.Bytes(_slot);

    /// <summary>Whether it never passed the limits of the small form.</summary>
    public bool IsSmall => !ValueSlots.IsHead(_slot) || ((ValueHead*)_slot)->IsCompact;

    /// <summary>
    /// A time that no field expires before: exact while small, else possibly that of a field which is gone.
    /// <see cref="long.MaxValue"/> when none expires. O(1) but for a lone page's walk.
    /// </summary>
    public long EarliestExpiryMs => ValueSlots.IsHead(_slot) ? ((ValueHead*)_slot)->EarliestExpiryMs : EarliestOfAll();

    private MemberMap Map => new(_memory, ref _slot, TreeLayout.SmallFields, TreeLayout.Fields);

    public bool Contains(ReadOnlySpan<byte> field) => Map.TryFind(_memory.Hasher.Hash(field), field, out _);

    public bool TryGet(scoped ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value) => TryGet(field, out value, out _);

    public bool TryGet(scoped ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value, out long expireAtMs)
    {
        if (!Map.TryFind(_memory.Hasher.Hash(field), field, out var path))
        {
            value = default;
            expireAtMs = NoExpiry;
            return false;
        }
        var entry = FieldEntry.Parse(Leaf.Content(path.Leaf, path.Slot));
        value = entry.Value;
        expireAtMs = entry.ExpireAtMs;
        return true;
    }

    /// <summary>Adds a field or gives it another value, and the expiry stated or none.</summary>
    /// <returns>Whether it was added.</returns>
    public bool Set(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, SmallLimits limits, long expireAtMs = NoExpiry)
    {
        var map = Map;
        var hash = _memory.Hasher.Hash(field);
        var found = map.TryFind(hash, field, out var path);
        if (MakeRoom(map, field.Length, value.Length, isNew: !found, limits))
            map.TryFind(hash, field, out path);

        Span<byte> prefix = stackalloc byte[FieldEntry.MaxPrefix];
        var entry = new Element(prefix[..FieldEntry.WritePrefix(prefix, field.Length, expireAtMs)], field, value);
        if (found)
            map.Replace(ref path, entry);
        else
            map.Insert(ref path, hash, entry);
        if (expireAtMs != NoExpiry)
            NoteExpiry(expireAtMs);
        return !found;
    }

    /// <summary>Gives a field an expiry, or none.</summary>
    /// <returns>Whether there is such a field.</returns>
    public bool SetExpiry(ReadOnlySpan<byte> field, long expireAtMs)
    {
        if (!TryGet(field, out var value))
            return false;
        // The value stands in the leaf that is about to be written.
        var copy = value.ToArray();
        Set(field, copy, new SmallLimits(int.MaxValue, int.MaxValue), expireAtMs);
        return true;
    }

    /// <summary>Finds the earliest expiry anew, after expired fields were removed. O(n).</summary>
    public void RefreshEarliestExpiry()
    {
        if (ValueSlots.IsHead(_slot))
            ValueSlots.OwnHead(_memory, ref _slot)->EarliestExpiryMs = EarliestOfAll();
    }

    /// <returns>Whether there was such a field.</returns>
    public bool Remove(ReadOnlySpan<byte> field)
    {
        var map = Map;
        if (!map.TryFind(_memory.Hasher.Hash(field), field, out var path))
            return false;
        map.Remove(ref path);
        return true;
    }

    /// <summary>Starts at a rank: in order of insertion while small, else in an order of its own.</summary>
    public HashCursor At(long rank)
    {
        var root = ValueSlots.Root(_slot);
        return new HashCursor(new TreeCursor(root.Page, root.Count, rank));
    }

    /// <summary>Returns at least so many fields, if there are, from a cursor that SCAN was given; 0 starts.</summary>
    /// <remarks>Each field that stays from start to end is returned exactly once, whatever else comes and
    /// goes.</remarks>
    public HashScan Scan(ulong cursor, int count) => new(new ElementScan(_slot, cursor, count));

    private bool MakeRoom(MemberMap map, int name, int value, bool isNew, SmallLimits limits)
    {
        var isLarge = name > limits.MaxElementBytes || value > limits.MaxElementBytes || (isNew && Count >= limits.MaxEntries);
        if (!map.IsLone)
        {
            if (isLarge)
                map.EndCompact();
            return false;
        }
        if (!isLarge && !map.IsFull((int)Math.Min(int.MaxValue, FieldEntry.MaxPrefix + (long)name + value)))
            return false;
        var earliest = EarliestOfAll();
        map.Convert(isCompact: !isLarge);
        ((ValueHead*)_slot)->EarliestExpiryMs = earliest;
        return true;
    }

    /// <summary>After a write, which left the head with this owner alone.</summary>
    private void NoteExpiry(long expireAtMs)
    {
        if (ValueSlots.IsHead(_slot) && ((ValueHead*)_slot)->EarliestExpiryMs > expireAtMs)
            ((ValueHead*)_slot)->EarliestExpiryMs = expireAtMs;
    }

    private long EarliestOfAll()
    {
        var earliest = long.MaxValue;
        for (var cursor = At(0); cursor.IsValid; cursor.MoveNext())
        {
            if (cursor.ExpireAtMs != NoExpiry)
                earliest = Math.Min(earliest, cursor.ExpireAtMs);
        }
        return earliest;
    }
}

/// <summary>A place in a hash that is not written to meanwhile.</summary>
public ref struct HashCursor
{
    private TreeCursor _cursor;

    internal HashCursor(TreeCursor cursor) => _cursor = cursor;

    public readonly bool IsValid => _cursor.IsValid;

    public readonly ReadOnlySpan<byte> Field => FieldEntry.Parse(_cursor.Content).Name;

    public readonly ReadOnlySpan<byte> Value => FieldEntry.Parse(_cursor.Content).Value;

    public readonly long ExpireAtMs => FieldEntry.Parse(_cursor.Content).ExpireAtMs;

    public bool MoveNext() => _cursor.MoveNext();
}

/// <summary>One call's share of a walk over a hash.</summary>
public ref struct HashScan
{
    private ElementScan _scan;

    internal HashScan(ElementScan scan) => _scan = scan;

    /// <summary>Once <see cref="MoveNext"/> has said no: where the next call starts; 0 at the end.</summary>
    public readonly ulong NextCursor => _scan.NextCursor;

    public readonly ReadOnlySpan<byte> Field => FieldEntry.Parse(_scan.Cursor.Content).Name;

    public readonly ReadOnlySpan<byte> Value => FieldEntry.Parse(_scan.Cursor.Content).Value;

    public readonly long ExpireAtMs => FieldEntry.Parse(_scan.Cursor.Content).ExpireAtMs;

    public bool MoveNext() => _scan.MoveNext();
}
