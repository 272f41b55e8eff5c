using System.Globalization;

namespace RedisLite.Storage.Serialization;

/// <summary>Scores of sorted sets as text: what packed forms and old files hold, and the digest is made of.</summary>
internal static class ScoreText
{
    /// <summary>The longest text that <see cref="Format"/> writes: <c>-1.2345678901234567e-308</c>.</summary>
    public const int MaxLength = 24;

    /// <summary>Digits that tell every double from all others, as in C's <c>%.17g</c>.</summary>
    private const int SignificantDigits = 17;

    private const NumberStyles Style =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Reads what Redis writes for a score; false for text that is no number, and for NaN.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double score)
    {
        var isNegative = !text.IsEmpty && text[0] == '-';
        if (text[(isNegative ? 1 : 0)..].SequenceEqual("inf"u8))
        {
            score = isNegative ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        // .NET reads "Infinity" and "NaN" too, which no file has.
        return double.TryParse(text, Style, CultureInfo.InvariantCulture, out score) && double.IsFinite(score);
    }

    /// <summary>Writes a score as C's <c>%.17g</c> does.</summary>
    /// <returns>The number of bytes written, at most <see cref="MaxLength"/>.</returns>
    public static int Format(Span<byte> destination, double score)
    {
        if (!double.IsFinite(score))
        {
            var name = double.IsNaN(score) ? "nan"u8 : score > 0 ? "inf"u8 : "-inf"u8;
            name.CopyTo(destination);
            return name.Length;
        }

        // Whole numbers are the most frequent scores.
        if (score == Math.Truncate(score) && Math.Abs(score) < 1e17 && !(score == 0 && double.IsNegative(score)))
            return IntegerText.Format(destination, (long)score);

        // d.ddddddddddddddddE+ddd: the digits and the exponent, which say where the point goes.
        Span<byte> scientific = stackalloc byte[MaxLength + 2];
        Math.Abs(score).TryFormat(scientific, out var length, "E16", CultureInfo.InvariantCulture);
        var exponent = int.Parse(scientific[(SignificantDigits + 2)..length], CultureInfo.InvariantCulture);
        Span<byte> digits = stackalloc byte[SignificantDigits];
        digits[0] = scientific[0];
        scientific.Slice(2, SignificantDigits - 1).CopyTo(digits[1..]);
        digits = digits[..Math.Max(1, digits.TrimEnd((byte)'0').Length)];

        var at = 0;
        if (double.IsNegative(score))
            destination[at++] = (byte)'-';
        return at + (exponent is < -4 or >= SignificantDigits
            ? PutScientific(destination[at..], digits, exponent)
            : PutFixed(destination[at..], digits, exponent));
    }

    private static int PutScientific(Span<byte> destination, ReadOnlySpan<byte> digits, int exponent)
    {
        var at = PutFixed(destination, digits, exponent: 0);
        destination[at++] = (byte)'e';
        destination[at++] = (byte)(exponent < 0 ? '-' : '+');
        Math.Abs(exponent).TryFormat(destination[at..], out var length, "D2", CultureInfo.InvariantCulture);
        return at + length;
    }

    private static int PutFixed(Span<byte> destination, ReadOnlySpan<byte> digits, int exponent)
    {
        if (exponent < 0)
        {
            var zeros = 1 - exponent;
            destination[..zeros].Fill((byte)'0');
            destination[1] = (byte)'.';
            digits.CopyTo(destination[zeros..]);
            return zeros + digits.Length;
        }

        var whole = exponent + 1;
        if (digits.Length <= whole)
        {
            digits.CopyTo(destination);
            destination[digits.Length..whole].Fill((byte)'0');
            return whole;
        }

        digits[..whole].CopyTo(destination);
        destination[whole] = (byte)'.';
        digits[whole..].CopyTo(destination[(whole + 1)..]);
        return digits.Length + 1;
    }
}
