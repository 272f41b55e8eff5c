using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace RedisLite.Commands.Bitmaps;

/// <summary>
/// A string as an array of bits: bit 0 is the highest bit of byte 0, and what is beyond the end reads as zero.
/// </summary>
internal static class BitString
{
    private const int ByteBits = 8;

    /// <summary>Bytes of a field of up to 64 bits that starts anywhere in a byte.</summary>
    private const int MostFieldBytes = 9;

    public static bool Get(ReadOnlySpan<byte> bytes, long bit) =>
        bit / ByteBits < bytes.Length && (bytes[(int)(bit / ByteBits)] & MaskOf(bit)) != 0;

    public static void Set(Span<byte> bytes, long bit, bool value)
    {
        ref var target = ref bytes[(int)(bit / ByteBits)];
        target = (byte)(value ? target | MaskOf(bit) : target & ~MaskOf(bit));
    }

    /// <summary>Number of ones.</summary>
    public static long Count(ReadOnlySpan<byte> bytes)
    {
        // Four sums, so that the additions do not wait for each other: as fast as memory delivers.
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        long a = 0, b = 0, c = 0, d = 0;
        var i = 0;
        for (; i <= words.Length - 4; i += 4)
        {
            a += BitOperations.PopCount(words[i]);
            b += BitOperations.PopCount(words[i + 1]);
            c += BitOperations.PopCount(words[i + 2]);
            d += BitOperations.PopCount(words[i + 3]);
        }

        for (; i < words.Length; i++)
            a += BitOperations.PopCount(words[i]);
        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
            a += BitOperations.PopCount(rest);
        return a + b + c + d;
    }

    /// <summary>Number of ones from one bit to another, both included and both there.</summary>
    public static long Count(ReadOnlySpan<byte> bytes, long firstBit, long lastBit)
    {
        var first = (int)(firstBit / ByteBits);
        var last = (int)(lastBit / ByteBits);
        return Count(bytes[first..(last + 1)])
            - BitOperations.PopCount((byte)(bytes[first] & ~FromBit(firstBit)))
            - BitOperations.PopCount((byte)(bytes[last] & ~UpToBit(lastBit)));
    }

    /// <summary>
    /// The first bit of a value from one bit to another, both included and both there; -1 when there is none.
    /// </summary>
    public static long IndexOf(ReadOnlySpan<byte> bytes, bool value, long firstBit, long lastBit)
    {
        var last = (int)(lastBit / ByteBits);
        // With zeros looked for, all is inverted, so that a one is looked for in any case.
        var invert = value ? 0 : 0xFF;
        for (var at = (int)(firstBit / ByteBits); at <= last; at++)
        {
            var ones = bytes[at] ^ invert;
            if (at == firstBit / ByteBits)
                ones &= FromBit(firstBit);
            if (at == last)
                ones &= UpToBit(lastBit);
            if (ones != 0)
                return ((long)at * ByteBits) + BitOperations.LeadingZeroCount((uint)ones) - 24;

            // Whole bytes without such a bit, many at a time; the last one may be in the range in part only.
            if (at + 1 >= last)
                continue;
            var skipped = bytes[(at + 1)..last].IndexOfAnyExcept((byte)invert);
            at = skipped < 0 ? last - 1 : at + skipped;
        }

        return -1;
    }

    /// <summary>An unsigned field of 1 to 64 bits, the highest first.</summary>
    public static ulong GetField(ReadOnlySpan<byte> bytes, long bit, int width)
    {
        Span<byte> window = stackalloc byte[MostFieldBytes];
        window.Clear();
        var start = bit / ByteBits;
        if (start < bytes.Length)
        {
            var there = bytes[(int)start..];
            there[..Math.Min(there.Length, MostFieldBytes)].CopyTo(window);
        }

        var shift = (int)(bit % ByteBits);
        var high = BinaryPrimitives.ReadUInt64BigEndian(window) << shift;
        var low = (ulong)window[MostFieldBytes - 1] >> (ByteBits - shift);
        return (high | low) >> (64 - width);
    }

    /// <summary>Writes a field of 1 to 64 bits; all of it must be there.</summary>
    /// <param name="bytes">The string.</param>
    /// <param name="bit">Where the field begins.</param>
    /// <param name="width">Its bits.</param>
    /// <param name="value">Its lowest <paramref name="width"/> bits are written.</param>
    public static void SetField(Span<byte> bytes, long bit, int width, ulong value)
    {
        var shift = (int)(bit % ByteBits);
        var mask = (UInt128)(ulong.MaxValue >> (64 - width));
        var position = (MostFieldBytes * ByteBits) - shift - width;
        mask <<= position;
        var placed = ((UInt128)value << position) & mask;
        var target = bytes[(int)(bit / ByteBits)..];
        for (var i = 0; i < (shift + width + ByteBits - 1) / ByteBits; i++)
        {
            var down = (MostFieldBytes - 1 - i) * ByteBits;
            target[i] = (byte)((target[i] & ~(byte)(mask >> down)) | (byte)(placed >> down));
        }
    }

    /// <summary>
    /// In place: <c>target = target op source</c>, where source is as long or shorter and zero beyond its end.
    /// </summary>
    public static void Combine(BitOperator op, Span<byte> target, ReadOnlySpan<byte> source)
    {
        var common = target[..source.Length];
        var targets = MemoryMarshal.Cast<byte, Vector<byte>>(common);
        var sources = MemoryMarshal.Cast<byte, Vector<byte>>(source);
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] = op switch
            {
                BitOperator.And => targets[i] & sources[i],
                BitOperator.Or => targets[i] | sources[i],
                _ => targets[i] ^ sources[i],
            };
        }

        for (var i = targets.Length * Vector<byte>.Count; i < common.Length; i++)
        {
            common[i] = op switch
            {
                BitOperator.And => (byte)(common[i] & source[i]),
                BitOperator.Or => (byte)(common[i] | source[i]),
                _ => (byte)(common[i] ^ source[i]),
            };
        }

        if (op == BitOperator.And)
            target[source.Length..].Clear();
    }

    /// <summary>In place: every bit the other way round.</summary>
    public static void Invert(Span<byte> target)
    {
        var words = MemoryMarshal.Cast<byte, Vector<byte>>(target);
        for (var i = 0; i < words.Length; i++)
            words[i] = ~words[i];
        for (var i = words.Length * Vector<byte>.Count; i < target.Length; i++)
            target[i] = (byte)~target[i];
    }

    private static int MaskOf(long bit) => 0x80 >> (int)(bit % ByteBits);

    /// <summary>The bits of a byte from this one on.</summary>
    private static int FromBit(long bit) => 0xFF >> (int)(bit % ByteBits);

    /// <summary>The bits of a byte up to this one.</summary>
    private static int UpToBit(long bit) => ~(0x7F >> (int)(bit % ByteBits)) & 0xFF;
}

/// <summary>The operators that BITOP combines strings by.</summary>
internal enum BitOperator
{
    And,
    Or,
    Xor,
    Not,
}
