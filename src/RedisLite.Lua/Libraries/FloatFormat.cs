using System.Globalization;

namespace RedisLite.Lua.Libraries;

/// <summary>The conversions e, f and g of printf.</summary>
internal static class FloatFormat
{
    private const int DefaultPrecision = 6;

    public static void Add(in StringFormat.Spec spec, double number, char conversion, ByteBuilder result)
    {
        var isNegative = double.IsNegative(number);
        var prefix = StringFormat.Sign(spec, isNegative);
        var isUpper = char.IsUpper(conversion);
        if (!double.IsFinite(number))
        {
            var word = double.IsNaN(number) ? "nan" : "inf";
            StringFormat.PadNumber(spec, prefix, isUpper ? word.ToUpperInvariant() : word, isZeroPadded: false, result);
            return;
        }
        var precision = spec.Precision < 0 ? DefaultPrecision : spec.Precision;
        var digits = char.ToLowerInvariant(conversion) switch
        {
            'e' => Scientific(Math.Abs(number), precision, spec.IsAlternate),
            'f' => Math.Abs(number).ToString("F" + precision, CultureInfo.InvariantCulture) +
                (precision == 0 && spec.IsAlternate ? "." : ""),
            _ => General(Math.Abs(number), Math.Max(precision, 1), spec.IsAlternate),
        };
        StringFormat.PadNumber(spec, prefix, isUpper ? digits.ToUpperInvariant() : digits, spec.IsZero, result);
    }

    // .NET writes at least three digits of exponent, C at least two.
    private static string Scientific(double number, int precision, bool keepsPoint)
    {
        var text = number.ToString("e" + precision, CultureInfo.InvariantCulture);
        var e = text.IndexOf('e', StringComparison.Ordinal);
        var exponent = text[(e + 2)..].TrimStart('0').PadLeft(2, '0');
        var point = precision == 0 && keepsPoint ? "." : "";
        return $"{text.AsSpan(0, e)}{point}{text.AsSpan(e, 2)}{exponent}";
    }

    private static string General(double number, int precision, bool keepsZeros)
    {
        var scientific = Scientific(number, precision - 1, keepsZeros);
        var e = scientific.IndexOf('e', StringComparison.Ordinal);
        var exponent = int.Parse(scientific.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent < -4 || exponent >= precision)
            return (keepsZeros ? scientific[..e] : TrimZeros(scientific[..e])) + scientific[e..];
        var plain = number.ToString("F" + (precision - 1 - exponent), CultureInfo.InvariantCulture);
        if (!keepsZeros)
            return TrimZeros(plain);
        return plain.Contains('.', StringComparison.Ordinal) ? plain : plain + ".";
    }

    private static string TrimZeros(string digits) =>
        digits.Contains('.', StringComparison.Ordinal) ? digits.TrimEnd('0').TrimEnd('.') : digits;
}
