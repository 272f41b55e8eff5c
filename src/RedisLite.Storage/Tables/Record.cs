using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using RedisLite.Storage.Memory;

namespace RedisLite.Storage.Tables;

/// <summary>One key with its value: the header of a native block that goes on with the key's and the value's bytes.</summary>
/// <remarks>
///
///      0        8      12      16      20      24      28      32    33    34      36
///     +--------+-------+-------+-------+-------+-------+-------+-----+-----+-------+---------+------------------+
///     | next   | hash  | key   | value | value | heap  |access | type| enc.| snap. | key     | value     : free |
///     |        | low 32| length| length|  cap. | index | clock |     |     | epoch | bytes   | bytes     :      |
///     +--------+-------+-------+-------+-------+-------+-------+-----+-----+-------+---------+------------------+
///                                          |                                                  \___ capacity ____/
///
/// The expiry time stands in the stripe's heap at the heap index (-1: the key does not expire), so that the many
/// keys without one do not pay for it. A 16-byte key with a 32-byte value takes 84 bytes: a block of 88.
///
/// Native, and so unsafe, because the garbage collector traces managed records whenever a SET dirties them: with
/// byte[] values the p99 of pipelined SETs was 20-28 ms and a SET 2.9 us of CPU, with native records 3-5 ms and
/// 1.7 us (docs/HASH_TABLE.md).
///
/// INVARIANT: header + key length + capacity is a size that the allocator serves without loss (<see cref="BlockSize"/>),
/// so the block's share of memory follows from its own fields.
/// </remarks>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct Record
{
    /// <summary>Bytes before the key. Not sizeof, which is rounded up to the pointer's alignment.</summary>
    public const int HeaderSize = 36;

    /// <summary>Heap index of a record that does not expire.</summary>
    public const int NotInHeap = -1;

    private const int CacheLine = 64;

    // The block of a key of 16 bytes and a value of 32. As blocks of 88 bytes are aligned to 8, many lie in three lines.
    private const int CommonBlock = 88;

    [FieldOffset(0)] public Record* Next;
    [FieldOffset(8)] public uint Hash;
    [FieldOffset(12)] public int KeyLength;
    [FieldOffset(16)] public int ValueLength;
    [FieldOffset(20)] public int ValueCapacity;
    [FieldOffset(24)] public int HeapIndex;
    [FieldOffset(28)] public uint AccessClock;
    [FieldOffset(32)] public EntryType Type;
    [FieldOffset(33)] public StringEncoding Encoding;
    [FieldOffset(34)] public ushort SnapshotEpoch;

    /// <summary>Bytes asked from the allocator for a record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long BlockSize(Record* record) =>
        (long)HeaderSize + record->KeyLength + record->ValueCapacity;

    /// <summary>Bytes that a record with this key and value length takes at least.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long BlockSizeFor(MemoryAccount memory, int keyLength, int valueLength) =>
        memory.UsableSize((long)HeaderSize + keyLength + valueLength);

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

    /// <summary>The value's bytes and the free ones behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<byte> Room(Record* record) =>
        new((byte*)record + HeaderSize + record->KeyLength, record->ValueCapacity);
}
