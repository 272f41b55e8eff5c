using System.Buffers.Binary;

namespace RedisLite.Storage.Serialization.Packed;

/// <summary>A sorted array of integers of one width, little-endian: small sets that hold nothing else.</summary>
/// <remarks>
/// <code>
///   width: 2, 4 or 8 (4)   count (4)   integers, ascending
/// </code>
/// </remarks>
internal static class Intset
{
    public const int HeaderSize = 8;

    /// <summary>Checks a blob.</summary>
    /// <returns>Width and number of the integers.</returns>
    public static (int Width, int Count) Check(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < HeaderSize)
            throw new MalformedValueException($"an intset cannot have {blob.Length} bytes");
        var width = BinaryPrimitives.ReadUInt32LittleEndian(blob);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(blob[sizeof(uint)..]);
        if (width is not (2 or 4 or 8))
            throw new MalformedValueException($"an intset cannot have integers of {width} bytes");
        if ((ulong)count * width != (ulong)(blob.Length - HeaderSize))
            throw new MalformedValueException("an intset is not as long as its header says");
        for (var i = 1; i < (int)count; i++)
            if (Get(blob, (int)width, i - 1) >= Get(blob, (int)width, i))
                throw new MalformedValueException("the integers of an intset do not ascend");
        return ((int)width, (int)count);
    }

    public static long Get(ReadOnlySpan<byte> blob, int width, int index)
    {
        var integer = blob[(HeaderSize + (index * width))..];
        return width switch
        {
            2 => BinaryPrimitives.ReadInt16LittleEndian(integer),
            4 => BinaryPrimitives.ReadInt32LittleEndian(integer),
            _ => BinaryPrimitives.ReadInt64LittleEndian(integer),
        };
    }

    /// <summary>Writes a blob.</summary>
    /// <param name="destination">Room for the header and eight bytes an integer.</param>
    /// <param name="ascending">The integers, sorted, none twice.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<long> ascending)
    {
        var width = ascending.IsEmpty ? 2 : Math.Max(WidthOf(ascending[0]), WidthOf(ascending[^1]));
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)width);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[sizeof(uint)..], (uint)ascending.Length);
        var at = HeaderSize;
        foreach (var value in ascending)
        {
            switch (width)
            {
                case 2:
                    BinaryPrimitives.WriteInt16LittleEndian(destination[at..], (short)value);
                    break;
                case 4:
                    BinaryPrimitives.WriteInt32LittleEndian(destination[at..], (int)value);
                    break;
                default:
                    BinaryPrimitives.WriteInt64LittleEndian(destination[at..], value);
                    break;
            }

            at += width;
        }

        return at;
    }

    private static int WidthOf(long value) => value switch
    {
        >= short.MinValue and <= short.MaxValue => 2,
        >= int.MinValue and <= int.MaxValue => 4,
        _ => 8,
    };
}
