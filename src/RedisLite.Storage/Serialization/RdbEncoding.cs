using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace RedisLite.Storage.Serialization;

/// <summary>Lengths and strings as RDB files and DUMP payloads hold them.</summary>
/// <remarks>
/// A length starts with two bits that say how it goes on, big-endian:
///
/// <code>
///   00llllll                            6 bits
///   01llllll llllllll                  14 bits
///   10000000 + 4 bytes                 32 bits
///   10000001 + 8 bytes                 64 bits
///   11eeeeee                           no length but a string in encoding e:
///                                      0, 1, 2: an 8, 16, 32 bit little-endian integer, meaning its decimal text
///                                      3: LZF: length of the block, length of the string, block
/// </code>
///
/// A string is its length and its bytes, or one of those encodings. All methods are pure and thread-safe.
/// </remarks>
public static class RdbEncoding
{
    /// <summary>The most bytes a length takes.</summary>
    public const int MaxLengthSize = 9;

    /// <summary>The number of the encoding that is an LZF block; the others are integers.</summary>
    public const int LzfBlock = 3;

    private const int Int8 = 0;
    private const int Int16 = 1;
    private const int Int32 = 2;

    /// <summary>"-2147483648": the longest text that an integer encoding can stand for.</summary>
    internal const int MaxIntegerTextLength = 11;

    /// <summary>Redis tries to compress strings that are longer than this.</summary>
    private const int LzfThreshold = 20;

    /// <summary>A block must be at least so much shorter than the string, which pays for its second length.</summary>
    private const int LzfSaving = 4;

    private const byte Length32 = 0x80;
    private const byte Length64 = 0x81;

    /// <summary>The most bytes that <see cref="WriteString"/> writes for a value of this length.</summary>
    public static int MaxStringSize(int valueLength) => checked(valueLength + MaxLengthSize);

    /// <summary>Writes a length in its shortest form.</summary>
    /// <returns>The number of bytes written, at most <see cref="MaxLengthSize"/>.</returns>
    public static int WriteLength(Span<byte> destination, ulong length)
    {
        switch (length)
        {
            case < 1 << 6:
                destination[0] = (byte)length;
                return 1;
            case < 1 << 14:
                BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)(0x4000 | length));
                return 2;
            case <= uint.MaxValue:
                destination[0] = Length32;
                BinaryPrimitives.WriteUInt32BigEndian(destination[1..], (uint)length);
                return 5;
            default:
                destination[0] = Length64;
                BinaryPrimitives.WriteUInt64BigEndian(destination[1..], length);
                return 9;
        }
    }

    /// <summary>
    /// Writes a string as Redis would: an integer if it is the text of one, else an LZF block if that is shorter.
    /// </summary>
    /// <param name="destination">At least <see cref="MaxStringSize"/> bytes.</param>
    /// <param name="value">The string; must not overlap the destination.</param>
    /// <param name="compress">Whether LZF may be used (<c>rdbcompression</c>).</param>
    /// <returns>The number of bytes written.</returns>
    public static int WriteString(Span<byte> destination, ReadOnlySpan<byte> value, bool compress)
    {
        var size = WriteInteger(destination, value);
        if (size == 0 && compress && value.Length > LzfThreshold)
            size = WriteCompressed(destination, value);
        if (size != 0)
            return size;

        size = WriteLength(destination, (ulong)value.Length);
        value.CopyTo(destination[size..]);
        return size + value.Length;
    }

    /// <summary>Reads a length or the mark of an encoded string.</summary>
    /// <returns>
    /// <see cref="OperationStatus.NeedMoreData"/> if the source ends too early,
    /// <see cref="OperationStatus.InvalidData"/> if its first byte starts no length.
    /// </returns>
    public static OperationStatus ReadLength(ReadOnlySpan<byte> source, out RdbLength length)
    {
        length = default;
        if (source.IsEmpty)
            return OperationStatus.NeedMoreData;
        var first = source[0];
        var size = (first >> 6, first) switch
        {
            (0 or 3, _) => 1,
            (1, _) => 2,
            (_, Length32) => 5,
            (_, Length64) => 9,
            _ => 0,
        };
        if (size == 0)
            return OperationStatus.InvalidData;
        if (source.Length < size)
            return OperationStatus.NeedMoreData;

        var value = size switch
        {
            1 => (ulong)(first & 0x3f),
            2 => (ulong)(BinaryPrimitives.ReadUInt16BigEndian(source) & 0x3fff),
            5 => BinaryPrimitives.ReadUInt32BigEndian(source[1..]),
            _ => BinaryPrimitives.ReadUInt64BigEndian(source[1..]),
        };
        length = new RdbLength(value, IsEncoding: first >> 6 == 3, size);
        return OperationStatus.Done;
    }

    /// <summary>Reads a whole string in any encoding, without copying its bytes.</summary>
    /// <param name="source">Bytes that are not trusted.</param>
    /// <param name="value">A view into the source.</param>
    /// <param name="size">How many bytes of the source the string took.</param>
    /// <returns>False when the source ends too early or is malformed.</returns>
    public static bool TryReadString(ReadOnlySpan<byte> source, out RdbString value, out int size)
    {
        value = default;
        size = 0;
        if (ReadLength(source, out var length) != OperationStatus.Done)
            return false;
        size = length.Size;
        if (!length.IsEncoding)
        {
            if (!Take(source, length.Value, ref size, out var raw))
                return false;
            value = RdbString.FromRaw(raw);
            return true;
        }

        if (length.Value == LzfBlock)
            return TakeLength(source, ref size, out var blockLength)
                && TakeLength(source, ref size, out var rawLength)
                && Take(source, blockLength, ref size, out var block)
                && RdbString.TryCreateCompressed(block, rawLength, out value);

        var width = IntegerSize(length.Value);
        if (width == 0 || !Take(source, (ulong)width, ref size, out var integer))
            return false;
        value = RdbString.FromInteger(integer);
        return true;
    }

    /// <summary>The width in bytes of an integer encoding, or 0 if the number names none.</summary>
    public static int IntegerSize(ulong encoding) => encoding switch
    {
        Int8 => 1,
        Int16 => 2,
        Int32 => 4,
        _ => 0,
    };

    private static bool TakeLength(ReadOnlySpan<byte> source, scoped ref int size, out ulong value)
    {
        var done = ReadLength(source[size..], out var length) == OperationStatus.Done && !length.IsEncoding;
        size += length.Size;
        value = length.Value;
        return done;
    }

    private static bool Take(ReadOnlySpan<byte> source, ulong length, scoped ref int size, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (length > (ulong)(source.Length - size))
            return false;
        taken = source.Slice(size, (int)length);
        size += (int)length;
        return true;
    }

    /// <summary>Writes the text of a 32 bit integer as that integer; returns 0 if the value is no such text.</summary>
    private static int WriteInteger(Span<byte> destination, ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > MaxIntegerTextLength
            || !Utf8Parser.TryParse(value, out int number, out var consumed)
            || consumed != value.Length
            || !IsCanonical(value, number))
        {
            return 0;
        }

        switch (number)
        {
            case >= sbyte.MinValue and <= sbyte.MaxValue:
                destination[0] = 0xc0 | Int8;
                destination[1] = (byte)number;
                return 2;
            case >= short.MinValue and <= short.MaxValue:
                destination[0] = 0xc0 | Int16;
                BinaryPrimitives.WriteInt16LittleEndian(destination[1..], (short)number);
                return 3;
            default:
                destination[0] = 0xc0 | Int32;
                BinaryPrimitives.WriteInt32LittleEndian(destination[1..], number);
                return 5;
        }
    }

    /// <summary>
    /// Whether the integer's text is exactly the value: "007", "+7" and "-0" would come back different.
    /// </summary>
    private static bool IsCanonical(ReadOnlySpan<byte> value, int number)
    {
        Span<byte> text = stackalloc byte[MaxIntegerTextLength];
        return Utf8Formatter.TryFormat(number, text, out var length) && value.SequenceEqual(text[..length]);
    }

    /// <summary>
    /// Writes the value as an LZF block; returns 0, having written nothing of use, if that saves too little.
    /// </summary>
    private static int WriteCompressed(Span<byte> destination, ReadOnlySpan<byte> value)
    {
        // The block's own length comes first and its size is not known yet. Compressing behind the largest header
        // and moving the block down costs less than a second buffer. A header never takes more than 1 + 2 * 5 bytes
        // here, and the destination has room for 9 more than the value, of which the block takes 4 less: 11 + n - 4 < n
        // + 9.
        const int headerRoom = 1 + 5 + 5;
        var blockLength = Lzf.Compress(value, destination.Slice(headerRoom, value.Length - LzfSaving));
        if (blockLength == 0)
            return 0;
        Span<byte> header = stackalloc byte[1 + (2 * MaxLengthSize)];
        header[0] = 0xc0 | LzfBlock;
        var size = 1;
        size += WriteLength(header[size..], (ulong)blockLength);
        size += WriteLength(header[size..], (ulong)value.Length);
        destination.Slice(headerRoom, blockLength).CopyTo(destination[size..]);
        header[..size].CopyTo(destination);
        return size + blockLength;
    }
}

/// <summary>A length, or the mark of an encoded string.</summary>
/// <param name="Value">The length, or the number of the encoding.</param>
/// <param name="IsEncoding">Whether <paramref name="Value"/> is an encoding.</param>
/// <param name="Size">How many bytes it took.</param>
public readonly record struct RdbLength(ulong Value, bool IsEncoding, int Size);
