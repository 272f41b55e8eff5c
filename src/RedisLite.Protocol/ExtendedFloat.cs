using System.Globalization;
using System.Numerics;
using System.Text;

namespace RedisLite.Protocol;

/// <summary>A number of the 80-bit extended format, in which Redis computes INCRBYFLOAT and HINCRBYFLOAT.</summary>
/// <remarks>
/// .NET has no such type, and doubles give other results: 0.1 + 0.2 is 0.3 in Redis. This one is exact rather than
/// fast: each operation is done on big integers and rounded once, to the nearest number, ties to even, as the x87 and
/// the C library do. About a microsecond for ordinary numbers, tens of them for exponents in the thousands.
/// </remarks>
public readonly struct ExtendedFloat
{
    /// <summary>The longest text that <see cref="Format"/> writes, in bytes: a sign and 4,933 digits.</summary>
    public const int MaxTextLength = 4934;

    private const int FractionDigits = 17;
    private static readonly BigInteger FractionScale = BigInteger.Pow(10, FractionDigits);

    private readonly ulong _mantissa;
    private readonly int _exponent;
    private readonly bool _negative;
    private readonly Kind _kind;

    private ExtendedFloat(bool negative, ulong mantissa, int exponent)
    {
        _negative = negative;
        _mantissa = mantissa;
        _exponent = exponent;
    }

    private ExtendedFloat(Kind kind, bool negative)
    {
        _kind = kind;
        _negative = negative;
    }

    private enum Kind : byte
    {
        Finite,
        Infinity,
        NaN,
    }

    /// <summary>Neither infinite nor the sum of opposite infinities.</summary>
    public bool IsFinite => _kind == Kind.Finite;

    /// <summary>
    /// Reads a number with the grammar of <see cref="RedisNumbers.TryParseDouble"/> and this type's range.
    /// </summary>
    /// <remarks>False as well for texts of 5,120 bytes and more, which Redis does not read either.</remarks>
    public static bool TryParse(ReadOnlySpan<byte> text, out ExtendedFloat value)
    {
        value = default;
        if (text.Length > FloatText.MaxRoundedLength || !FloatText.TryParse(text, out var parsed))
            return false;
        if (parsed.IsInfinity)
        {
            value = new ExtendedFloat(Kind.Infinity, parsed.IsNegative);
            return true;
        }

        if (!parsed.TryRound(BinaryFloatFormat.Extended, out var mantissa, out var exponent))
            return false;
        value = new ExtendedFloat(parsed.IsNegative, mantissa, exponent);
        return true;
    }

    /// <summary>The sum, rounded once.</summary>
    public static ExtendedFloat operator +(ExtendedFloat left, ExtendedFloat right)
    {
        if (!left.IsFinite || !right.IsFinite)
            return AddNonFinite(left, right);

        var exponent = Math.Min(left._exponent, right._exponent);
        var sum = left.ToInteger(exponent) + right.ToInteger(exponent);
        if (sum.IsZero)
            return default;

        var magnitude = BigInteger.Abs(sum);
        var denominator = BigInteger.One;
        if (exponent < 0)
            denominator <<= -exponent;
        else
            magnitude <<= exponent;
        return BinaryFloatFormat.Extended.TryRound(magnitude, denominator, out var mantissa, out var rounded)
            ? new ExtendedFloat(sum.Sign < 0, mantissa, rounded)
            : new ExtendedFloat(Kind.Infinity, sum.Sign < 0);
    }

    /// <summary>The sum, rounded once; the same as the operator.</summary>
    public static ExtendedFloat Add(ExtendedFloat left, ExtendedFloat right) => left + right;

    /// <summary>
    /// Writes a finite number with at most 17 digits after the point, none of them a zero at the end, and never an
    /// exponent: Redis's <c>ld2string</c> in its human mode, C's <c>%.17Lf</c> trimmed.
    /// </summary>
    /// <param name="destination">At least <see cref="MaxTextLength"/> bytes, or as many as the number needs.</param>
    /// <returns>The number of bytes written.</returns>
    public int Format(Span<byte> destination) => Encoding.ASCII.GetBytes(ToString(), destination);

    /// <summary>
    /// The text that <see cref="Format"/> writes; <c>inf</c>, <c>-inf</c> or <c>nan</c> if not finite.
    /// </summary>
    public override string ToString()
    {
        if (_kind != Kind.Finite)
            return _kind == Kind.NaN ? "nan" : _negative ? "-inf" : "inf";

        var magnitude = (BigInteger)_mantissa;
        if (_exponent >= 0)
            return Signed((magnitude << _exponent).ToString(CultureInfo.InvariantCulture));

        // In units of the last digit shown, rounded to even.
        var shift = -_exponent;
        var scaled = magnitude * FractionScale;
        var units = scaled >> shift;
        var half = (scaled - (units << shift)).CompareTo(BigInteger.One << (shift - 1));
        if (half > 0 || (half == 0 && !units.IsEven))
            units++;

        var digits = units.ToString(CultureInfo.InvariantCulture).PadLeft(FractionDigits + 1, '0');
        var fraction = digits.AsSpan(digits.Length - FractionDigits).TrimEnd('0');
        var whole = digits.AsSpan(0, digits.Length - FractionDigits);
        return Signed(fraction.IsEmpty ? whole.ToString() : $"{whole}.{fraction}");
    }

    private string Signed(string magnitude) => _negative && magnitude != "0" ? "-" + magnitude : magnitude;

    private BigInteger ToInteger(int exponent)
    {
        var magnitude = (BigInteger)_mantissa << (_exponent - exponent);
        return _negative ? -magnitude : magnitude;
    }

    private static ExtendedFloat AddNonFinite(ExtendedFloat left, ExtendedFloat right)
    {
        if (left._kind == Kind.NaN || right._kind == Kind.NaN)
            return new ExtendedFloat(Kind.NaN, false);
        if (left.IsFinite)
            return right;
        return right.IsFinite || left._negative == right._negative ? left : new ExtendedFloat(Kind.NaN, false);
    }
}
