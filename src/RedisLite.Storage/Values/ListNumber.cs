using System.Buffers.Binary;

namespace RedisLite.Storage.Values;

/// <summary>
/// Elements of a list that are the text of an integer: kept as the integer, in as few bytes as it needs.
/// </summary>
/// <remarks>
/// <code>
///     "1700000000000"   13 bytes as text, 6 as an integer: the low byte first, the sign in the last one
/// </code>
/// Whether an element is kept so depends on its text alone, so equal elements have equal bytes.
/// </remarks>
internal static class ListNumber
{
    /// <summary>The most that an integer takes.</summary>
    public const int MaxSize = sizeof(long);

    // Shorter ones take no less as integers.
    private const int ShortestText = 2;

    /// <summary>Whether a text is kept as an integer.</summary>
    /// <param name="text">An element.</param>
    /// <param name="bytes">Gets the integer; of <see cref="MaxSize"/>.</param>
    /// <param name="length">How many bytes it takes.</param>
    public static bool TryPack(ReadOnlySpan<byte> text, Span<byte> bytes, out int length)
    {
        length = 0;
        if (text.Length < ShortestText || !IntegerText.TryParse(text, out var number))
            return false;
        for (var rest = number; length == 0 || rest != (sbyte)bytes[length - 1] >> 7; rest >>= 8)
            bytes[length++] = (byte)rest;
        return true;
    }

    /// <summary>The text of an integer as it was kept.</summary>
    /// <param name="bytes">What <see cref="TryPack"/> made.</param>
    /// <param name="text">Gets it; of <see cref="IntegerText.MaxLength"/>.</param>
    /// <returns>Its length.</returns>
    public static int Unpack(ReadOnlySpan<byte> bytes, Span<byte> text)
    {
        long number = (sbyte)bytes[^1];
        for (var i = bytes.Length - 2; i >= 0; i--)
            number = (number << 8) | bytes[i];
        return IntegerText.Format(text, number);
    }
}

/// <summary>An element that a list is searched for.</summary>
public readonly ref struct ListNeedle
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly ulong _packed;
    private readonly int _packedLength;

    public ListNeedle(ReadOnlySpan<byte> element)
    {
        _text = element;
        Span<byte> packed = stackalloc byte[ListNumber.MaxSize];
        packed.Clear();
        if (ListNumber.TryPack(element, packed, out _packedLength))
            _packed = BinaryPrimitives.ReadUInt64LittleEndian(packed);
    }

    /// <summary>Whether an entry of a list is that element.</summary>
    internal bool Is(ReadOnlySpan<byte> content, bool isNumber)
    {
        if (!isNumber)
            return content.SequenceEqual(_text);
        if (content.Length != _packedLength)
            return false;
        var packed = _packed;
        foreach (var part in content)
        {
            if (part != (byte)packed)
                return false;
            packed >>= 8;
        }

        return true;
    }
}
