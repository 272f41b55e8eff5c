using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RedisLite.Commands.HyperLogLog;

/// <summary>The registers of a dense value: six bits each without gaps, the lowest bits first.</summary>
/// <remarks>
/// Four registers take three bytes:
/// <code>
///   byte     0          1          2
///   bits  [11000000] [22221111] [33333322]      the digit: whose bits, the highest at the left
/// </code>
/// All methods take the whole value, header included.
/// </remarks>
internal static class DenseRegisters
{
    private const int BitsEach = 6;
    private const uint Mask = (1 << BitsEach) - 1;

    /// <summary>Bytes of a value that are unpacked at a time, to <see cref="Vector128{T}.Count"/> registers.</summary>
    private const int GroupLength = 12;

    /// <summary>Raises one register. False when it is as high already.</summary>
    public static bool Raise(Span<byte> value, int register, byte rank)
    {
        if (Get(value, register) >= rank)
            return false;
        var bit = register * BitsEach;
        var at = HyperLogLogValue.HeaderLength + (bit / 8);
        var shift = bit % 8;
        value[at] = (byte)((value[at] & ~(Mask << shift)) | ((uint)rank << shift));

        // The last register ends with the last byte, so there is a next byte whenever one is needed.
        if (shift > 8 - BitsEach)
            value[at + 1] = (byte)((value[at + 1] & ~(Mask >> (8 - shift))) | ((uint)rank >> (8 - shift)));
        return true;
    }

    public static byte Get(ReadOnlySpan<byte> value, int register)
    {
        var bit = register * BitsEach;
        var at = HyperLogLogValue.HeaderLength + (bit / 8);
        var shift = bit % 8;
        var bits = (uint)value[at] >> shift;
        if (shift > 8 - BitsEach)
            bits |= (uint)value[at + 1] << (8 - shift);
        return (byte)(bits & Mask);
    }

    /// <summary>Raises each of the registers to those of a value.</summary>
    /// <param name="value">A dense value.</param>
    /// <param name="registers">One byte each, all of them.</param>
    public static void MergeInto(ReadOnlySpan<byte> value, Span<byte> registers)
    {
        // Sixteen bytes are read of which the last twelve count: before the first group that is the header's end, and
        // after the last one nothing is read.
        const int Before = 16 - GroupLength;
        var spread = Vector128.Create((byte)4, 5, 6, 255, 7, 8, 9, 255, 10, 11, 12, 255, 13, 14, 15, 255);
        var merged = MemoryMarshal.Cast<byte, Vector128<byte>>(registers);
        for (var i = 0; i < merged.Length; i++)
        {
            var packed = Vector128.Create(value.Slice(HyperLogLogValue.HeaderLength - Before + (i * GroupLength), 16));
            var fours = Vector128.Shuffle(packed, spread).AsUInt32();
            var bytes = (fours & Vector128.Create(Mask))
                | ((fours << 2) & Vector128.Create(Mask << 8))
                | ((fours << 4) & Vector128.Create(Mask << 16))
                | ((fours << 6) & Vector128.Create(Mask << 24));
            merged[i] = Vector128.Max(merged[i], bytes.AsByte());
        }
    }

    /// <summary>Writes all registers.</summary>
    /// <param name="registers">One byte each, all of them.</param>
    /// <param name="value">A dense value.</param>
    public static void Pack(ReadOnlySpan<byte> registers, Span<byte> value)
    {
        var target = value[HyperLogLogValue.HeaderLength..];
        for (int from = 0, to = 0; from < registers.Length; from += 4, to += 3)
        {
            var bits = registers[from] | ((uint)registers[from + 1] << 6) | ((uint)registers[from + 2] << 12)
                | ((uint)registers[from + 3] << 18);
            target[to] = (byte)bits;
            target[to + 1] = (byte)(bits >> 8);
            target[to + 2] = (byte)(bits >> 16);
        }
    }
}
