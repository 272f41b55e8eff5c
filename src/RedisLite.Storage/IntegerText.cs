using System.Buffers.Text;

namespace RedisLite.Storage;

/// <summary>Integers that stand for their decimal text, as packed forms and lists store them.</summary>
internal static class IntegerText
{
    /// <summary>"-9223372036854775808".</summary>
    public const int MaxLength = 20;

    /// <summary>
    /// Whether the text is exactly what <see cref="Format"/> writes for some number: "007", "+7" and "-0" are not.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > MaxLength || (text[0] != '-' && (uint)(text[0] - '0') > 9))
            return false;
        if (!Utf8Parser.TryParse(text, out value, out var consumed) || consumed != text.Length)
            return false;
        var digits = text[0] == '-' ? text[1..] : text;
        return digits[0] != '0' || text.Length == 1;
    }

    /// <returns>The number of bytes written, at most <see cref="MaxLength"/>.</returns>
    public static int Format(Span<byte> destination, long value) =>
        Utf8Formatter.TryFormat(value, destination, out var length)
            ? length
            : throw new ArgumentException("Too short for the number.", nameof(destination));
}
