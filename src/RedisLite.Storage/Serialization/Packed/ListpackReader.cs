using System.Buffers.Binary;

namespace RedisLite.Storage.Serialization.Packed;

/// <summary>Reads a listpack, the packed form of Redis 7, and checks all of it on the way.</summary>
/// <remarks>
/// <code>
///   bytes in all (4)   elements, 65535 for "count them" (2)   element ...   FF
///   element:  encoding and data    length of those, in groups of 7 bits, for reading backwards
///
///   0nnnnnnn                 7 bit integer        110nnnnn + 1      13 bit integer
///   10llllll + data          up to 63 bytes       1110llll + 1 + data      up to 4095 bytes
///   F0 + 4 + data            longer               F1 F2 F3 F4 + 2 3 4 8    integer
/// </code>
/// Integers are little-endian but for the 13 bits and the lengths of 12, whose high bits come first.
/// </remarks>
internal ref struct ListpackReader : IPackedReader
{
    public const int HeaderSize = 6;

    /// <summary>A count that stands for any number of elements from here on.</summary>
    public const int UncountedElements = ushort.MaxValue;

    public const byte End = 0xff;

    private readonly ReadOnlySpan<byte> _elements;
    private readonly int _announced;
    private int _at;
    private long _read;

    public ListpackReader(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < HeaderSize + 1)
            throw new MalformedValueException($"a listpack cannot have {blob.Length} bytes");
        if (BinaryPrimitives.ReadUInt32LittleEndian(blob) != blob.Length)
            throw new MalformedValueException("a listpack is not as long as its header says");
        if (blob[^1] != End)
            throw new MalformedValueException("a listpack has no end");
        _announced = BinaryPrimitives.ReadUInt16LittleEndian(blob[sizeof(uint)..]);
        _elements = blob[HeaderSize..^1];
    }

    /// <summary>How many elements there are as the header says, and at most as many as there can be.</summary>
    public readonly int CountHint => Math.Min(_announced, _elements.Length / 2);

    public readonly bool IsEmpty => _elements.IsEmpty;

    public readonly bool IsAtEnd => _at == _elements.Length;

    /// <inheritdoc/>
    public bool TryRead(out PackedElement element)
    {
        if (_at == _elements.Length)
        {
            if (_announced != UncountedElements && _announced != _read)
                throw new MalformedValueException($"a listpack has {_read} elements, {_announced} by its header");
            element = default;
            return false;
        }

        var rest = _elements[_at..];
        var size = ReadElement(rest, out element);
        var backLength = BackLengthSize(size);
        if (rest.Length < size + backLength || ReadBackLength(rest.Slice(size, backLength)) != size)
            throw new MalformedValueException("an element of a listpack has another length backwards");
        _at += size + backLength;
        _read++;
        return true;
    }

    /// <summary>The next element, which must be there.</summary>
    public PackedElement Read(string what) =>
        TryRead(out var element)
            ? element
            : throw new MalformedValueException($"a listpack ends where {what} was expected");

    /// <summary>How many bytes the length of an element takes behind it.</summary>
    /// <remarks>Redis compares with "less than" from two bytes on, so the largest number of each size takes one
    /// more.</remarks>
    public static int BackLengthSize(int size) => size switch
    {
        <= 127 => 1,
        < 16383 => 2,
        < 2097151 => 3,
        < 268435455 => 4,
        _ => 5,
    };

    private static int ReadElement(ReadOnlySpan<byte> rest, out PackedElement element)
    {
        var first = rest[0];
        switch (first)
        {
            case < 0x80:
                element = new PackedElement(first);
                return 1;
            case < 0xc0:
                return Take(rest, 1, first & 0x3fu, out element);
            case < 0xe0:
                // Shifting up and down again fills the bits above the thirteenth with the sign.
                element = new PackedElement((short)(BinaryPrimitives.ReadUInt16BigEndian(Need(rest, 2)) << 3) >> 3);
                return 2;
            case < 0xf0:
                return Take(rest, 2, BinaryPrimitives.ReadUInt16BigEndian(Need(rest, 2)) & 0xfffu, out element);
            case 0xf0:
                return Take(rest, 5, BinaryPrimitives.ReadUInt32LittleEndian(Need(rest, 5)[1..]), out element);
            case 0xf1:
                element = new PackedElement(BinaryPrimitives.ReadInt16LittleEndian(Need(rest, 3)[1..]));
                return 3;
            case 0xf2:
                element = new PackedElement(BinaryPrimitives.ReadInt32LittleEndian(Need(rest, 4)) >> 8);
                return 4;
            case 0xf3:
                element = new PackedElement(BinaryPrimitives.ReadInt32LittleEndian(Need(rest, 5)[1..]));
                return 5;
            case 0xf4:
                element = new PackedElement(BinaryPrimitives.ReadInt64LittleEndian(Need(rest, 9)[1..]));
                return 9;
            default:
                throw new MalformedValueException($"no element of a listpack starts with byte 0x{first:x2}");
        }
    }

    private static int Take(ReadOnlySpan<byte> rest, int header, uint length, out PackedElement element)
    {
        if (length > (uint)(rest.Length - header))
            throw new MalformedValueException("an element reaches beyond its listpack");
        element = new PackedElement(rest.Slice(header, (int)length));
        return header + (int)length;
    }

    private static ReadOnlySpan<byte> Need(ReadOnlySpan<byte> rest, int count) =>
        rest.Length >= count ? rest : throw new MalformedValueException("an element reaches beyond its listpack");

    /// <summary>Groups of seven bits, the highest first; all but the first have their high bit set.</summary>
    private static long ReadBackLength(ReadOnlySpan<byte> groups)
    {
        var length = 0L;
        for (var i = 0; i < groups.Length; i++)
        {
            if ((groups[i] & 0x80) != 0 != (i > 0))
                return -1;
            length = (length << 7) | (uint)(groups[i] & 0x7f);
        }

        return length;
    }
}
