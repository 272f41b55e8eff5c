using System.Runtime.CompilerServices;

namespace RedisLite.Storage.Values.Trees;

/// <summary>The fixed part of an element's order: 0, 4, 8 or 16 bytes as a number of up to 128 bits.</summary>
/// <remarks>Widths 4 and 8 use <see cref="High"/> alone; 16 has the more significant half there; 0 has no
/// key.</remarks>
internal readonly record struct TreeKey(ulong High, ulong Low = 0)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TreeKey Read(byte* keys, int index, int width) => width switch
    {
        4 => new(((uint*)keys)[index]),
        8 => new(((ulong*)keys)[index]),
        16 => new(((ulong*)keys)[2 * index], ((ulong*)keys)[(2 * index) + 1]),
        _ => default,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Write(byte* keys, int index, int width)
    {
        switch (width)
        {
            case 4:
                ((uint*)keys)[index] = (uint)High;
                break;
            case 8:
                ((ulong*)keys)[index] = High;
                break;
            case 16:
                ((ulong*)keys)[2 * index] = High;
                ((ulong*)keys)[(2 * index) + 1] = Low;
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CompareTo(TreeKey other)
    {
        var order = High.CompareTo(other.High);
        return order != 0 ? order : Low.CompareTo(other.Low);
    }

    /// <summary>Number of keys in a rising column that are less than this one.</summary>
    public unsafe int LowerBound(byte* keys, int count, int width)
    {
        var low = 0;
        if (width == 4)
        {
            var column = (uint*)keys;
            var key = (uint)High;
            while (count > 0)
            {
                var half = count >> 1;
                var less = column[low + half] < key;
                low = less ? low + half + 1 : low;
                count = less ? count - half - 1 : half;
            }
            return low;
        }
        while (count > 0)
        {
            var half = count >> 1;
            if (Read(keys, low + half, width).CompareTo(this) < 0)
            {
                low += half + 1;
                count -= half + 1;
            }
            else
            {
                count = half;
            }
        }
        return low;
    }

    /// <summary>Number of keys in a rising column that are not greater than this one.</summary>
    public unsafe int UpperBound(byte* keys, int count, int width)
    {
        var low = 0;
        while (count > 0)
        {
            var half = count >> 1;
            if (Read(keys, low + half, width).CompareTo(this) <= 0)
            {
                low += half + 1;
                count -= half + 1;
            }
            else
            {
                count = half;
            }
        }
        return low;
    }
}
