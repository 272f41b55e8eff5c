using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using RedisLite.Storage.Memory;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Tables;

/// <summary>
/// One key with its value: the header of a native block that goes on with the key's and the value's bytes.
/// </summary>
/// <remarks>
/// <code>
///      0       4        7      8       10     11     12                 16
///     +-------+--------+------+-------+------+------+------------------+-----------+---------+-------+------+-------+
///     | hash  | access | type | snap. | size | key  | value length 30  | extension | key     | value : free : heap  |
///     | low 32| clock  | enc. | epoch | class|length| extended, expires| 0 or 16   | bytes   | bytes :      : index |
///     +-------+--------+------+-------+------+------+------------------+-----------+---------+-------+------+-------+
///                                                                                              \__ capacity _/
///     extension   [ block size 8 | key length 4 | unused 4 ]    of a key from 256 bytes or a block beyond all size
///     classes
/// </code>
/// A key that expires has its place in the stripe's heap of times in the block's last four bytes, so that the many keys
/// without an expiry do not pay for it. A key of 16 bytes with a value of 32 takes 64 bytes.
///
/// Native, and so unsafe, because the garbage collector traces managed records whenever a SET dirties them: with
/// byte[] values the p99 of pipelined SETs was 20-28 ms and a SET 2.9 us of CPU, with native records 3-5 ms and
/// 1.7 us (docs/HASH_TABLE.md).
///
/// The value of a string is its bytes. A collection's is one pointer of 8 bytes, to a counted value outside the record
/// (<see cref="Values.Trees.ValueMemory"/>), of which the record owns one reference. So is a large string's, which the
/// top bit of the encoding tells: <see cref="Values.Trees.TextBlock"/>. Behind its pointer a hash with fields that
/// expire has its place in the stripe's heap of such hashes, 4 bytes.
///
/// INVARIANT: a block's size is one of <see cref="SizeClasses"/>, whatever the allocator, so it follows from its class.
/// Only pointers to native blocks may be used: a copy of the struct has lost what follows it.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = HeaderSize)]
internal unsafe struct Record
{
    /// <summary>Bytes before the key of a record without extension.</summary>
    public const int HeaderSize = 16;

    /// <summary>Heap index of a record that does not expire.</summary>
    public const int NotInHeap = -1;

    /// <summary>Bytes of the value of a record that holds a collection or a large string: a pointer.</summary>
    public const int RootLength = sizeof(long);

    /// <summary>Bytes of the value of a hash that stands in the heap of those with fields that expire.</summary>
    public const int TimedRootLength = RootLength + HeapIndexSize;

    private const int ExtensionSize = 16;
    private const int KeyLengthAt = HeaderSize + sizeof(long);
    private const int HeapIndexSize = sizeof(int);
    private const int LongestShortKey = byte.MaxValue;
    private const int CacheLine = 64;

    private const uint ClockMask = (1u << 24) - 1;
    private const int TypeShift = 24;
    private const int EncodingShift = 28;
    private const uint EncodingMask = 7u << EncodingShift;
    private const uint OutsideFlag = 1u << 31;
    private const uint PointerMask = (0xFu << TypeShift) | OutsideFlag;
    private const uint LengthMask = (1u << 30) - 1;
    private const uint ExtendedFlag = 1u << 30;
    private const uint ExpiresFlag = 1u << 31;

    private static readonly int[] ClassSizes = [.. Enumerable.Range(0, SizeClasses.Count).Select(SizeClasses.SizeOf)];

    [FieldOffset(0)] public uint Hash;
    [FieldOffset(4)] private uint _clockAndType;
    [FieldOffset(8)] public ushort SnapshotEpoch;
    [FieldOffset(10)] private byte _class;
    [FieldOffset(11)] private byte _keyLength;
    [FieldOffset(12)] private uint _length;

    /// <summary>
    /// 24 bits that the eviction policy leaves. Any thread that holds the stripe, shared will do, may set it.
    /// </summary>
    public uint AccessClock
    {
        // One aligned word: a reader that races with another leaves either's mark, and the type in it never changes
        // under a shared lock.
        readonly get => Volatile.Read(in _clockAndType) & ClockMask;
        set => Volatile.Write(ref _clockAndType, (_clockAndType & ~ClockMask) | (value & ClockMask));
    }

    public EntryType Type
    {
        readonly get => (EntryType)((_clockAndType >> TypeShift) & 0xF);
        set => _clockAndType = (_clockAndType & ~(0xFu << TypeShift)) | ((uint)value << TypeShift);
    }

    public StringEncoding Encoding
    {
        readonly get => (StringEncoding)((_clockAndType & EncodingMask) >> EncodingShift);
        set => _clockAndType = (_clockAndType & ~EncodingMask) | ((uint)value << EncodingShift);
    }

    /// <summary>Type and encoding of the value, and whether a string stands outside the record.</summary>
    public ValueTraits Traits
    {
        readonly get => new(Type, Encoding, (_clockAndType & OutsideFlag) != 0);
        set => _clockAndType = (_clockAndType & ClockMask) | ((uint)value.Type << TypeShift)
            | ((uint)value.Encoding << EncodingShift) | (value.IsOutside ? OutsideFlag : 0);
    }

    public int ValueLength
    {
        readonly get => (int)(_length & LengthMask);
        set => _length = (_length & ~LengthMask) | (uint)value;
    }

    public readonly bool Expires => (_length & ExpiresFlag) != 0;

    /// <summary>The record's place in the heap of times. INVARIANT: set only where there is room for it.</summary>
    public int HeapIndex
    {
        get => Expires ? *HeapIndexOf(ref this) : NotInHeap;
        set
        {
            if (value == NotInHeap)
            {
                _length &= ~ExpiresFlag;
                return;
            }

            _length |= ExpiresFlag;
            *HeapIndexOf(ref this) = value;
        }
    }

    /// <summary>
    /// A hash's place in the heap of those with fields that expire. INVARIANT: set only where there is room for it.
    /// </summary>
    public int FieldsIndex
    {
        get => Type == EntryType.Hash && ValueLength == TimedRootLength
            ? Unsafe.ReadUnaligned<int>(ValueStart((Record*)Unsafe.AsPointer(ref this)) + RootLength)
            : NotInHeap;
        set
        {
            ValueLength = value == NotInHeap ? RootLength : TimedRootLength;
            if (value != NotInHeap)
                Unsafe.WriteUnaligned(ValueStart((Record*)Unsafe.AsPointer(ref this)) + RootLength, value);
        }
    }

    private readonly bool IsExtended => (_length & ExtendedFlag) != 0;

    /// <summary>Bytes asked from the allocator for a record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long BlockSize(Record* record) =>
        record->IsExtended ? *(long*)((byte*)record + HeaderSize) : ClassSizes[record->_class];

    /// <summary>The size of the block for a key and a value.</summary>
    public static long BlockSizeFor(int keyLength, int valueLength, bool expires)
    {
        var size = SizeWithout(keyLength, valueLength, expires);
        return SizeClasses.RoundUp(NeedsExtension(keyLength, size) ? size + ExtensionSize : size);
    }

    /// <summary>Fills in the header of a new block, which has neither key nor value yet.</summary>
    /// <param name="record">A block of <see cref="BlockSizeFor"/>.</param>
    /// <param name="size">The block's size.</param>
    /// <param name="keyLength">The key's length.</param>
    /// <param name="valueLength">The value's; more fits where the block has room.</param>
    public static void Initialize(Record* record, long size, int keyLength, int valueLength)
    {
        *record = default;
        record->_length = (uint)valueLength;

        // The size without an extension decided whether there is one; what it says can be told from the size with it.
        if (keyLength <= LongestShortKey && size <= SizeClasses.Largest)
        {
            record->_class = (byte)SizeClasses.ClassOf((nuint)size);
            record->_keyLength = (byte)keyLength;
            return;
        }

        record->_length |= ExtendedFlag;
        *(long*)((byte*)record + HeaderSize) = size;
        *(int*)((byte*)record + KeyLengthAt) = keyLength;
    }

    /// <summary>
    /// Asks for the cache lines of a record, as far as a small one reaches. Whatever the address, it faults nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(Record* record)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(record);
        Sse.Prefetch0((byte*)record + CacheLine);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int KeyLength(Record* record) =>
        record->IsExtended ? *(int*)((byte*)record + KeyLengthAt) : record->_keyLength;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<byte> Key(Record* record) => record->IsExtended
        ? new((byte*)record + HeaderSize + ExtensionSize, *(int*)((byte*)record + KeyLengthAt))
        : new((byte*)record + HeaderSize, record->_keyLength);

    /// <summary>The value's bytes in the record: a string, or a pointer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<byte> Value(Record* record) => new(ValueStart(record), record->ValueLength);

    /// <summary>The bytes of a string, wherever they stand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<byte> Text(Record* record) => (record->_clockAndType & OutsideFlag) == 0
        ? Value(record)
        : TextBlock.Bytes((Page*)Root(record));

    /// <summary>Whether a record holds a string that stands outside it.</summary>
    public static bool IsOutside(Record* record) => (record->_clockAndType & OutsideFlag) != 0;

    /// <summary>The value's bytes and the free ones behind them.</summary>
    public static Span<byte> Room(Record* record) => new(ValueStart(record), Capacity(record));

    /// <summary>How many bytes a value may have in this block, with the record expiring or not as it does.</summary>
    public static int Capacity(Record* record) => CapacityIf(record, record->Expires);

    /// <summary>How many bytes a value may have in this block if the record expires, or does not.</summary>
    public static int CapacityIf(Record* record, bool expires) =>
        (int)((byte*)record + BlockSize(record) - ValueStart(record)) - (expires ? HeapIndexSize : 0);

    /// <summary>Whether the value is a pointer: a collection's, or a large string's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HoldsPointer(Record* record) => (record->_clockAndType & PointerMask) != 0;

    /// <summary>
    /// The collection or large string that a record holds; its address need not be aligned. Not for other strings.
    /// </summary>
    public static nint Root(Record* record) => Unsafe.ReadUnaligned<nint>(ValueStart(record));

    /// <summary>Where that pointer stands.</summary>
    public static ref nint RootSlot(Record* record) => ref Unsafe.AsRef<nint>(ValueStart(record));

    /// <summary>
    /// It fits, and would not leave five eighths of a block of some size unused: growth in place takes half ahead.
    /// </summary>
    public static bool FitsWell(Record* record, int length, bool expires)
    {
        const int WorthFreeing = 64;
        var unused = CapacityIf(record, expires) - length;
        if (unused < WorthFreeing)
            return unused >= 0;
        return BlockSizeFor(KeyLength(record), length, expires) * 8 > BlockSize(record) * 3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* ValueStart(Record* record) => record->IsExtended
        ? (byte*)record + HeaderSize + ExtensionSize + *(int*)((byte*)record + KeyLengthAt)
        : (byte*)record + HeaderSize + record->_keyLength;

    private static long SizeWithout(int keyLength, int valueLength, bool expires) =>
        HeaderSize + keyLength + (long)valueLength + (expires ? HeapIndexSize : 0);

    private static bool NeedsExtension(int keyLength, long size) =>
        keyLength > LongestShortKey || size > SizeClasses.Largest;

    private static int* HeapIndexOf(ref Record self)
    {
        var record = (Record*)Unsafe.AsPointer(ref self);
        return (int*)((byte*)record + BlockSize(record) - HeapIndexSize);
    }
}
