using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RedisLite.Storage.Memory;

/// <summary>
/// A run of units cut into blocks of one class: the head of a native record that goes on with a bit for each block.
/// </summary>
/// <remarks>
/// <code>
///     +------+-------+-------+------+-----------+------------+---------+------+------+   +--------------------------+
///     | base | chunk | class | used | first     | high water | touched | unit | open |   | bits: 1 = free; block 0  |
///     |      |       |       |      | free word |            | bytes   |      |      |   | is the lowest bit        |
///     +------+-------+-------+------+-----------+------------+---------+------+------+   +--------------------------+
/// </code>
/// Blocks have no header and free ones are not touched: freeing millions of records dirties nothing, a late write into
/// a freed block cannot break the allocator, and a block freed twice is noticed. The lowest free block goes first, so
/// pages that were never needed stay untouched.
///
/// LOCK: the class's gate. Base, chunk, class and unit never change.
/// </remarks>
internal unsafe struct Slab
{
    public byte* Base;
    public Chunk* Chunk;
    public int Class;
    public int Used;
    public int FirstFreeWord;

    /// <summary>Blocks from this one on were never handed out and lie in pages never touched.</summary>
    public int HighWater;

    public int TouchedBytes;
    public byte Unit;
    public bool IsOpen;

    /// <summary>Place among all slabs: by slot, then by unit.</summary>
    public readonly long Order => ((long)Chunk->Slot * Memory.Chunk.UnitCount) + Unit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* Bits(Slab* slab) => (ulong*)(slab + 1);

    /// <summary>Bytes of a slab's record.</summary>
    public static int SizeOf(SlabClass* slabClass) =>
        sizeof(Slab) + (((slabClass->SlabCapacity + 63) >> 6) * sizeof(ulong));

    /// <summary>The record of a slab without a place yet, all blocks free.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory for it.</exception>
    public static Slab* Create(SlabClass* slabClass)
    {
        var slab = (Slab*)NativeMemory.AllocZeroed((nuint)SizeOf(slabClass));
        var bits = Bits(slab);
        var (words, rest) = Math.DivRem(slabClass->SlabCapacity, 64);
        new Span<ulong>(bits, words).Fill(ulong.MaxValue);
        if (rest > 0)
            bits[words] = (1UL << rest) - 1;
        slab->Class = slabClass->Index;
        return slab;
    }
}
