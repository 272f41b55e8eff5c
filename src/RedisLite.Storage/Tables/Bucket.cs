using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RedisLite.Storage.Tables;

/// <summary>One cache line of a hash table: seven tagged pointers to records, and where the chain goes on.</summary>
/// <remarks>
/// <code>
///   0       8       16                              56      64
///   +-------+-------+-------+-------+-------+-------+-------+----------+
///   | slot  | slot  | slot  | slot  | slot  | slot  | slot  | overflow |--> another line of the same chain, or null
///   +-------+-------+-------+-------+-------+-------+-------+----------+
///   slot    [ tag 16 | address 48 ]     0: free, and so are all after it
/// </code>
/// A tag is made of bits of the hash that choose neither stripe nor bucket. All seven are compared at once, so a
/// look-up reads one line and then, with a chance of one in some thousands otherwise, only the record that it wants; a
/// miss reads no record at all.
///
/// INVARIANT: the slots in use of a chain come first, in every line but the last all seven; an overflow line holds
/// at least one.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal unsafe struct Bucket
{
    public const int Size = 64;

    /// <summary>Records that one line points to.</summary>
    public const int Slots = 7;

    private const int TagShift = 48;
    private const ulong AddressMask = (1UL << TagShift) - 1;
    private const uint SlotsMask = (1u << Slots) - 1;

    [FieldOffset(0)] public ulong First;

    /// <summary>The next line of the chain, or null.</summary>
    [FieldOffset(Slots * sizeof(ulong))] public Bucket* Overflow;

    /// <summary>The tag of a hash: never 0, so that no free slot has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong TagOf(ulong hash) => ((hash >> 32) & 0xFFFF) | 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Pack(Record* record, ulong tag) => (ulong)record | (tag << TagShift);

    /// <summary>The slot's content for a record that has moved.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Repack(ulong slot, Record* record) => (slot & ~AddressMask) | (ulong)record;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Record* RecordOf(ulong slot) => (Record*)(slot & AddressMask);

    /// <summary>The slots of a line, free ones included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* SlotsOf(Bucket* bucket) => &bucket->First;

    /// <summary>Which slots of a line have a tag, one bit each from the lowest on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Match(Bucket* bucket, ulong tag)
    {
        var wanted = Vector256.Create(tag);
        var low = Vector256.Equals(Vector256.ShiftRightLogical(Vector256.Load((ulong*)bucket), TagShift), wanted);
        var high = Vector256.Equals(Vector256.ShiftRightLogical(Vector256.Load((ulong*)bucket + 4), TagShift), wanted);
        return (low.ExtractMostSignificantBits() | (high.ExtractMostSignificantBits() << 4)) & SlotsMask;
    }

    /// <summary>How many slots of a line are in use.</summary>
    public static int Used(Bucket* bucket)
    {
        var free = 0u;
        for (var i = 0; i < Slots; i++)
            free |= SlotsOf(bucket)[i] == 0 ? 1u << i : 0;
        return Math.Min(Slots, BitOperations.TrailingZeroCount(free));
    }

    /// <summary>Records of a chain.</summary>
    public static int Count(Bucket* chain)
    {
        var count = 0;
        for (var bucket = chain; bucket != null; bucket = bucket->Overflow)
            count += Used(bucket);
        return count;
    }
}

/// <summary>Goes over the records of a chain; for <c>foreach</c>. The chain must not change meanwhile.</summary>
internal unsafe ref struct ChainEnumerator(Bucket* chain)
{
    private Bucket* _bucket = chain;
    private int _next;

    public Record* Current { get; private set; }

    public readonly ChainEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_next == Bucket.Slots)
        {
            _bucket = _bucket->Overflow;
            _next = 0;
        }

        if (_bucket == null)
            return false;
        Current = Bucket.RecordOf(Bucket.SlotsOf(_bucket)[_next]);
        _next++;
        return Current != null;
    }
}
