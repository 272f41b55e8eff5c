using System.Numerics;
using System.Runtime.CompilerServices;

namespace RedisLite.Storage.Memory;

/// <summary>The sizes in which <see cref="SlabAllocator"/> serves blocks.</summary>
/// <remarks>
/// <code>
///     bytes asked           step             classes
///     1 .. 256              8                  0 ..  31
///     257 .. 1 KiB          16                32 ..  79
///     1 KiB .. 512 KiB      1/8 of the last   80 .. 151     1152, 1280, .. 2048, 2304, .. 524288
///                           power of two
///     beyond                a page            none: each block is a mapping of its own
/// </code>
/// A slab of a class is a run of units of 64 KiB, as few as leave no more than 1/64 behind the last block. As a slab
/// begins at a unit, a block is aligned to the largest power of two that divides its class's size: 8 at least, 64 for a
/// multiple of 64.
/// </remarks>
internal static class SizeClasses
{
    public const int Count = 152;

    /// <summary>The largest block of a class.</summary>
    public const int Largest = 512 * 1024;

    private const int SmallStepEnd = 256;
    private const int MiddleStepEnd = 1024;
    private const int SmallClasses = 32;
    private const int MiddleClasses = 80;
    private const int MostUnits = 16;

    private static readonly int PageMask = Environment.SystemPageSize - 1;

    /// <summary>What a request takes: its class's size, or whole pages.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long RoundUp(long size)
    {
        if (size <= SmallStepEnd)
            return Math.Max(8, (size + 7) & ~7L);
        if (size <= MiddleStepEnd)
            return (size + 15) & ~15L;
        if (size > Largest)
            return RoundUpToPages(size);
        var mask = (1L << (BitOperations.Log2((uint)size - 1) - 3)) - 1;
        return (size + mask) & ~mask;
    }

    /// <summary>The class of a request of at most <see cref="Largest"/> bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ClassOf(nuint size)
    {
        var last = (int)size - 1;
        if (last < SmallStepEnd)
            return Math.Max(last, 0) >> 3;
        if (last < MiddleStepEnd)
            return SmallClasses + ((last - SmallStepEnd) >> 4);
        var power = BitOperations.Log2((uint)last);
        return MiddleClasses + ((power - 10) * 8) + (last >> (power - 3)) - 8;
    }

    /// <summary>The size of a class's blocks.</summary>
    public static int SizeOf(int sizeClass)
    {
        if (sizeClass < SmallClasses)
            return (sizeClass + 1) * 8;
        if (sizeClass < MiddleClasses)
            return SmallStepEnd + ((sizeClass - SmallClasses + 1) * 16);
        var (doubling, eighth) = Math.DivRem(sizeClass - MiddleClasses, 8);
        return (MiddleStepEnd / 8 * (eighth + 9)) << doubling;
    }

    /// <summary>Units of 64 KiB of a class's slabs.</summary>
    public static int UnitsOf(int sizeClass)
    {
        var size = SizeOf(sizeClass);
        var best = 0;
        var least = double.MaxValue;
        for (var units = 1; units <= MostUnits; units++)
        {
            var slab = units * Chunk.UnitSize;
            var waste = slab < size ? 1 : (double)(slab % size) / slab;
            if (waste <= 1.0 / 64)
                return units;
            if (waste < least)
                (best, least) = (units, waste);
        }

        return best;
    }

    private static long RoundUpToPages(long size) => (size + PageMask) & ~(long)PageMask;
}
