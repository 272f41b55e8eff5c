using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>A set behind the pointer of its record.</summary>
/// <remarks>
///
///     integers only, few     one block of numbers in rising order                OBJECT ENCODING: intset
///     other, small           one leaf in the order of insertion                  hashtable
///     other, large           a tree in order of (hash, member)                   hashtable
///
/// It goes down these lines, never up, as in Redis. When the last member is removed the slot is 0, and the key has to
/// go.
///
/// Spans that are returned are valid until the value is written to. Arguments must not lie in the value itself.
/// LOCK: the key's, exclusive to write and shared to read; a retained slot can be read without it.
/// </remarks>
public readonly unsafe ref struct SetValue
{
    private readonly ValueMemory _memory;
    private readonly ref nint _slot;

    internal SetValue(ValueMemory memory, ref nint slot)
    {
        _memory = memory;
        _slot = ref slot;
    }

    public long Count => ValueSlots.Count(_slot);

    /// <summary>Bytes that its blocks take, O(1).</summary>
    public long Bytes => ValueSlots.Bytes(_slot);

    /// <summary>Whether it is an intset to clients.</summary>
    public bool IsIntegers => IntSet.Is(_slot) || (ValueSlots.IsHead(_slot) && ((ValueHead*)_slot)->IsCompact);

    private MemberMap Map =>
        new(_memory, ref _slot, TreeLayout.Members, TreeLayout.Members);

    public bool Contains(ReadOnlySpan<byte> member)
    {
        if (IntSet.Is(_slot))
            return TryParse(member, out var number) && IntSet.TryFind((Page*)_slot, number, out _);
        return Map.TryFind(_memory.Hasher.Hash(member), member, out _);
    }

    /// <param name="member">Its bytes.</param>
    /// <param name="maxIntegers">Members up to which a set of integers is an intset.</param>
    /// <returns>Whether it was added.</returns>
    public bool Add(ReadOnlySpan<byte> member, int maxIntegers)
    {
        if (_slot == 0 || IsIntegers)
        {
            if (!TryParse(member, out var number))
                EndIntegers();
            else if (_slot == 0 && maxIntegers > 0)
                return AddFirst(number);
            else if (IntSet.Is(_slot))
                return AddInteger(number, member, maxIntegers);
            else if (_slot != 0 && Count >= maxIntegers && !Contains(member))
                EndIntegers();
        }
        return AddMember(member);
    }

    /// <returns>Whether it was there.</returns>
    public bool Remove(ReadOnlySpan<byte> member)
    {
        if (IntSet.Is(_slot))
        {
            if (!TryParse(member, out var number) || !IntSet.TryFind((Page*)_slot, number, out var index))
                return false;
            IntSet.RemoveAt(_memory, ref _slot, index);
            return true;
        }
        var map = Map;
        if (!map.TryFind(_memory.Hasher.Hash(member), member, out var path))
            return false;
        map.Remove(ref path);
        return true;
    }

    /// <summary>Starts at a rank: integers rise while they are few; other members have an order of their own.</summary>
    public SetCursor At(long rank) => new(_slot, rank);

    /// <summary>Returns at least so many members, if there are, from a cursor that SCAN was given; 0 starts.</summary>
    /// <remarks>Each member that stays from start to end is returned exactly once, whatever else comes and
    /// goes.</remarks>
    public SetScan Scan(ulong cursor, int count) => new(_slot, cursor, count);

    internal static bool TryParse(ReadOnlySpan<byte> member, out long number)
    {
        number = 0;
        return EntryTypes.EncodingOf(member) == StringEncoding.Int && Utf8Parser.TryParse(member, out number, out _);
    }

    private bool AddFirst(long number)
    {
        _slot = (nint)IntSet.Make(_memory, number);
        return true;
    }

    private bool AddInteger(long number, ReadOnlySpan<byte> member, int maxIntegers)
    {
        if (IntSet.TryFind((Page*)_slot, number, out var index))
            return false;
        var count = Count;
        if (count < maxIntegers && count < IntSet.MaxCount)
        {
            IntSet.Insert(_memory, ref _slot, index, number);
            return true;
        }
        ConvertIntegers(isCompact: count < maxIntegers);
        return AddMember(member);
    }

    private bool AddMember(ReadOnlySpan<byte> member)
    {
        var map = Map;
        var hash = _memory.Hasher.Hash(member);
        if (map.TryFind(hash, member, out var path))
            return false;
        if (map.IsLone && map.IsFull(member.Length))
        {
            map.Convert(isCompact: false);
            map.TryFind(hash, member, out path);
        }
        map.Insert(ref path, hash, Element.Of(member));
        return true;
    }

    private void EndIntegers()
    {
        if (IntSet.Is(_slot))
            ConvertIntegers(isCompact: false);
        else if (_slot != 0)
            Map.EndCompact();
    }

    /// <summary>Makes a leaf or tree of a block of numbers.</summary>
    private void ConvertIntegers(bool isCompact)
    {
        nint aside = 0;
        try
        {
            var set = new SetValue(_memory, ref aside);
            for (var cursor = At(0); cursor.IsValid; cursor.MoveNext())
                set.AddMember(cursor.Member);
            if (isCompact)
                ValueSlots.OwnHead(_memory, ref aside)->IsCompact = true;
        }
        catch (OutOfMemoryException)
        {
            ValueSlots.Release(_memory, aside);
            throw;
        }
        ValueSlots.Exchange(_memory, ref _slot, aside);
    }
}

/// <summary>A place in a set that is not written to meanwhile.</summary>
public unsafe ref struct SetCursor
{
    // The text of a 64-bit integer with its sign.
    private fixed byte _digits[20];
    private readonly Page* _integers;
    private int _index;
    private TreeCursor _cursor;

    internal SetCursor(nint value, long rank)
    {
        if (IntSet.Is(value))
        {
            _integers = (Page*)value;
            _index = rank < 0 || rank > _integers->Count ? _integers->Count : (int)rank;
            return;
        }
        var root = ValueSlots.Root(value);
        _cursor = new TreeCursor(root.Page, root.Count, rank);
    }

    public readonly bool IsValid => _integers != null ? _index < _integers->Count : _cursor.IsValid;

    /// <summary>The member; valid until the cursor moves.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Member
    {
        get
        {
            if (_integers == null)
                return _cursor.Content;
            Span<byte> digits = System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref _digits[0], 20);
            Utf8Formatter.TryFormat(IntSet.At(_integers, _index), digits, out var length);
            return digits[..length];
        }
    }

    /// <summary>The member as a number, where the set is a block of numbers.</summary>
    public readonly bool TryGetInteger(out long number)
    {
        number = _integers == null ? 0 : IntSet.At(_integers, _index);
        return _integers != null;
    }

    public bool MoveNext()
    {
        if (_integers == null)
            return _cursor.MoveNext();
        if (_index < _integers->Count)
            _index++;
        return IsValid;
    }
}

/// <summary>One call's share of a walk over a set.</summary>
public ref struct SetScan
{
    private readonly bool _isIntegers;
    private SetCursor _integers;
    private ElementScan _scan;
    private bool _started;

    internal SetScan(nint value, ulong cursor, int count)
    {
        _isIntegers = IntSet.Is(value);
        if (_isIntegers)
            _integers = new SetCursor(value, 0);
        else
            _scan = new ElementScan(value, cursor, count);
    }

    /// <summary>Once <see cref="MoveNext"/> has said no: where the next call starts; 0 at the end.</summary>
    public readonly ulong NextCursor => _scan.NextCursor;

    [UnscopedRef]
    public ReadOnlySpan<byte> Member => _isIntegers ? _integers.Member : _scan.Cursor.Content;

    public bool MoveNext()
    {
        if (!_isIntegers)
            return _scan.MoveNext();
        if (_started)
            return _integers.MoveNext();
        _started = true;
        return _integers.IsValid;
    }
}
