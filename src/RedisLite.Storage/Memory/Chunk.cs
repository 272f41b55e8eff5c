using System.Numerics;
using System.Runtime.Intrinsics;

namespace RedisLite.Storage.Memory;

/// <summary>
/// What is known of 2 MiB of mapped memory, which lie elsewhere: 32 units of 64 KiB that slabs are made of.
/// </summary>
/// <remarks>
/// <code>
///     units    [ slab, class 10 ][ slab, 3 units, class 97    ][ free ][ slab, class 10 ] ..
///     classes    10                97      none     none        none     10
///     open       10                none    none     none        none     none               the last slab is full
/// </code>
/// Chunks are numbered by slots, low ones first, and slabs by slot and unit: that order decides where blocks are
/// allocated (low) and which slabs are evacuated (high), so that whole chunks become empty. A slot's description is
/// made once and stays; <see cref="Base"/> is null while the slot has no memory.
///
/// LOCK: <see cref="ChunkHeap"/>'s gate, but for "open": a byte belongs to the class whose slab begins there and
/// changes under that class's gate, without an atomic operation, because other classes only compare it with their own
/// number.
/// </remarks>
internal unsafe struct Chunk
{
    public const int Size = 2 * 1024 * 1024;
    public const int UnitSize = 64 * 1024;
    public const int UnitCount = Size / UnitSize;

    /// <summary>In the place of a class's number where no slab begins, or none that is open.</summary>
    public const byte NoClass = 255;

    public fixed byte Open[UnitCount];
    public fixed byte Classes[UnitCount];
    public byte* Base;
    public int Slot;

    /// <summary>A bit for each unit that no slab has.</summary>
    public uint Free;

    /// <summary>A bit for each unit whose memory the system has probably given us.</summary>
    public uint Touched;

    /// <summary>Its memory comes as one huge page, at the first touch of anything.</summary>
    public bool IsHuge;

    /// <summary>The unit at which the lowest open slab of a class begins, or -1. LOCK: the class's gate.</summary>
    public static int FirstOpen(Chunk* chunk, int sizeClass)
    {
        var wanted = Vector256.Create((byte)sizeClass);
        var open = Vector256.Equals(Vector256.Load(chunk->Open), wanted).ExtractMostSignificantBits();
        return open == 0 ? -1 : BitOperations.TrailingZeroCount(open);
    }

    /// <summary>The units from which runs of so many bits go up.</summary>
    public static uint RunsOf(uint units, int length)
    {
        for (var have = 1; have < length;)
        {
            var step = Math.Min(have, length - have);
            units &= units >> step;
            have += step;
        }

        return units;
    }

    /// <summary>The bits of a run.</summary>
    public static uint Run(int unit, int length) => (uint)(((1UL << length) - 1) << unit);
}
