using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using RedisLite.Storage.Memory;

namespace RedisLite.Storage.Tables;

/// <summary>One key with its value: the header of a native block that goes on with the key's and the value's bytes.</summary>
/// <remarks>
///
///      0       4       8      12      16      20      24    25    26      28
///     +-------+-------+-------+-------+-------+-------+-----+-----+-------+---------+------------------+
///     | hash  | key   | value | value | heap  |access | type| enc.| snap. | key     | value     : free |
///     | low 32| length| length|  cap. | index | clock |     |     | epoch | bytes   | bytes     :      |
///     +-------+-------+-------+-------+-------+-------+-----+-----+-------+---------+------------------+
///                                                                                    \___ capacity ____/
///
/// The expiry time stands in the stripe's heap at the heap index (-1: the key does not expire), so that the many
/// keys without one do not pay for it. A 16-byte key with a 32-byte value takes 76 bytes.
///
/// Native, and so unsafe, because the garbage collector traces managed records whenever a SET dirties them: with
/// byte[] values the p99 of pipelined SETs was 20-28 ms and a SET 2.9 us of CPU, with native records 3-5 ms and
/// 1.7 us (docs/HASH_TABLE.md).
///
/// The value of a string is its bytes. A collection's is one pointer of 8 bytes, to a counted value outside the record
/// (<see cref="Values.CollectionStore"/>), of which the record owns one reference.
///
/// INVARIANT: header + key length + capacity is a size that malloc serves without loss (<see cref="BlockSize"/>),
/// so the block's share of memory follows from its own fields.
/// </remarks>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct Record
{
    /// <summary>Bytes before the key. Not sizeof, which is rounded up to the pointer's alignment.</summary>
    public const int HeaderSize = 28;

    /// <summary>Heap index of a record that does not expire.</summary>
    public const int NotInHeap = -1;

    private const int CacheLine = 64;

    // The block of a key of 16 bytes and a value of 32. As malloc aligns to 16, every second one lies in three lines.
    private const int CommonBlock = 96;

    [FieldOffset(0)] public uint Hash;
    [FieldOffset(4)] public int KeyLength;
    [FieldOffset(8)] public int ValueLength;
    [FieldOffset(12)] public int ValueCapacity;
    [FieldOffset(16)] public int HeapIndex;
    [FieldOffset(20)] public uint AccessClock;
    [FieldOffset(24)] public EntryType Type;
    [FieldOffset(25)] public StringEncoding Encoding;
    [FieldOffset(26)] public ushort SnapshotEpoch;

    /// <summary>Bytes of the value of a record that holds a collection: a pointer.</summary>
    public const int RootLength = sizeof(long);

    /// <summary>Bytes asked from the allocator for a record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long BlockSize(Record* record) =>
        (long)HeaderSize + record->KeyLength + record->ValueCapacity;

    /// <summary>Bytes that a record with this key and value length takes at least.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long BlockSizeFor(int keyLength, int valueLength) =>
        MemoryAccount.UsableSize((long)HeaderSize + keyLength + valueLength);

    /// <summary>Asks for the cache lines of a record, as far as a small one reaches. Whatever the address, it faults nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(Record* record)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(record);
        Sse.Prefetch0((byte*)record + CacheLine);
        Sse.Prefetch0((byte*)record + CommonBlock - 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<byte> Key(Record* record) => new((byte*)record + HeaderSize, record->KeyLength);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<byte> Value(Record* record) =>
        new((byte*)record + HeaderSize + record->KeyLength, record->ValueLength);

    public static bool IsCollection(Record* record) => record->Type != EntryType.String;

    /// <summary>The collection that a record holds; its address need not be aligned. Not for strings.</summary>
    public static nint Root(Record* record) =>
        Unsafe.ReadUnaligned<nint>((byte*)record + HeaderSize + record->KeyLength);

    public static void SetRoot(Record* record, nint root) =>
        Unsafe.WriteUnaligned((byte*)record + HeaderSize + record->KeyLength, root);

    /// <summary>The value's bytes and the free ones behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<byte> Room(Record* record) =>
        new((byte*)record + HeaderSize + record->KeyLength, record->ValueCapacity);
}
