using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using RedisLite.Storage.Memory;

namespace RedisLite.Storage.Tables;

/// <summary>The buckets of one stripe, which grow and shrink by a few at a time: a linear hash table.</summary>
/// <remarks>
/// A hash's bucket is named by as many of its low bits as the number of buckets needs, or by one bit less where there is
/// no such bucket yet:
/// <code>
///     count 6, mask 7        [ 0 ][ 1 ][ 2 ][ 3 ][ 4 ][ 5 ]
///                              |    |    ^         |    |         next: 2 is split, what has the bit 4 goes to 6
///                              +----|--------------+    |         0 and 1 are split: 3 bits
///                                   +-------------------+         2 and 3 are not:   2 bits
/// </code>
/// So growth costs the split of a few buckets now and then, whatever the size of the table; doubling it at once would move
/// all records of a stripe within one command, and of all stripes at about the same time, because a hash fills them evenly.
/// The method is W. Litwin's: "Linear hashing: a new tool for file and table addressing", VLDB 1980.
///
/// <b>Positions</b> walk over the buckets while these come and go, in reverse binary order: the carry of the increment goes
/// from the highest bit of the mask down. Buckets that share their low bits are neighbours in that order, so what was
/// passed stays passed after a split or a merge, and what was not is still ahead; at worst a part is seen twice. The
/// order is that of Redis's dictScan.
///
/// LOCK: the stripe's: shared to read, exclusive to change. A mutable struct: keep it in a field.
/// </remarks>
internal unsafe struct BucketArray(MemoryAccount memory)
{
    /// <summary>Fewest buckets while there is a record.</summary>
    private const uint Fewest = 4;

    private const uint Most = 1u << 30;

    // Buckets are split in groups: the processor then waits for the memory of all their records together. One by one, a
    // table that does not fit its caches took half as long again to fill.
    private const uint SplitTogether = 16;

    private Record** _slots;
    private uint _capacity;
    private uint _count;
    private uint _mask;

    /// <summary>Zero while there are no records.</summary>
    public readonly uint Count => _count;

    /// <summary>Bytes that the array takes. Any thread; one moment's value.</summary>
    public readonly long Memory => _capacity == 0 ? 0 : memory.RoundUp(SizeOf(_capacity));

    /// <summary>Whether so many buckets are enough for a number of records: eight for five.</summary>
    public static bool Suffice(uint buckets, int records) => (ulong)records * 8 <= (ulong)buckets * 5 || buckets == Most;

    /// <summary>The pointer to the first record of a hash's chain. Not while there are no buckets.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Record** SlotOf(uint hash) => _slots + IndexOf(hash);

    /// <summary>Asks for the cache line of a hash's bucket. Needs no lock: whatever the address, a prefetch faults nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Prefetch(uint hash) => Sse.Prefetch0(SlotOf(hash));

    /// <summary>The number of a hash's bucket; also of the bucket at a position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint IndexOf(uint hash)
    {
        // index < count ? index : index & (mask >> 1), without a branch that is taken as often as not.
        var index = hash & _mask;
        var isThere = (uint)((int)(index - _count) >> 31);
        return index & ((_mask >> 1) | isThere);
    }

    /// <summary>The first record of a bucket, by its number.</summary>
    public readonly Record* First(uint bucket) => _slots[bucket];

    /// <summary>The position after this one; 0 after the last. Not while there are no buckets.</summary>
    public readonly uint Next(uint position)
    {
        var half = (_mask >> 1) + 1;
        var bucket = IndexOf(position);
        var isSplit = bucket >= half || bucket < _count - half;
        return Next(position, isSplit ? _mask : _mask >> 1);
    }

    /// <summary>The position after this one among as many buckets as the mask says.</summary>
    internal static uint Next(uint position, uint mask)
    {
        // Bits above the mask are set so that the carry of the increment runs through them.
        return Reverse(Reverse(position | ~mask) + 1);
    }

    /// <summary>Adds buckets until they <see cref="Suffice"/>.</summary>
    /// <exception cref="OutOfMemoryException">Every record can still be found.</exception>
    public void GrowFor(int records)
    {
        if (_count == 0)
            Create();
        while (!Suffice(_count, records))
            SplitNext();
    }

    /// <summary>Gives up buckets while there are more than eight for each record.</summary>
    public void ShrinkFor(int records)
    {
        while (_count > Fewest && (uint)records < _count / 8)
            Merge();
        if (_count < _capacity / 2)
            TryTrim();
    }

    /// <summary>Frees the array; the records are the caller's.</summary>
    public void Free()
    {
        if (_slots != null)
            memory.Free(_slots, SizeOf(_capacity));
        _slots = null;
        _capacity = _count = _mask = 0;
    }

    private static long SizeOf(uint capacity) => capacity * (long)sizeof(Record*);

    private static uint Reverse(uint bits)
    {
        bits = ((bits >> 1) & 0x5555_5555) | ((bits & 0x5555_5555) << 1);
        bits = ((bits >> 2) & 0x3333_3333) | ((bits & 0x3333_3333) << 2);
        bits = ((bits >> 4) & 0x0F0F_0F0F) | ((bits & 0x0F0F_0F0F) << 4);
        return BinaryPrimitives.ReverseEndianness(bits);
    }

    private void Create()
    {
        Resize(Fewest);
        NativeMemory.Clear(_slots, (nuint)SizeOf(Fewest));
        _count = Fewest;
        _mask = Fewest - 1;
    }

    /// <summary>Splits the next few buckets.</summary>
    private void SplitNext()
    {
        var mask = _count > _mask ? (_mask << 1) | 1 : _mask;
        var half = (mask >> 1) + 1;
        var first = _count - half;
        var last = Math.Min(first + SplitTogether, half);
        if (half + last > _capacity)
            Resize(half + last);
        _mask = mask;
        for (var bucket = first; Sse.IsSupported && bucket < last; bucket++)
            Sse.Prefetch0(_slots[bucket]);
        for (; first < last; first++)
            Split(first);
    }

    /// <summary>Adds a bucket and moves to it what is its own from the one that stood in for it.</summary>
    private void Split(uint bucket)
    {
        var added = _count;
        var from = &_slots[bucket];
        var to = &_slots[added];
        while (*from != null)
        {
            var record = *from;
            if ((record->Hash & _mask) != added)
            {
                from = &record->Next;
                continue;
            }

            *to = record;
            to = &record->Next;
            *from = record->Next;
        }

        *to = null;
        _count++;
    }

    /// <summary>Takes the last bucket away and puts its records behind those of the one that stands in for it.</summary>
    private void Merge()
    {
        var last = _count - 1;
        var end = &_slots[last & (_mask >> 1)];
        while (*end != null)
            end = &(*end)->Next;
        *end = _slots[last];
        _count = last;
        if (last == (_mask >> 1) + 1)
            _mask >>= 1;
    }

    /// <summary>Room for a number of buckets and an eighth more, rounded up to what the allocator serves without loss.</summary>
    private void Resize(uint count)
    {
        var size = memory.UsableSize(SizeOf(count == Fewest ? count : count + (count / 8)));
        _slots = (Record**)memory.Reallocate(_slots, SizeOf(_capacity), size);
        _capacity = (uint)(size / sizeof(Record*));
    }

    private void TryTrim()
    {
        try
        {
            Resize(_count);
        }
        catch (OutOfMemoryException)
        {
            // The larger array serves as well.
        }
    }
}
