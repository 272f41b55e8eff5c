using System.Numerics;

namespace RedisLite.Protocol;

/// <summary>A binary floating-point format: numbers are a mantissa of so many bits times a power of two.</summary>
/// <param name="Precision">Bits of the mantissa, at most 64.</param>
/// <param name="MinExponent">The exponent of the smallest number above zero, whose mantissa is 1.</param>
/// <param name="MaxExponent">The exponent of the largest number, whose mantissa is all ones.</param>
internal sealed record BinaryFloatFormat(int Precision, int MinExponent, int MaxExponent)
{
    /// <summary>IEEE 754 binary64.</summary>
    public static readonly BinaryFloatFormat Double = new(53, -1074, 971);

    /// <summary>The 80-bit format of the x87, which is C's <c>long double</c> where Redis usually runs.</summary>
    public static readonly BinaryFloatFormat Extended = new(64, -16445, 16320);

    /// <summary>The number of binary digits, before or after the point, of the format's longest number.</summary>
    public int MaxMagnitudeBits => Math.Max(-MinExponent, MaxExponent + Precision);

    /// <summary>Rounds a fraction to the nearest number of the format, ties to even.</summary>
    /// <param name="numerator">Above zero.</param>
    /// <param name="denominator">Above zero.</param>
    /// <param name="mantissa">Zero when the fraction is rounded to zero.</param>
    /// <param name="exponent">Of two, for the mantissa taken as an integer.</param>
    /// <returns>False when the fraction is too large for the format.</returns>
    public bool TryRound(BigInteger numerator, BigInteger denominator, out ulong mantissa, out int exponent)
    {
        // With this exponent the quotient has Precision bits or one less; never fewer than the format can hold.
        var excess = numerator.GetBitLength() - denominator.GetBitLength() - Precision;
        exponent = (int)Math.Max(excess, MinExponent);
        var quotient = Divide(numerator, denominator, exponent, out var roundUp);
        if (quotient.GetBitLength() > Precision)
            quotient = Divide(numerator, denominator, ++exponent, out roundUp);
        if (roundUp)
            quotient++;
        if (quotient.GetBitLength() > Precision)
        {
            quotient >>= 1;
            exponent++;
        }

        mantissa = (ulong)quotient;
        return exponent <= MaxExponent;
    }

    private static BigInteger Divide(BigInteger numerator, BigInteger denominator, int exponent, out bool roundUp)
    {
        if (exponent < 0)
            numerator <<= -exponent;
        else
            denominator <<= exponent;
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        var half = (remainder << 1).CompareTo(denominator);
        roundUp = half > 0 || (half == 0 && !quotient.IsEven);
        return quotient;
    }
}
