using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using RedisLite.Storage.Memory;

namespace RedisLite.Storage.Tables;

/// <summary>The buckets of one stripe, which grow and shrink by a few at a time: a linear hash table.</summary>
/// <remarks>
/// A hash's bucket is named by as many of its low bits as the number of buckets needs, or by one bit less where there
/// is no such bucket yet:
/// <code>
///     count 6, mask 7        [ 0 ][ 1 ][ 2 ][ 3 ][ 4 ][ 5 ]
///                              |    |    ^         |    |         next: 2 is split, what has the bit 4 goes to 6
///                              +----|--------------+    |         0 and 1 are split: 3 bits
///                                   +-------------------+         2 and 3 are not:   2 bits
/// </code>
/// So growth costs the split of a few buckets now and then, whatever the size of the table; doubling it at once would
/// move all records of a stripe within one command, and of all stripes at about the same time, because a hash fills
/// them evenly. The method is W. Litwin's: "Linear hashing: a new tool for file and table addressing", VLDB 1980.
///
/// Buckets lie in segments, which never move once they have their full size; only the first, while it is the only one,
/// begins with one bucket and doubles. The directory of the segments is a managed array, so that a prefetch without
/// the lock reads an old one at worst, and never freed memory.
///
/// <b>Positions</b> walk over the buckets while these come and go, in reverse binary order: the carry of the increment
/// goes from the highest bit of the mask down. Buckets that share their low bits are neighbours in that order, so what
/// was passed stays passed after a split or a merge, and what was not is still ahead; at worst a part is seen twice.
/// The order is that of Redis's dictScan.
///
/// LOCK: the stripe's: shared to read, exclusive to change. A mutable struct: keep it in a field.
/// </remarks>
internal unsafe struct BucketArray(MemoryAccount memory)
{
    /// <summary>Records for each bucket at which buckets are added: five of seven slots.</summary>
    public const int Load = 5;

    /// <summary>Records for each bucket below which buckets are given up.</summary>
    public const int LeastLoad = 2;

    private const int SegmentBits = 4;
    private const uint SegmentSize = 1u << SegmentBits;
    private const uint Most = 1u << 30;

    // Buckets are split in groups: the processor then waits for the memory of all their records together. One by one, a
    // table that does not fit its caches took half as long again to fill.
    private const uint SplitTogether = 8;

    private const int KeptDirectory = 4;

    private nint[]? _segments;
    private uint _capacity;
    private uint _count;
    private uint _mask;
    private long _bytes;

    /// <summary>Zero while there are no records, and none are expected.</summary>
    public readonly uint Count => _count;

    /// <summary>Bytes that segments and overflow lines take. Any thread; one moment's value.</summary>
    public readonly long Memory => _bytes;

    /// <summary>Whether so many buckets are enough for a number of records.</summary>
    public static bool Suffice(uint buckets, int records) => (ulong)records <= (ulong)buckets * Load || buckets == Most;

    /// <summary>The chain of a hash. Not while there are no buckets.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Bucket* ChainOf(uint hash) => At(IndexOf(hash));

    /// <summary>The chain of a bucket, by its number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Bucket* At(uint bucket) =>
        (Bucket*)Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_segments!), (int)(bucket >> SegmentBits))
        + (bucket & (SegmentSize - 1));

    /// <summary>
    /// Asks for the cache line of a hash's bucket. Needs no lock: whatever the address, a prefetch faults nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Prefetch(uint hash)
    {
        var segments = _segments;
        var bucket = IndexOf(hash);
        if (segments is not null && bucket >> SegmentBits < (uint)segments.Length)
            Sse.Prefetch0((Bucket*)segments[bucket >> SegmentBits] + (bucket & (SegmentSize - 1)));
    }

    /// <summary>The number of a hash's bucket; also of the bucket at a position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint IndexOf(uint hash)
    {
        // index < count ? index : index & (mask >> 1), without a branch that is taken as often as not.
        var index = hash & _mask;
        var isThere = (uint)((int)(index - _count) >> 31);
        return index & ((_mask >> 1) | isThere);
    }

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

    /// <summary>
    /// Adds buckets until they <see cref="Suffice"/>, and sees to it that <see cref="Insert"/> finds room.
    /// </summary>
    /// <param name="records">How many there will be.</param>
    /// <param name="hash">Of the one that comes.</param>
    /// <exception cref="OutOfMemoryException">Every record can still be found.</exception>
    public void Reserve(int records, uint hash)
    {
        if (_count == 0)
            Create();
        while (!Suffice(_count, records))
            SplitNext();
        var last = LastOf(ChainOf(hash));
        if (Bucket.Used(last) == Bucket.Slots)
            last->Overflow = NewLine();
    }

    /// <summary>
    /// Makes as many buckets as a number of records needs, at once; none if there is no memory for them, for they can
    /// be made one by one as well. Not while there are any.
    /// </summary>
    public void Prepare(int records)
    {
        if (records <= Load)
            return;
        var buckets = Math.Min(((uint)records + Load - 1) / Load, Most);
        try
        {
            EnsureCapacity(buckets);
        }
        catch (OutOfMemoryException)
        {
            Free();
            return;
        }

        for (uint bucket = 0; bucket < buckets; bucket++)
            *At(bucket) = default;
        _count = buckets;
        _mask = BitOperations.RoundUpToPowerOf2(buckets) - 1;
    }

    /// <summary>Puts a record into its chain. INVARIANT: <see cref="Reserve"/> came before.</summary>
    public readonly void Insert(Record* record, ulong tag)
    {
        var last = LastOf(ChainOf(record->Hash));
        Bucket.SlotsOf(last)[Bucket.Used(last)] = Bucket.Pack(record, tag);
    }

    /// <summary>The slot that points to a record, which is there.</summary>
    public readonly ulong* SlotOf(Record* record)
    {
        for (var bucket = ChainOf(record->Hash); ; bucket = bucket->Overflow)
        {
            var slots = Bucket.SlotsOf(bucket);
            for (var i = 0; i < Bucket.Slots; i++)
            {
                if (Bucket.RecordOf(slots[i]) == record)
                    return slots + i;
            }
        }
    }

    /// <summary>Takes a record out of its chain, whose last one takes its place.</summary>
    public void Remove(Record* record)
    {
        var slot = SlotOf(record);
        Bucket* before = null;
        var last = ChainOf(record->Hash);
        for (; last->Overflow != null; last = last->Overflow)
            before = last;
        var used = Bucket.Used(last);
        *slot = Bucket.SlotsOf(last)[used - 1];
        Bucket.SlotsOf(last)[used - 1] = 0;
        if (used > 1 || before == null)
            return;
        before->Overflow = null;
        FreeLine(last);
    }

    /// <summary>Gives up buckets while there are too few records for them.</summary>
    public void ShrinkFor(int records)
    {
        while (_count > 1 && records < (long)_count * LeastLoad)
        {
            if (!TryMerge())
                return;
        }

        // One segment is kept ahead, or a record that comes and goes would make one again and again.
        while (_capacity >= _count + (2 * SegmentSize))
            FreeLastSegment();
    }

    /// <summary>Frees all lines; the records are the caller's.</summary>
    public void Free()
    {
        for (uint bucket = 0; bucket < _count; bucket++)
            FreeLines(At(bucket)->Overflow);
        while (_capacity > SegmentSize)
            FreeLastSegment();
        if (_capacity > 0)
            memory.Free((void*)_segments![0], SizeOf(_capacity));

        // A directory that a small table had is kept: keys come and go without a word to the garbage collector.
        if (_segments is { Length: > KeptDirectory })
            _segments = null;
        _capacity = _count = _mask = 0;
        _bytes = 0;
    }

    private static long SizeOf(uint buckets) => buckets * (long)Bucket.Size;

    private static uint Reverse(uint bits)
    {
        bits = ((bits >> 1) & 0x5555_5555) | ((bits & 0x5555_5555) << 1);
        bits = ((bits >> 2) & 0x3333_3333) | ((bits & 0x3333_3333) << 2);
        bits = ((bits >> 4) & 0x0F0F_0F0F) | ((bits & 0x0F0F_0F0F) << 4);
        return BinaryPrimitives.ReverseEndianness(bits);
    }

    private static Bucket* LastOf(Bucket* chain)
    {
        while (chain->Overflow != null)
            chain = chain->Overflow;
        return chain;
    }

    private void Create()
    {
        EnsureCapacity(1);
        *At(0) = default;
        _count = 1;
        _mask = 0;
    }

    /// <summary>Splits the next few buckets.</summary>
    private void SplitNext()
    {
        var mask = _count > _mask ? (_mask << 1) | 1 : _mask;
        var half = (mask >> 1) + 1;
        var first = _count - half;
        var last = Math.Min(first + SplitTogether, half);
        EnsureCapacity(half + last);
        for (var bucket = first; Sse.IsSupported && bucket < last; bucket++)
            PrefetchRecords(At(bucket));
        for (; first < last; first++)
            Split(first, mask);
    }

    private static void PrefetchRecords(Bucket* bucket)
    {
        for (var i = 0; i < Bucket.Slots; i++)
            Sse.Prefetch0(Bucket.RecordOf(Bucket.SlotsOf(bucket)[i]));
    }

    /// <summary>Adds a bucket and moves to it what is its own from the one that stood in for it.</summary>
    private void Split(uint bucket, uint mask)
    {
        var added = _count;
        var chain = At(bucket);
        var moving = 0;
        foreach (var record in new ChainEnumerator(chain))
            moving += (record->Hash & mask) == added ? 1 : 0;
        var spares = NewLines(LinesBehindFirst(moving));

        *At(added) = default;
        var stays = new ChainWriter(chain);
        var moves = new ChainWriter(At(added)) { Spares = spares };
        for (var line = chain; line != null; line = line->Overflow)
        {
            for (var i = 0; i < Bucket.Slots && Bucket.SlotsOf(line)[i] is var slot and not 0; i++)
            {
                if ((Bucket.RecordOf(slot)->Hash & mask) == added)
                    moves.Append(slot);
                else
                    stays.Append(slot);
            }
        }

        FreeLines(stays.End());
        _mask = mask;
        _count++;
    }

    /// <summary>
    /// Takes the last bucket away and puts its records behind those of the one that stands in for it.
    /// </summary>
    /// <returns>False if there is no memory for the longer chain; nothing has changed.</returns>
    private bool TryMerge()
    {
        var last = _count - 1;
        var from = At(last);
        var end = LastOf(At(last & (_mask >> 1)));
        var used = Bucket.Used(end);
        Bucket* spares;
        try
        {
            spares = NewLines(LinesBehindFirst(used + Bucket.Count(from)));
        }
        catch (OutOfMemoryException)
        {
            return false;
        }

        var writer = new ChainWriter(end, used) { Spares = spares };
        for (var line = from; line != null; line = line->Overflow)
        {
            for (var i = 0; i < Bucket.Slots && Bucket.SlotsOf(line)[i] is var slot and not 0; i++)
                writer.Append(slot);
        }

        FreeLines(from->Overflow);
        from->Overflow = null;
        _count = last;
        if (last == (_mask >> 1) + 1)
            _mask >>= 1;
        return true;
    }

    private static int LinesBehindFirst(int records) => Math.Max(0, ((records + Bucket.Slots - 1) / Bucket.Slots) - 1);

    private Bucket* NewLine()
    {
        var line = (Bucket*)memory.AllocateZeroed(Bucket.Size);
        _bytes += memory.RoundUp(Bucket.Size);
        return line;
    }

    /// <summary>Lines linked to each other, all of them or none.</summary>
    private Bucket* NewLines(int count)
    {
        Bucket* lines = null;
        try
        {
            for (; count > 0; count--)
            {
                var line = NewLine();
                line->Overflow = lines;
                lines = line;
            }

            return lines;
        }
        catch (OutOfMemoryException)
        {
            FreeLines(lines);
            throw;
        }
    }

    private void FreeLine(Bucket* line)
    {
        memory.Free(line, Bucket.Size);
        _bytes -= memory.RoundUp(Bucket.Size);
    }

    private void FreeLines(Bucket* lines)
    {
        while (lines != null)
        {
            var next = lines->Overflow;
            FreeLine(lines);
            lines = next;
        }
    }

    /// <summary>Makes room for a number of buckets, whose content is undefined.</summary>
    private void EnsureCapacity(uint buckets)
    {
        while (_capacity < buckets)
        {
            if (_capacity >= SegmentSize)
                AddSegment();
            else
                GrowFirstSegment(Math.Min(SegmentSize, Math.Max(1, _capacity * 2)));
        }
    }

    private void GrowFirstSegment(uint capacity)
    {
        _segments ??= new nint[1];
        var old = _capacity == 0 ? null : (void*)_segments[0];
        _segments[0] = (nint)memory.Reallocate(old, SizeOf(_capacity), SizeOf(capacity));
        Resized(capacity, _capacity, capacity);
    }

    private void AddSegment()
    {
        var index = (int)(_capacity >> SegmentBits);
        if (index == _segments!.Length)
            Array.Resize(ref _segments, index + Math.Max(1, index / 2));
        _segments[index] = (nint)memory.Allocate(SizeOf(SegmentSize));
        Resized(_capacity + SegmentSize, 0, SegmentSize);
    }

    private void FreeLastSegment()
    {
        var index = (int)(_capacity >> SegmentBits) - 1;
        memory.Free((void*)_segments![index], SizeOf(SegmentSize));
        _segments[index] = 0;
        Resized(_capacity - SegmentSize, SegmentSize, 0);
    }

    private void Resized(uint capacity, uint oldBlock, uint newBlock)
    {
        _capacity = capacity;
        _bytes += (newBlock == 0 ? 0 : memory.RoundUp(SizeOf(newBlock)))
            - (oldBlock == 0 ? 0 : memory.RoundUp(SizeOf(oldBlock)));
    }

    /// <summary>Fills a chain's slots from some place on: its own lines first, then spare ones.</summary>
    private ref struct ChainWriter(Bucket* line, int slot = 0)
    {
        private Bucket* _line = line;
        private int _slot = slot;

        /// <summary>Lines to go on with where the chain has none.</summary>
        public Bucket* Spares { get; set; }

        public void Append(ulong content)
        {
            if (_slot == Bucket.Slots)
                GoOn();
            Bucket.SlotsOf(_line)[_slot++] = content;
        }

        /// <summary>Ends the chain after what was written.</summary>
        /// <returns>Its lines that are not needed any more.</returns>
        public readonly Bucket* End()
        {
            for (var i = _slot; i < Bucket.Slots; i++)
                Bucket.SlotsOf(_line)[i] = 0;
            var rest = _line->Overflow;
            _line->Overflow = null;
            return rest;
        }

        private void GoOn()
        {
            if (_line->Overflow == null)
            {
                _line->Overflow = Spares;
                Spares = Spares->Overflow;
                _line->Overflow->Overflow = null;
            }

            _line = _line->Overflow;
            _slot = 0;
        }
    }
}
