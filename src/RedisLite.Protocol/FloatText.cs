using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace RedisLite.Protocol;

/// <summary>The parts of a floating-point number's text, by the grammar of C's <c>strtod</c>, NaN left out.</summary>
internal readonly ref struct FloatText
{
    /// <summary>The longest text that is rounded here: what Redis makes a <c>long double</c> of.</summary>
    /// <remarks>Its string2ld() copies the text into a buffer of 5 KiB, terminating zero included.</remarks>
    public const int MaxRoundedLength = 5 * 1024 - 1;

    // Beyond any exponent that matters, and small enough for sums of a few not to overflow.
    private const int ExponentBound = 100_000_000;

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private readonly ReadOnlySpan<byte> _whole;
    private readonly ReadOnlySpan<byte> _fraction;
    private readonly int _exponent;

    private FloatText(
        bool negative, ReadOnlySpan<byte> magnitude, bool hexadecimal,
        ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction, int exponent)
    {
        IsNegative = negative;
        Magnitude = magnitude;
        IsHexadecimal = hexadecimal;
        _whole = whole;
        _fraction = fraction;
        _exponent = exponent;
    }

    public bool IsNegative { get; }

    public bool IsHexadecimal { get; }

    /// <summary>The text without its sign.</summary>
    public ReadOnlySpan<byte> Magnitude { get; }

    public bool IsInfinity => _whole.IsEmpty && _fraction.IsEmpty;

    public bool IsZero =>
        !IsInfinity && !_whole.ContainsAnyExcept((byte)'0') && !_fraction.ContainsAnyExcept((byte)'0');

    /// <returns>False unless all of the text is a number.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out FloatText result)
    {
        result = default;
        var negative = !text.IsEmpty && text[0] == '-';
        var magnitude = negative || (!text.IsEmpty && text[0] == '+') ? text[1..] : text;
        if (Ascii.EqualsIgnoreCase(magnitude, "inf"u8) || Ascii.EqualsIgnoreCase(magnitude, "infinity"u8))
        {
            result = new FloatText(negative, magnitude, false, default, default, 0);
            return true;
        }

        var hexadecimal = magnitude.Length > 2 && magnitude[0] == '0' && magnitude[1] is (byte)'x' or (byte)'X';
        var rest = hexadecimal ? magnitude[2..] : magnitude;
        var whole = rest[..CountDigits(rest, hexadecimal)];
        rest = rest[whole.Length..];
        ReadOnlySpan<byte> fraction = default;
        if (!rest.IsEmpty && rest[0] == '.')
        {
            rest = rest[1..];
            fraction = rest[..CountDigits(rest, hexadecimal)];
            rest = rest[fraction.Length..];
        }

        if ((whole.IsEmpty && fraction.IsEmpty) || !TryParseExponent(rest, hexadecimal ? 'p' : 'e', out var exponent))
            return false;
        result = new FloatText(negative, magnitude, hexadecimal, whole, fraction, exponent);
        return true;
    }

    /// <summary>Rounds the magnitude of a finite number to the nearest of a binary format, ties to even.</summary>
    /// <returns>
    /// False when it is too large for the format, or not zero and yet rounded to it, or its text longer than
    /// <see cref="MaxRoundedLength"/>.
    /// </returns>
    public bool TryRound(BinaryFloatFormat format, out ulong mantissa, out int exponent)
    {
        mantissa = 0;
        exponent = 0;
        if (Magnitude.Length > MaxRoundedLength)
            return false;
        if (IsZero)
            return true;

        // An exponent so large that the digits cannot make up for it needs no big numbers. A decimal digit is worth
        // more than three bits.
        var digits = _whole.Length + _fraction.Length;
        var bound = IsHexadecimal ? 4 * digits + format.MaxMagnitudeBits : digits + format.MaxMagnitudeBits / 3;
        if (Math.Abs(_exponent) > bound)
            return false;

        var radix = IsHexadecimal ? 2 : 10;
        var scale = _exponent - _fraction.Length * (IsHexadecimal ? 4 : 1);
        var numerator = ToInteger();
        var denominator = BigInteger.One;
        if (scale >= 0)
            numerator *= BigInteger.Pow(radix, scale);
        else
            denominator = BigInteger.Pow(radix, -scale);
        return format.TryRound(numerator, denominator, out mantissa, out exponent) && mantissa != 0;
    }

    private BigInteger ToInteger()
    {
        // The zero in front keeps a hexadecimal number positive.
        var text = "0" + Encoding.ASCII.GetString(_whole) + Encoding.ASCII.GetString(_fraction);
        var style = IsHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return BigInteger.Parse(text, style, CultureInfo.InvariantCulture);
    }

    private static int CountDigits(ReadOnlySpan<byte> text, bool hexadecimal)
    {
        var end = hexadecimal
            ? text.IndexOfAnyExcept(HexDigits)
            : text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return end < 0 ? text.Length : end;
    }

    private static bool TryParseExponent(ReadOnlySpan<byte> text, char letter, out int exponent)
    {
        exponent = 0;
        if (text.IsEmpty)
            return true;
        if ((text[0] | 0x20) != letter)
            return false;

        text = text[1..];
        var negative = !text.IsEmpty && text[0] == '-';
        if (negative || (!text.IsEmpty && text[0] == '+'))
            text = text[1..];
        if (text.IsEmpty)
            return false;
        foreach (var b in text)
        {
            if (!char.IsAsciiDigit((char)b))
                return false;
            exponent = Math.Min(exponent * 10 + (b - '0'), ExponentBound);
        }

        if (negative)
            exponent = -exponent;
        return true;
    }
}
