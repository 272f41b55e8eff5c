using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>A list behind the pointer of its record: elements by position, counted from 0.</summary>
/// <remarks>
/// One leaf as long as it fits a page, then a tree without keys. When the last element is removed the slot is 0, and
/// the key has to go. Positions that are passed exist. An element that is the text of an integer stands there as the
/// integer (<see cref="ListNumber"/>), with a mark.
///
/// Spans that are returned are valid until the value is written to. Arguments must not lie in the value itself.
/// LOCK: the key's, exclusive to write and shared to read; a retained slot can be read without it.
/// </remarks>
public readonly unsafe ref struct ListValue
{
    private readonly ValueMemory _memory;
    private readonly ref nint _slot;

    /// <summary>What <see cref="Get"/> may need to write to.</summary>
    public const int NumberRoom = IntegerText.MaxLength;

    internal ListValue(ValueMemory memory, ref nint slot)
    {
        _memory = memory;
        _slot = ref slot;
    }

    public long Count => ValueSlots.Count(_slot);

    /// <summary>Bytes that its blocks take, O(1).</summary>
    public long Bytes => ValueSlots.Bytes(_slot);

    /// <summary>Whether it is a single page; OBJECT ENCODING of Redis 7.0 says quicklist of any list.</summary>
    public bool IsSmall => !ValueSlots.IsHead(_slot);

    public void AddFirst(ReadOnlySpan<byte> element) => Insert(0, element);

    public void AddLast(ReadOnlySpan<byte> element) => Insert(Count, element);

    /// <summary>Inserts before the element at a position, or behind the last one.</summary>
    public void Insert(long index, ReadOnlySpan<byte> element)
    {
        MakeRoom(element.Length);
        var root = Open(out var shared);
        try
        {
            var tree = new Tree(_memory, shared == null ? &root : shared, TreeLayout.Positions);
            TreePath path = default;
            if (index == tree.Count && index > 0)
                tree.SeekEnd(out path);
            else if (index < tree.Count)
                tree.Seek(index, out path);
            Span<byte> packed = stackalloc byte[ListNumber.MaxSize];
            tree.Insert(ref path, default, EntryOf(element, packed));
        }
        finally
        {
            Close(root, shared);
        }
    }

    /// <param name="index">A position.</param>
    /// <param name="room">Of <see cref="NumberRoom"/>; gets an element that does not stand there as its text.</param>
    public ReadOnlySpan<byte> Get(long index, Span<byte> room)
    {
        TreePath path = default;
        TreeSearch.Seek(ValueSlots.Root(_slot).Page, index, ref path);
        var content = Leaf.Content(path.Leaf, path.Slot);
        return Leaf.IsMarked(path.Leaf, path.Slot) ? room[..ListNumber.Unpack(content, room)] : content;
    }

    public void Set(long index, ReadOnlySpan<byte> element)
    {
        MakeRoom(element.Length);
        var root = Open(out var shared);
        try
        {
            var tree = new Tree(_memory, shared == null ? &root : shared, TreeLayout.Positions);
            tree.Seek(index, out var path);
            Span<byte> packed = stackalloc byte[ListNumber.MaxSize];
            tree.Replace(ref path, EntryOf(element, packed));
        }
        finally
        {
            Close(root, shared);
        }
    }

    public void RemoveFirst() => RemoveAt(0);

    public void RemoveLast() => RemoveAt(Count - 1);

    public void RemoveAt(long index)
    {
        var root = Open(out var shared);
        try
        {
            var tree = new Tree(_memory, shared == null ? &root : shared, TreeLayout.Positions);
            tree.Seek(index, out var path);
            tree.Remove(ref path);
        }
        finally
        {
            Close(root, shared);
        }
    }

    /// <summary>Removes elements that follow each other: whole pages where it covers them.</summary>
    public void RemoveRange(long index, long count)
    {
        if (count == Count)
            ValueSlots.Exchange(_memory, ref _slot, 0);
        else
            RemoveRanges(index, count, 0, 0);
    }

    /// <summary>Leaves only a range.</summary>
    public void Trim(long index, long count)
    {
        if (count <= 0)
            ValueSlots.Exchange(_memory, ref _slot, 0);
        else
            RemoveRanges(0, index, index + count, Count - index - count);
    }

    /// <summary>Starts at a position; outside the list, at no element.</summary>
    public ListCursor At(long index)
    {
        var root = ValueSlots.Root(_slot);
        return new ListCursor(new TreeCursor(root.Page, root.Count, index));
    }

    private void RemoveRanges(long index, long count, long otherIndex, long otherCount)
    {
        if (count + otherCount <= 0)
            return;
        var root = Open(out var shared);
        try
        {
            var tree = new Tree(_memory, shared == null ? &root : shared, TreeLayout.Positions);
            tree.PrepareRange(index, count);
            tree.PrepareRange(otherIndex, otherCount);
            // The later one first: the positions before it stay.
            tree.RemoveOwnedRange(otherIndex, otherCount);
            tree.RemoveOwnedRange(index, count);
        }
        finally
        {
            Close(root, shared);
        }
    }

    private static Element EntryOf(ReadOnlySpan<byte> element, Span<byte> packed) =>
        ListNumber.TryPack(element, packed, out var length)
            ? new Element(default, packed[..length], flags: Leaf.Mark)
            : Element.Of(element);

    private void MakeRoom(int length)
    {
        if (_slot == 0 || ValueSlots.IsHead(_slot))
            return;
        var layout = TreeLayout.Positions;
        if (Leaf.Used((Page*)_slot) + Leaf.EndSize + Math.Min(length, layout.InlineLimit) > layout.PageSize)
            ValueSlots.AddHead(_memory, ref _slot);
    }

    /// <summary>The root to write to: the head's, or one that <see cref="Close"/> takes the leaf from.</summary>
    private TreeRoot Open(out TreeRoot* shared)
    {
        shared = ValueSlots.IsHead(_slot) ? &ValueSlots.OwnHead(_memory, ref _slot)->First : null;
        return shared == null ? ValueSlots.Root(_slot) : default;
    }

    private void Close(in TreeRoot root, TreeRoot* shared)
    {
        if (shared == null)
            _slot = (nint)root.Page;
        else
            ValueSlots.ClearIfEmpty(_memory, ref _slot);
    }
}

/// <summary>A place in a list that is not written to meanwhile.</summary>
public unsafe ref struct ListCursor
{
    private fixed byte _digits[IntegerText.MaxLength];
    private TreeCursor _cursor;

    internal ListCursor(TreeCursor cursor) => _cursor = cursor;

    public readonly bool IsValid => _cursor.IsValid;

    /// <summary>The element; valid until the cursor moves.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Element
    {
        get
        {
            var content = _cursor.Content;
            if (!_cursor.IsMarked)
                return content;
            var digits = MemoryMarshal.CreateSpan(ref _digits[0], IntegerText.MaxLength);
            return digits[..ListNumber.Unpack(content, digits)];
        }
    }

    /// <summary>Whether the element is the one that is looked for.</summary>
    public readonly bool Is(in ListNeedle needle) => needle.Is(_cursor.Content, _cursor.IsMarked);

    public bool MoveNext() => _cursor.MoveNext();

    public bool MovePrevious() => _cursor.MovePrevious();
}
