using System.Buffers.Text;
using System.Globalization;

namespace RedisLite.Protocol;

/// <summary>Numbers as text, read and written exactly as Redis 7.0 does.</summary>
public static class RedisNumbers
{
    /// <summary>The longest text of a signed 64-bit integer, in bytes.</summary>
    public const int MaxInt64Length = 20;

    /// <summary>
    /// The longest text that <see cref="FormatDouble"/> writes, in bytes: <c>-1.2345678901234567e-308</c>.
    /// </summary>
    public const int MaxDoubleLength = 24;

    private const int SignificantDigits = 17;

    private const NumberStyles FloatStyle = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>
    /// Reads a signed 64-bit integer in its canonical form: what <see cref="FormatInt64"/> would write.
    /// </summary>
    /// <remarks>
    /// No spaces, no plus sign, no leading zeros, no <c>-0</c>; false, too, when the number does not fit.
    /// </remarks>
    public static bool TryParseInt64(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > MaxInt64Length)
            return false;

        var negative = text[0] == '-';
        var digits = negative ? text[1..] : text;
        if (digits.IsEmpty || (digits[0] == '0' && text.Length > 1))
            return false;

        ulong magnitude = 0;
        foreach (var b in digits)
        {
            var digit = (uint)(b - '0');
            if (digit > 9)
                return false;
            // At most 20 digits: only the last one can overflow, and then it makes the sum smaller.
            if (magnitude > (ulong.MaxValue - digit) / 10)
                return false;
            magnitude = magnitude * 10 + digit;
        }

        if (magnitude > (negative ? 1UL << 63 : long.MaxValue))
            return false;
        value = negative ? unchecked(-(long)magnitude) : (long)magnitude;
        return true;
    }

    /// <summary>Writes a signed 64-bit integer.</summary>
    /// <param name="destination">At least <see cref="MaxInt64Length"/> bytes, or as many as the number needs.</param>
    /// <param name="value">The number.</param>
    /// <returns>The number of bytes written.</returns>
    public static int FormatInt64(Span<byte> destination, long value)
    {
        if ((ulong)value < 10)
        {
            destination[0] = (byte)('0' + value);
            return 1;
        }

        if (!Utf8Formatter.TryFormat(value, destination, out var written))
            throw new ArgumentException("Too short for the number.", nameof(destination));
        return written;
    }

    /// <summary>Reads a double as C's <c>strtod</c> does when it has to take all of the text.</summary>
    /// <remarks>
    /// Decimal with an optional exponent, hexadecimal (<c>0x1.8p3</c>), <c>inf</c> and <c>infinity</c> in any letter
    /// case, each with an optional sign; correctly rounded. False for spaces, for NaN, and for numbers too large for a
    /// double or so small that they would become zero; also, unlike C, for hexadecimal text of 5 KiB and more.
    /// </remarks>
    public static bool TryParseDouble(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        if (!FloatText.TryParse(text, out var parsed))
            return false;

        if (parsed.IsInfinity)
            value = double.PositiveInfinity;
        else if (parsed.IsHexadecimal)
            return parsed.TryRound(BinaryFloatFormat.Double, out var mantissa, out var exponent)
                && Assign(Math.ScaleB(mantissa, exponent), parsed.IsNegative, out value);
        else if (!double.TryParse(parsed.Magnitude, FloatStyle, CultureInfo.InvariantCulture, out value)
            || double.IsInfinity(value)
            || (value == 0 && !parsed.IsZero))
            return false;

        return Assign(value, parsed.IsNegative, out value);
    }

    /// <summary>
    /// Writes a double with 17 significant digits, as C's <c>%.17g</c>: enough to read the same double back.
    /// </summary>
    /// <param name="destination">At least <see cref="MaxDoubleLength"/> bytes.</param>
    /// <param name="value">Any double; NaN is <c>nan</c>, infinities are <c>inf</c> and <c>-inf</c>.</param>
    /// <returns>The number of bytes written.</returns>
    public static int FormatDouble(Span<byte> destination, double value)
    {
        // Whole numbers are the most frequent scores; below 1e17 "%.17g" writes them like integers.
        if (value == Math.Truncate(value) && Math.Abs(value) < 1e17 && !(value == 0 && double.IsNegative(value)))
            return FormatInt64(destination, (long)value);
        if (!double.IsFinite(value))
        {
            var name = double.IsNaN(value) ? "nan"u8 : value > 0 ? "inf"u8 : "-inf"u8;
            name.CopyTo(destination);
            return name.Length;
        }

        // d.ddddddddddddddddE+ddd, correctly rounded: "%e" that only has to be brought into the shape of "%g".
        Span<byte> scientific = stackalloc byte[MaxDoubleLength + 2];
        value.TryFormat(scientific, out var written, "E16", CultureInfo.InvariantCulture);
        var at = 0;
        if (scientific[0] == '-')
        {
            destination[at++] = (byte)'-';
            scientific = scientific[1..];
            written--;
        }

        var exponent = int.Parse(scientific[(SignificantDigits + 2)..written], CultureInfo.InvariantCulture);
        var digits = scientific[..(SignificantDigits + 1)];
        digits[1] = digits[0];
        digits = digits[1..].TrimEnd((byte)'0');
        return at + (exponent is < -4 or >= SignificantDigits
            ? PutScientific(destination[at..], digits, exponent)
            : PutFixed(destination[at..], digits, exponent));
    }

    private static int PutScientific(Span<byte> destination, ReadOnlySpan<byte> digits, int exponent)
    {
        var at = 0;
        destination[at++] = digits[0];
        if (digits.Length > 1)
        {
            destination[at++] = (byte)'.';
            digits[1..].CopyTo(destination[at..]);
            at += digits.Length - 1;
        }

        destination[at++] = (byte)'e';
        destination[at++] = (byte)(exponent < 0 ? '-' : '+');
        exponent = Math.Abs(exponent);
        if (exponent < 10)
            destination[at++] = (byte)'0';
        return at + FormatInt64(destination[at..], exponent);
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
        digits[..Math.Min(whole, digits.Length)].CopyTo(destination);
        if (digits.Length <= whole)
        {
            destination[digits.Length..whole].Fill((byte)'0');
            return whole;
        }

        destination[whole] = (byte)'.';
        digits[whole..].CopyTo(destination[(whole + 1)..]);
        return digits.Length + 1;
    }

    private static bool Assign(double magnitude, bool negative, out double value)
    {
        value = negative ? -magnitude : magnitude;
        return true;
    }
}
