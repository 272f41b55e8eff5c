using System.Globalization;
using System.Text;

namespace RedisLite.Lua.Libraries;

/// <summary><c>string.format</c>: the conversions of C's printf that Lua 5.1 passes on.</summary>
internal static class StringFormat
{
    private const int CutAtZeroBelow = 100;

    public static int Format(LuaCall call)
    {
        var format = call.Bytes(1);
        var result = new ByteBuilder(format.Length + 32);
        var argument = 1;
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                result.Add(format[at]);
                continue;
            }
            at++;
            if (at < format.Length && format[at] == '%')
            {
                result.Add((byte)'%');
                continue;
            }
            if (++argument > call.Count)
                throw call.ArgumentError(argument, "no value");
            var spec = ReadSpec(call, format, ref at);
            AddArgument(call, argument, spec, at < format.Length ? format[at] : (byte)0, result);
        }
        call.Charge(result.Length);
        return call.Return(new LuaValue(result.ToLuaString()));
    }

    private static Spec ReadSpec(LuaCall call, ReadOnlySpan<byte> format, ref int at)
    {
        var spec = new Spec { Precision = -1 };
        var start = at;
        for (; at < format.Length && format[at] is (byte)'-' or (byte)'+' or (byte)' ' or (byte)'#' or (byte)'0'; at++)
            spec.SetFlag(format[at]);
        if (at - start > 5)
            throw call.Error("invalid format (repeated flags)");
        spec.Width = ReadNumber(format, ref at);
        if (at < format.Length && format[at] == '.')
        {
            at++;
            spec.Precision = ReadNumber(format, ref at);
        }
        if (at < format.Length && format[at] is >= (byte)'0' and <= (byte)'9')
            throw call.Error("invalid format (width or precision too long)");
        return spec;
    }

    private static int ReadNumber(ReadOnlySpan<byte> format, ref int at)
    {
        var number = 0;
        for (var digits = 0; digits < 2 && at < format.Length && format[at] is >= (byte)'0' and <= (byte)'9'; digits++)
            number = (number * 10) + format[at++] - '0';
        return number;
    }

    private static void AddArgument(LuaCall call, int argument, in Spec spec, byte conversion, ByteBuilder result)
    {
        switch (conversion)
        {
            case (byte)'c':
                AddLetter(spec, (byte)call.Integer(argument), result);
                break;
            case (byte)'d' or (byte)'i':
                AddInteger(spec, ToInt64(call.Number(argument)), result);
                break;
            case (byte)'u':
                AddUnsigned(spec, unchecked((ulong)ToInt64(call.Number(argument))).ToString(), "", result);
                break;
            case (byte)'o':
                AddOctal(spec, ToInt64(call.Number(argument)), result);
                break;
            case (byte)'x' or (byte)'X':
                var value = ToInt64(call.Number(argument));
                var prefix = spec.IsAlternate && value != 0 ? "0" + (char)conversion : "";
                AddUnsigned(spec, value.ToString(conversion == 'x' ? "x" : "X"), prefix, result);
                break;
            case (byte)'e' or (byte)'E' or (byte)'f' or (byte)'g' or (byte)'G':
                FloatFormat.Add(spec, call.Number(argument), (char)conversion, result);
                break;
            case (byte)'q':
                AddQuoted(call.Bytes(argument), result);
                break;
            case (byte)'s':
                AddString(call, spec, call.Text(argument), result);
                break;
            default:
                var shown = conversion == 0 ? "" : ((char)conversion).ToString();
                throw call.Error($"invalid option '%{shown}' to 'format'");
        }
    }

    // What a conversion in C does on the usual hardware: out of range is the smallest integer.
    private static long ToInt64(double number) =>
        number is >= -9.2233720368547758E18 and < 9.2233720368547758E18 ? (long)number : long.MinValue;

    private static void AddString(LuaCall call, in Spec spec, byte[] text, ByteBuilder result)
    {
        var bytes = LuaString.SpanOf(text);
        call.Charge(bytes.Length);
        // C ends a string at its first zero byte; Lua goes around C only for long ones.
        if ((spec.Precision >= 0 || bytes.Length < CutAtZeroBelow) && bytes.IndexOf((byte)0) is >= 0 and var end)
            bytes = bytes[..end];
        Pad(spec, spec.Precision >= 0 && spec.Precision < bytes.Length ? bytes[..spec.Precision] : bytes, result);
    }

    private static void AddLetter(in Spec spec, byte letter, ByteBuilder result)
    {
        if (letter != 0)
            Pad(spec, [letter], result);
        else if (!spec.IsLeft)
            result.Extend(Math.Max(spec.Width - 1, 0)).Fill((byte)' ');
    }

    private static void AddInteger(in Spec spec, long value, ByteBuilder result)
    {
        var digits = value < 0
            ? value.ToString(CultureInfo.InvariantCulture)[1..] : value.ToString(CultureInfo.InvariantCulture);
        if (value == 0 && spec.Precision == 0)
            digits = "";
        digits = digits.PadLeft(Math.Max(spec.Precision, 0), '0');
        PadNumber(spec, Sign(spec, value < 0), digits, spec.IsZero && spec.Precision < 0, result);
    }

    private static void AddUnsigned(in Spec spec, string digits, string prefix, ByteBuilder result)
    {
        if (digits == "0" && spec.Precision == 0)
            digits = "";
        digits = digits.PadLeft(Math.Max(spec.Precision, 0), '0');
        PadNumber(spec, prefix, digits, spec.IsZero && spec.Precision < 0, result);
    }

    private static void AddOctal(in Spec spec, long value, ByteBuilder result)
    {
        var digits = Convert.ToString(value, 8);
        if (spec.IsAlternate && value != 0)
            digits = "0" + digits;
        AddUnsigned(spec, digits, "", result);
    }

    internal static string Sign(in Spec spec, bool isNegative) =>
        isNegative ? "-" : spec.IsPlus ? "+" : spec.IsSpace ? " " : "";

    internal static void PadNumber(in Spec spec, string prefix, string digits, bool isZeroPadded, ByteBuilder result)
    {
        if (isZeroPadded && !spec.IsLeft)
            digits = digits.PadLeft(Math.Max(spec.Width - prefix.Length, 0), '0');
        Pad(spec, Encoding.ASCII.GetBytes(prefix + digits), result);
    }

    private static void Pad(in Spec spec, ReadOnlySpan<byte> text, ByteBuilder result)
    {
        var missing = Math.Max(spec.Width - text.Length, 0);
        if (!spec.IsLeft)
            result.Extend(missing).Fill((byte)' ');
        result.Add(text);
        if (spec.IsLeft)
            result.Extend(missing).Fill((byte)' ');
    }

    private static void AddQuoted(ReadOnlySpan<byte> text, ByteBuilder result)
    {
        result.Add((byte)'"');
        foreach (var value in text)
        {
            switch (value)
            {
                case (byte)'"' or (byte)'\\' or (byte)'\n':
                    result.Add((byte)'\\');
                    result.Add(value);
                    break;
                case (byte)'\r':
                    result.Add("\\r"u8);
                    break;
                case 0:
                    result.Add("\\000"u8);
                    break;
                default:
                    result.Add(value);
                    break;
            }
        }
        result.Add((byte)'"');
    }

    /// <summary>What stands between the percent sign and the conversion.</summary>
    internal struct Spec
    {
        public int Width;
        public int Precision;
        public bool IsLeft;
        public bool IsPlus;
        public bool IsSpace;
        public bool IsAlternate;
        public bool IsZero;

        public void SetFlag(byte flag)
        {
            IsLeft |= flag == '-';
            IsPlus |= flag == '+';
            IsSpace |= flag == ' ';
            IsAlternate |= flag == '#';
            IsZero |= flag == '0';
        }
    }
}
