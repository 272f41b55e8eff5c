using System.Buffers.Binary;

namespace RedisLite.Storage.Serialization;

/// <summary>What <see cref="DumpPayload.Open"/> found.</summary>
public enum DumpStatus
{
    /// <summary>A string value.</summary>
    String,

    /// <summary>A value of another type, to be decoded with a decoder of collections.</summary>
    Collection,

    /// <summary>Too short, from a newer version, or the checksum does not agree: Redis's "DUMP payload version or
    /// checksum are wrong".</summary>
    BadVersionOrChecksum,

    /// <summary>The frame is sound but what is in it is not, or not known: Redis's "Bad data format".</summary>
    BadFormat,
}

/// <summary>A value found in a payload; a view into it.</summary>
public readonly ref struct DumpedValue
{
    internal DumpedValue(RdbType type, RdbString text, ReadOnlySpan<byte> body)
    {
        Type = type;
        String = text;
        Body = body;
    }

    public RdbType Type { get; }

    /// <summary>
    /// The value, if it is a string. A compressed one is only found to be damaged when it is copied out.
    /// </summary>
    public RdbString String { get; }

    /// <summary>What stands behind the type byte.</summary>
    public ReadOnlySpan<byte> Body { get; }
}

/// <summary>The serialized values that DUMP gives and RESTORE takes.</summary>
/// <remarks>
/// <code>
///   type (1)   value as in RDB   RDB version (2, little-endian)   CRC-64 of all before it (8, little-endian)
/// </code>
/// The format of Redis 7.0, so values can be moved between it and RedisLite; but hashes with times to live of their
/// fields go only to Redis 7.4 and RedisLite.
/// </remarks>
public static class DumpPayload
{
    /// <summary>The RDB version of Redis 7.0, which is what is written.</summary>
    public const int RdbVersion = 10;

    /// <summary>The RDB version of Redis 7.4, the newest that RESTORE takes.</summary>
    public const int NewestRdbVersion = 12;

    private const int VersionSize = 2;
    private const int ChecksumSize = 8;
    private const int FooterSize = VersionSize + ChecksumSize;

    /// <summary>The most bytes that <see cref="WriteString"/> writes for a value of this length.</summary>
    public static int MaxStringSize(int valueLength) =>
        checked(1 + RdbEncoding.MaxStringSize(valueLength) + FooterSize);

    /// <summary>Serializes a string value.</summary>
    /// <param name="destination">At least <see cref="MaxStringSize"/> bytes.</param>
    /// <param name="value">The value; must not overlap the destination.</param>
    /// <param name="compress">Whether LZF may be used (<c>rdbcompression</c>).</param>
    /// <returns>The payload's length.</returns>
    public static int WriteString(Span<byte> destination, ReadOnlySpan<byte> value, bool compress = true)
    {
        destination[0] = (byte)RdbType.String;
        var size = 1 + RdbEncoding.WriteString(destination[1..], value, compress);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[size..], RdbVersion);
        size += VersionSize;
        BinaryPrimitives.WriteUInt64LittleEndian(destination[size..], Crc64.Compute(destination[..size]));
        return size + ChecksumSize;
    }

    /// <summary>Begins the payload of a value that is written piece by piece.</summary>
    internal static void Begin(RdbBuffer buffer, RdbType type)
    {
        buffer.Clear();
        buffer.GetSpan(1)[0] = (byte)type;
        buffer.Advance(1);
    }

    /// <summary>Ends the payload that <see cref="Begin"/> began.</summary>
    internal static void End(RdbBuffer buffer)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(buffer.GetSpan(VersionSize), RdbVersion);
        buffer.Advance(VersionSize);
        BinaryPrimitives.WriteUInt64LittleEndian(buffer.GetSpan(ChecksumSize), Crc64.Compute(buffer.Written));
        buffer.Advance(ChecksumSize);
    }

    /// <summary>Checks a payload's frame and finds the value in it. Any bytes are safe.</summary>
    /// <param name="payload">What a client sent.</param>
    /// <param name="value">A view into the payload, if it holds a value.</param>
    public static DumpStatus Open(ReadOnlySpan<byte> payload, out DumpedValue value)
    {
        value = default;
        if (payload.Length < FooterSize)
            return DumpStatus.BadVersionOrChecksum;
        var version = BinaryPrimitives.ReadUInt16LittleEndian(payload[^FooterSize..]);
        var checksum = BinaryPrimitives.ReadUInt64LittleEndian(payload[^ChecksumSize..]);
        if (version > NewestRdbVersion || Crc64.Compute(payload[..^ChecksumSize]) != checksum)
            return DumpStatus.BadVersionOrChecksum;

        // Like Redis, bytes between the value and the footer are not looked at.
        if (payload.Length == FooterSize)
            return DumpStatus.BadFormat;
        var type = (RdbType)payload[0];
        var body = payload[1..^FooterSize];
        if (type.CollectionType() is not null)
        {
            value = new DumpedValue(type, default, body);
            return DumpStatus.Collection;
        }

        if (type != RdbType.String || !RdbEncoding.TryReadString(body, out var text, out _))
            return DumpStatus.BadFormat;
        value = new DumpedValue(type, text, body);
        return DumpStatus.String;
    }
}
