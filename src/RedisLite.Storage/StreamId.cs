using System.Buffers.Binary;
using System.Globalization;

namespace RedisLite.Storage;

/// <summary>
/// The ID of a stream's entry: milliseconds since 1970 and a number that tells apart what came in one of them.
/// </summary>
public readonly record struct StreamId(ulong Milliseconds, ulong Sequence) : IComparable<StreamId>
{
    /// <summary>Bytes of an ID in files: both numbers big-endian, so that the order of bytes is that of IDs.</summary>
    public const int Size = 2 * sizeof(ulong);

    /// <summary>The longest text, <c>18446744073709551615-18446744073709551615</c>.</summary>
    public const int MaxTextLength = 41;

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    public static StreamId Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[sizeof(ulong)..]));

    public static bool operator <(StreamId left, StreamId right) => left.CompareTo(right) < 0;

    public static bool operator >(StreamId left, StreamId right) => left.CompareTo(right) > 0;

    public static bool operator <=(StreamId left, StreamId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(StreamId left, StreamId right) => left.CompareTo(right) >= 0;

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, Milliseconds);
        BinaryPrimitives.WriteUInt64BigEndian(destination[sizeof(ulong)..], Sequence);
    }

    /// <summary>Writes the ID as text, both numbers with a separator between them.</summary>
    /// <returns>The number of bytes written, at most <see cref="MaxTextLength"/>.</returns>
    public int Format(Span<byte> destination, char separator = '-')
    {
        Milliseconds.TryFormat(destination, out var length, provider: CultureInfo.InvariantCulture);
        destination[length++] = (byte)separator;
        Sequence.TryFormat(destination[length..], out var rest, provider: CultureInfo.InvariantCulture);
        return length + rest;
    }

    /// <inheritdoc/>
    public int CompareTo(StreamId other)
    {
        var order = Milliseconds.CompareTo(other.Milliseconds);
        return order != 0 ? order : Sequence.CompareTo(other.Sequence);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Sequence}");
}
