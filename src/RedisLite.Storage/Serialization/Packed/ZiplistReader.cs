using System.Buffers.Binary;

namespace RedisLite.Storage.Serialization.Packed;

/// <summary>Reads a ziplist, the packed form of Redis 2.6 to 6.2, and checks all of it on the way.</summary>
/// <remarks>
/// <code>
///   bytes in all (4)   offset of the last entry (4)   entries, 65535 for "count them" (2)   entry ...   FF
///   entry:  length of the one before, in one byte or FE and 4     encoding     data
///
///   00llllll                 up to 63 bytes       01llllll + 1     up to 16383 bytes
///   80 + 4                   longer               F1 to FD         the integers 0 to 12
///   C0 D0 E0 F0 FE           an integer in 2, 4, 8, 3, 1 bytes
/// </code>
/// Lengths of data are big-endian, all else little-endian.
/// </remarks>
internal ref struct ZiplistReader : IPackedReader
{
    private const int HeaderSize = 10;
    private const byte End = 0xff;
    private const byte LongPrevious = 0xfe;
    private const int UncountedEntries = ushort.MaxValue;

    private readonly ReadOnlySpan<byte> _entries;
    private readonly int _announced;
    private readonly uint _lastOffset;
    private int _at;
    private int _previous;
    private int _previousStart;
    private long _read;

    public ZiplistReader(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < HeaderSize + 1)
            throw new MalformedValueException($"a ziplist cannot have {blob.Length} bytes");
        if (BinaryPrimitives.ReadUInt32LittleEndian(blob) != blob.Length)
            throw new MalformedValueException("a ziplist is not as long as its header says");
        if (blob[^1] != End)
            throw new MalformedValueException("a ziplist has no end");
        _lastOffset = BinaryPrimitives.ReadUInt32LittleEndian(blob[sizeof(uint)..]);
        _announced = BinaryPrimitives.ReadUInt16LittleEndian(blob[(2 * sizeof(uint))..]);
        _entries = blob[HeaderSize..^1];
    }

    /// <summary>How many entries there are as the header says, and at most as many as there can be.</summary>
    public readonly int CountHint => Math.Min(_announced, _entries.Length / 2);

    /// <inheritdoc/>
    public bool TryRead(out PackedElement element)
    {
        if (_at == _entries.Length)
        {
            if (_lastOffset != HeaderSize + _previousStart)
                throw new MalformedValueException("the last entry of a ziplist is not where its header says");
            if (_announced != UncountedEntries && _announced != _read)
                throw new MalformedValueException($"a ziplist has {_read} entries, {_announced} by its header");
            element = default;
            return false;
        }

        var rest = _entries[_at..];
        var size = ReadPrevious(rest, out var previous);
        if (previous != (uint)_previous)
            throw new MalformedValueException("an entry of a ziplist has another length backwards");
        if (size == rest.Length)
            throw Beyond();
        size += ReadEntry(rest[size..], out element);
        _previousStart = _at;
        _previous = size;
        _at += size;
        _read++;
        return true;
    }

    private static int ReadPrevious(ReadOnlySpan<byte> rest, out uint length)
    {
        switch (rest[0])
        {
            case < LongPrevious:
                length = rest[0];
                return 1;
            case LongPrevious:
                length = BinaryPrimitives.ReadUInt32LittleEndian(Need(rest, 5)[1..]);
                return 5;
            default:
                throw new MalformedValueException("a ziplist ends too early");
        }
    }

    private static int ReadEntry(ReadOnlySpan<byte> rest, out PackedElement element)
    {
        var first = rest[0];
        switch (first)
        {
            case < 0x40:
                return Take(rest, 1, first, out element);
            case < 0x80:
                return Take(rest, 2, BinaryPrimitives.ReadUInt16BigEndian(Need(rest, 2)) & 0x3fffu, out element);
            case 0x80:
                return Take(rest, 5, BinaryPrimitives.ReadUInt32BigEndian(Need(rest, 5)[1..]), out element);
            case 0xc0:
                element = new PackedElement(BinaryPrimitives.ReadInt16LittleEndian(Need(rest, 3)[1..]));
                return 3;
            case 0xd0:
                element = new PackedElement(BinaryPrimitives.ReadInt32LittleEndian(Need(rest, 5)[1..]));
                return 5;
            case 0xe0:
                element = new PackedElement(BinaryPrimitives.ReadInt64LittleEndian(Need(rest, 9)[1..]));
                return 9;
            case 0xf0:
                element = new PackedElement(BinaryPrimitives.ReadInt32LittleEndian(Need(rest, 4)) >> 8);
                return 4;
            case 0xfe:
                element = new PackedElement((sbyte)Need(rest, 2)[1]);
                return 2;
            case >= 0xf1 and <= 0xfd:
                element = new PackedElement(first - 0xf1);
                return 1;
            default:
                throw new MalformedValueException($"no entry of a ziplist has the encoding 0x{first:x2}");
        }
    }

    private static int Take(ReadOnlySpan<byte> rest, int header, uint length, out PackedElement element)
    {
        if (length > (uint)(rest.Length - header))
            throw Beyond();
        element = new PackedElement(rest.Slice(header, (int)length));
        return header + (int)length;
    }

    private static ReadOnlySpan<byte> Need(ReadOnlySpan<byte> rest, int count) =>
        rest.Length >= count ? rest : throw Beyond();

    private static MalformedValueException Beyond() => new("an entry reaches beyond its ziplist");
}
