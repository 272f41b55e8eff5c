using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>Up to where a hash or sorted set passes for the small form: OBJECT ENCODING's listpack.</summary>
public readonly record struct SmallLimits(int MaxEntries, int MaxElementBytes);

/// <summary>A hash behind the pointer of its record: fields with values and, where set, expiry times.</summary>
/// <remarks>
/// Small it is one leaf in the order of insertion, large a tree in order of (hash, field); never back, as in Redis.
/// When the last field is removed the slot is 0, and the key has to go.
///
///     small   [ leaf: field, value, perhaps expiry ]     searched whole for fields that have expired
///     large   [ head ] --> fields: (hash, field) with value and expiry
///                      --> times: (expiry, field)              none while no field expires
///
/// Spans that are returned are valid until the value is written to. Arguments must not lie in the value itself.
/// LOCK: the key's, exclusive to write and shared to read; a retained slot can be read without it.
/// </remarks>
public readonly unsafe ref struct HashValue
{
    /// <summary>Expiry of a field that does not expire.</summary>
    public const long NoExpiry = FieldEntry.NoExpiry;

    // How many steps of a walk over all fields one look-up is worth.
    private const int SearchCost = 16;

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
    /// When the first field expires; <see cref="long.MaxValue"/> when none does. O(log n) but for a lone page's walk.
    /// </summary>
    public long EarliestExpiryMs =>
        ValueSlots.IsHead(_slot) ? HashTrees.EarliestMs((ValueHead*)_slot) : EarliestInLeaf();

    /// <summary>The head if it has times of fields, else null.</summary>
    private ValueHead* TimedHead =>
        ValueSlots.IsHead(_slot) && ((ValueHead*)_slot)->Second.Page != null ? (ValueHead*)_slot : null;

    private MemberMap Map => new(_memory, ref _slot, TreeLayout.SmallFields, TreeLayout.Fields);

    public bool Contains(ReadOnlySpan<byte> field) => Map.TryFind(_memory.Hasher.Hash(field), field, out _);

    public bool TryGet(scoped ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value) =>
        TryGet(field, out value, out _);

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
        var flags = expireAtMs == NoExpiry ? (ushort)0 : Leaf.Mark;
        var entry = new Element(
            prefix[..FieldEntry.WritePrefix(prefix, field.Length, expireAtMs)], field, value, flags);
        var former = found && TimedHead != null ? ExpiryAt(ref path) : NoExpiry;
        if (!map.IsLone && (expireAtMs != NoExpiry || former != NoExpiry))
            HashTrees.Set(_memory, ref _slot, ref path, found, entry, former, expireAtMs);
        else if (found)
            map.Replace(ref path, entry);
        else
            map.Insert(ref path, hash, entry);
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

    /// <summary>Number of fields that expire at a time or before it. O(log n) but for a lone page's walk.</summary>
    public long CountExpired(long nowMs)
    {
        if (TimedHead != null)
            return HashTrees.CountUntil(_memory, TimedHead, nowMs);
        var count = 0L;
        if (EarliestExpiryMs > nowMs)
            return count;
        for (var cursor = At(0); cursor.IsValid; cursor.MoveNext())
            count += IsExpired(cursor.ExpireAtMs, nowMs) ? 1 : 0;
        return count;
    }

    /// <summary>The ranks of fields that expire at a time or before it, in rising order.</summary>
    public long[] RanksOfExpired(long nowMs)
    {
        var expired = CountExpired(nowMs);
        if (expired == 0)
            return [];
        var ranks = new List<long>((int)Math.Min(expired, int.MaxValue / 16));
        if (TimedHead != null && expired < Count / SearchCost)
        {
            HashTrees.AddRanks(_memory, TimedHead, nowMs, ranks);
            ranks.Sort();
            return [.. ranks];
        }

        var rank = 0L;
        for (var cursor = At(0); cursor.IsValid; cursor.MoveNext(), rank++)
        {
            if (IsExpired(cursor.ExpireAtMs, nowMs))
                ranks.Add(rank);
        }

        return [.. ranks];
    }

    /// <summary>Removes fields whose time has come, up to so many: a large hash's earliest ones first.</summary>
    /// <param name="nowMs">Fields with this expiry or an earlier one go.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="names">Gets their names.</param>
    /// <exception cref="OutOfMemoryException">Nothing was removed.</exception>
    public void RemoveExpired(long nowMs, int most, FieldNames names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var removed = 0;
        var from = 0;
        try
        {
            for (; removed < most && TryFindExpired(nowMs, ref from, out var name); removed++)
            {
                names.Add(name);
                Remove(names[names.Count - 1]);
            }
        }
        catch (OutOfMemoryException)
        {
            names.RemoveLast();
            if (removed == 0)
                throw;
        }
    }

    /// <returns>Whether there was such a field.</returns>
    public bool Remove(ReadOnlySpan<byte> field)
    {
        var map = Map;
        if (!map.TryFind(_memory.Hasher.Hash(field), field, out var path))
            return false;
        var expireAtMs = TimedHead != null ? ExpiryAt(ref path) : NoExpiry;
        if (expireAtMs != NoExpiry)
            HashTrees.Remove(_memory, ref _slot, ref path, field, expireAtMs);
        else
            map.Remove(ref path);
        return true;
    }

    /// <summary>Removes a field if it is there and its time has come.</summary>
    /// <param name="field">Its name.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="names">Gets the name if so.</param>
    public void RemoveIfExpired(ReadOnlySpan<byte> field, long nowMs, FieldNames names)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (!TryGet(field, out _, out var expireAtMs) || !IsExpired(expireAtMs, nowMs))
            return;
        Remove(field);
        names.Add(field);
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
        var isLarge = name > limits.MaxElementBytes || value > limits.MaxElementBytes
            || (isNew && Count >= limits.MaxEntries);
        if (!map.IsLone)
        {
            if (isLarge)
                map.EndCompact();
            return false;
        }
        if (!isLarge && !map.IsFull((int)Math.Min(int.MaxValue, FieldEntry.MaxPrefix + (long)name + value)))
            return false;
        map.Convert(isCompact: !isLarge);
        return true;
    }

    private static bool IsExpired(long expireAtMs, long nowMs) => expireAtMs != NoExpiry && expireAtMs <= nowMs;

    private static long ExpiryAt(ref TreePath path) =>
        Leaf.IsMarked(path.Leaf, path.Slot)
        ? FieldEntry.Parse(Leaf.Content(path.Leaf, path.Slot)).ExpireAtMs : NoExpiry;

    private long EarliestInLeaf()
    {
        var earliest = long.MaxValue;
        var leaf = (Page*)_slot;
        if (leaf == null || !Leaf.AnyMarked(leaf))
            return earliest;
        for (var i = 0; i < leaf->Count; i++)
        {
            if (Leaf.IsMarked(leaf, i))
                earliest = Math.Min(earliest, FieldEntry.Parse(Leaf.Content(leaf, i)).ExpireAtMs);
        }
        return earliest;
    }

    /// <param name="nowMs">The time.</param>
    /// <param name="from">In a lone leaf the slot to look on at.</param>
    /// <param name="name">A field whose time has come.</param>
    private bool TryFindExpired(long nowMs, ref int from, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (ValueSlots.IsHead(_slot))
        {
            if (EarliestExpiryMs > nowMs)
                return false;
            name = HashTrees.Earliest((ValueHead*)_slot);
            return true;
        }

        var leaf = (Page*)_slot;
        for (; leaf != null && from < leaf->Count; from++)
        {
            if (!Leaf.IsMarked(leaf, from) || FieldEntry.Parse(Leaf.Content(leaf, from)) is var field
                && field.ExpireAtMs > nowMs)
                continue;
            name = Leaf.Member(leaf, from);
            return true;
        }

        return false;
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
