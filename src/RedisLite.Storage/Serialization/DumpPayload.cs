using System.Buffers.Binary;

namespace RedisLite.Storage.Serialization;

/// <summary>What <see cref="DumpPayload.Open"/> found.</summary>
public enum DumpStatus
{
    /// <summary>A string value.</summary>
    String,

    /// <summary>Too short, from a newer version, or the checksum does not agree: Redis's "DUMP payload version or checksum
    /// are wrong".</summary>
    BadVersionOrChecksum,

    /// <summary>The frame is sound but what is in it is not: Redis's "Bad data format".</summary>
    BadFormat,

    /// <summary>A sound frame around a type that is not stored here (yet).</summary>
    UnsupportedType,
}

/// <summary>The serialized values that DUMP gives and RESTORE takes.</summary>
/// <remarks>
/// <code>
///   type (1)   value as in RDB   RDB version (2, little-endian)   CRC-64 of all before it (8, little-endian)
/// </code>
/// The format of Redis 7.0, so values can be moved between it and RedisLite.
/// </remarks>
public static class DumpPayload
{
    /// <summary>The RDB version of Redis 7.0, the newest that RESTORE takes.</summary>
    public const int RdbVersion = 10;

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

    /// <summary>Checks a payload and finds the value in it. Any bytes are safe.</summary>
    /// <param name="payload">What a client sent.</param>
    /// <param name="value">
    /// A view into the payload, if the status is <see cref="DumpStatus.String"/>. A compressed value is only found to be
    /// damaged when it is copied out: that is <see cref="DumpStatus.BadFormat"/> too.
    /// </param>
    public static DumpStatus Open(ReadOnlySpan<byte> payload, out RdbString value)
    {
        value = default;
        if (payload.Length < FooterSize)
            return DumpStatus.BadVersionOrChecksum;
        var version = BinaryPrimitives.ReadUInt16LittleEndian(payload[^FooterSize..]);
        var checksum = BinaryPrimitives.ReadUInt64LittleEndian(payload[^ChecksumSize..]);
        if (version > RdbVersion || Crc64.Compute(payload[..^ChecksumSize]) != checksum)
            return DumpStatus.BadVersionOrChecksum;

        // Like Redis, bytes between the value and the footer are not looked at.
        var body = payload[..^FooterSize];
        if (body.IsEmpty || RdbTypeNames.NameOf((RdbType)body[0]) is null)
            return DumpStatus.BadFormat;
        if (body[0] != (byte)RdbType.String)
            return DumpStatus.UnsupportedType;
        return RdbEncoding.TryReadString(body[1..], out value, out _) ? DumpStatus.String : DumpStatus.BadFormat;
    }
}
