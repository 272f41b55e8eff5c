using System.Buffers.Binary;

namespace RedisLite.Storage.Values.Trees;

/// <summary>The bytes of a hash's field: its length, perhaps its expiry, its name and its value.</summary>
/// <remarks>
///
///     [ name length * 2 + expires, 7 bits a byte, low first ][ expiry, 8 bytes, where it expires ][ name ][ value ]
///
/// </remarks>
internal readonly ref struct FieldEntry
{
    /// <summary>The longest that precedes the name.</summary>
    public const int MaxPrefix = 5 + sizeof(long);

    /// <summary>Expiry of a field that does not expire.</summary>
    public const long NoExpiry = -1;

    private FieldEntry(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, long expireAtMs)
    {
        Name = name;
        Value = value;
        ExpireAtMs = expireAtMs;
    }

    public ReadOnlySpan<byte> Name { get; }

    public ReadOnlySpan<byte> Value { get; }

    public long ExpireAtMs { get; }

    public static FieldEntry Parse(ReadOnlySpan<byte> entry)
    {
        uint head = entry[0];
        var at = 1;
        if (head >= 0x80)
        {
            head &= 0x7F;
            for (var shift = 7; ; shift += 7)
            {
                var next = entry[at++];
                head |= (uint)(next & 0x7F) << shift;
                if (next < 0x80)
                    break;
            }
        }
        var expireAtMs = NoExpiry;
        if ((head & 1) != 0)
        {
            expireAtMs = BinaryPrimitives.ReadInt64LittleEndian(entry[at..]);
            at += sizeof(long);
        }
        var length = (int)(head >> 1);
        return new FieldEntry(entry.Slice(at, length), entry[(at + length)..], expireAtMs);
    }

    /// <summary>Writes what precedes the name.</summary>
    /// <returns>Number of bytes written.</returns>
    public static int WritePrefix(Span<byte> target, int nameLength, long expireAtMs)
    {
        var head = ((uint)nameLength << 1) | (expireAtMs == NoExpiry ? 0u : 1u);
        var at = 0;
        for (; head >= 0x80; head >>= 7)
            target[at++] = (byte)(head | 0x80);
        target[at++] = (byte)head;
        if (expireAtMs == NoExpiry)
            return at;
        BinaryPrimitives.WriteInt64LittleEndian(target[at..], expireAtMs);
        return at + sizeof(long);
    }
}
