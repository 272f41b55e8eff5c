using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RedisLite.Storage.Values.Trees;

/// <summary>A leaf: three packed arrays in one order, with free bytes only at the end.</summary>
/// <remarks>
///
///     | header 16 | key 0 .. key n-1 | end 0 .. end n-1 | entry 0, entry 1, .. entry n-1 | free       |
///                   W bytes each       2 bytes each       \____ heap bytes ____________/   to capacity
///
///     end     [ blob 1 | mark 1 | position in the heap behind the entry 14 ]
///             mark: of a field that it expires, of a member in order that its score is minus zero, of an element of
///             a list that it is an integer
///     entry   the bytes between the end before it and its own; of a blob the pointer to it (8 bytes), behind the
///             score where the kind is <see cref="EntryKind.Scored"/>
///
/// The methods that write do so in place, in a leaf that is held alone; <see cref="LeafBuilder"/> makes new ones.
/// </remarks>
internal static unsafe class Leaf
{
    public const int EndMask = 0x3FFF;
    public const ushort BlobFlag = 0x8000;
    public const ushort Mark = 0x4000;
    public const int EndSize = sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Keys(Page* leaf) => (byte*)leaf + Page.HeaderSize;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort* Ends(Page* leaf) => (ushort*)(Keys(leaf) + (leaf->Width * leaf->Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Heap(Page* leaf) => Keys(leaf) + ((leaf->Width + EndSize) * leaf->Count);

    /// <summary>Bytes in use, header included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Used(Page* leaf) => Page.HeaderSize + ((leaf->Width + EndSize) * leaf->Count) + leaf->Heap;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TreeKey Key(Page* leaf, int slot) => TreeKey.Read(Keys(leaf), slot, leaf->Width);

    /// <summary>Where an entry begins in the heap; for the count, the heap's end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Start(Page* leaf, int slot) => slot == 0 ? 0 : Ends(leaf)[slot - 1] & EndMask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsBlob(Page* leaf, int slot) => (Ends(leaf)[slot] & BlobFlag) != 0;

    /// <summary>Whether an entry has the mark.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsMarked(Page* leaf, int slot) => (Ends(leaf)[slot] & Mark) != 0;

    public static void SetMark(Page* leaf, int slot, bool isMarked)
    {
        ref var end = ref Ends(leaf)[slot];
        end = (ushort)(isMarked ? end | Mark : end & ~Mark);
    }

    /// <summary>Whether any entry has: a few instructions, as it is asked at every look at a small hash.</summary>
    public static bool AnyMarked(Page* leaf)
    {
        var ends = new ReadOnlySpan<ushort>(Ends(leaf), leaf->Count);
        return ends.ContainsAnyInRange(Mark, (ushort)(Mark | EndMask))
            || ends.ContainsAnyInRange((ushort)(BlobFlag | Mark), ushort.MaxValue);
    }

    /// <summary>The bits beside an entry's position.</summary>
    public static ushort Flags(Page* leaf, int slot) => (ushort)(Ends(leaf)[slot] & ~EndMask);

    /// <summary>The blob of an entry that is one.</summary>
    public static Page* Blob(Page* leaf, int slot) =>
        (Page*)Unsafe.ReadUnaligned<nint>(Heap(leaf) + (Ends(leaf)[slot] & EndMask) - sizeof(nint));

    /// <summary>The blob of an entry, or null.</summary>
    public static Page* BlobOrNull(Page* leaf, int slot) => IsBlob(leaf, slot) ? Blob(leaf, slot) : null;

    /// <summary>The bytes of an entry as they stand in the heap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Raw(Page* leaf, int slot)
    {
        var start = Start(leaf, slot);
        return new(Heap(leaf) + start, (Ends(leaf)[slot] & EndMask) - start);
    }

    /// <summary>The bytes of an entry without a score before them, wherever they stand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Content(Page* leaf, int slot)
    {
        if (IsBlob(leaf, slot))
            return Trees.Blob.Bytes(Blob(leaf, slot));
        var raw = Raw(leaf, slot);
        return leaf->Kind == EntryKind.Scored ? raw[sizeof(long)..] : raw;
    }

    /// <summary>The bytes that take part in the order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Member(Page* leaf, int slot) => leaf->Kind switch
    {
        EntryKind.Field => FieldEntry.Parse(Content(leaf, slot)).Name,
        EntryKind.Keyed => default,
        EntryKind.Named => StreamMember.NameOf(Blob(leaf, slot)),
        _ => Content(leaf, slot),
    };

    /// <summary>The score before the member of a <see cref="EntryKind.Scored"/> entry, in its order-preserving
    /// form.</summary>
    public static ulong Score(Page* leaf, int slot) => Unsafe.ReadUnaligned<ulong>(Heap(leaf) + Start(leaf, slot));

    public static void SetScore(Page* leaf, int slot, ulong score) =>
        Unsafe.WriteUnaligned(Heap(leaf) + Start(leaf, slot), score);

    /// <summary>Order of an entry relative to a key and member.</summary>
    public static int Compare(Page* leaf, int slot, TreeKey key, ReadOnlySpan<byte> member)
    {
        var order = Key(leaf, slot).CompareTo(key);
        return order != 0 ? order : Member(leaf, slot).SequenceCompareTo(member);
    }

    /// <summary>First slot that is not less than a key and member.</summary>
    /// <param name="found">Whether it is equal.</param>
    public static int Find(Page* leaf, TreeKey key, ReadOnlySpan<byte> member, out bool found)
    {
        int count = leaf->Count;
        var low = key.LowerBound(Keys(leaf), count, leaf->Width);
        found = false;
        if (low == count || Key(leaf, low) != key)
            return low;
        var order = Member(leaf, low).SequenceCompareTo(member);
        if (order >= 0)
        {
            found = order == 0;
            return low;
        }
        // Equal keys: the members decide, by halves however many there are.
        low++;
        var left = key.UpperBound(Keys(leaf), count, leaf->Width) - low;
        while (left > 0)
        {
            var half = left >> 1;
            order = Member(leaf, low + half).SequenceCompareTo(member);
            if (order < 0)
            {
                low += half + 1;
                left -= half + 1;
            }
            else
            {
                found |= order == 0;
                left = half;
            }
        }
        return low;
    }

    /// <summary>Puts an entry before a slot. The leaf has the room.</summary>
    public static void Insert(Page* leaf, int slot, TreeKey key, scoped in Element entry)
    {
        int count = leaf->Count, width = leaf->Width, length = entry.Length;
        byte* keys = Keys(leaf), heap = Heap(leaf);
        var ends = Ends(leaf);
        var start = Start(leaf, slot);
        var newEnds = (ushort*)(keys + (width * (count + 1)));
        var newHeap = (byte*)(newEnds + count + 1);

        // Everything moves up, so the highest goes first.
        Move(heap + start, newHeap + start + length, leaf->Heap - start);
        Move(heap, newHeap, start);
        Move(ends + slot, newEnds + slot + 1, EndSize * (count - slot));
        Move(ends, newEnds, EndSize * slot);
        Move(keys + (width * slot), keys + (width * (slot + 1)), width * (count - slot));

        key.Write(keys, slot, width);
        newEnds[slot] = (ushort)((start + length) | entry.Flags);
        CopyEnds(newEnds + slot + 1, newEnds + slot + 1, count - slot, length);
        entry.CopyTo(newHeap + start);
        leaf->Count++;
        leaf->Heap += (ushort)length;
    }

    /// <summary>Takes out entries. Their blobs are the caller's.</summary>
    public static void Remove(Page* leaf, int slot, int removed)
    {
        int count = leaf->Count, width = leaf->Width, left = count - removed;
        byte* keys = Keys(leaf), heap = Heap(leaf);
        var ends = Ends(leaf);
        int start = Start(leaf, slot), end = Start(leaf, slot + removed);
        var newEnds = (ushort*)(keys + (width * left));
        var newHeap = (byte*)(newEnds + left);

        // Everything moves down, so the lowest goes first.
        Move(keys + (width * (slot + removed)), keys + (width * slot), width * (left - slot));
        Move(ends, newEnds, EndSize * slot);
        CopyEnds(ends + slot + removed, newEnds + slot, left - slot, start - end);
        Move(heap, newHeap, start);
        Move(heap + end, newHeap + start, leaf->Heap - end);
        leaf->Count = (ushort)left;
        leaf->Heap -= (ushort)(end - start);
    }

    /// <summary>Gives an entry other bytes. The leaf has the room.</summary>
    public static void Replace(Page* leaf, int slot, scoped in Element entry)
    {
        var ends = Ends(leaf);
        var heap = Heap(leaf);
        int start = Start(leaf, slot), end = ends[slot] & EndMask;
        var grown = entry.Length - (end - start);
        if (grown != 0)
        {
            Move(heap + end, heap + end + grown, leaf->Heap - end);
            CopyEnds(ends + slot + 1, ends + slot + 1, leaf->Count - slot - 1, grown);
            leaf->Heap = (ushort)(leaf->Heap + grown);
        }
        ends[slot] = (ushort)((start + entry.Length) | entry.Flags);
        entry.CopyTo(heap + start);
    }

    /// <summary>Copies ends, each moved by so many bytes, to where they stand or to lower addresses.</summary>
    public static void CopyEnds(ushort* from, ushort* to, int count, int shift)
    {
        // A leaf of a list has hundreds, and all of them move when its first element comes or goes.
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            var shifts = Vector256.Create((ushort)shift);
            for (; i <= count - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
                (Vector256.Load(from + i) + shifts).Store(to + i);
        }

        for (; i < count; i++)
            to[i] = (ushort)(from[i] + shift);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move(void* from, void* to, int bytes) => Buffer.MemoryCopy(from, to, bytes, bytes);
}
