using System.Buffers.Text;
using System.Globalization;

namespace RedisLite.Lua;

/// <summary>Writes numbers as C's printf does.</summary>
internal static class NumberFormat
{
    /// <summary>Room for what <see cref="General"/> writes.</summary>
    public const int MaxLength = 40;

    private const int Digits = 14;
    private const double LargestPlain = 1e14;

    /// <summary>As Lua shows a number: %.14g.</summary>
    public static int Write(double number, Span<byte> to)
    {
        if (Math.Abs(number) < LargestPlain && (long)number == number && (number != 0 || !double.IsNegative(number)))
        {
            Utf8Formatter.TryFormat((long)number, to, out var written);
            return written;
        }
        return General(number, Digits, to);
    }

    public static byte[] ToLuaString(double number)
    {
        Span<byte> buffer = stackalloc byte[MaxLength];
        return LuaString.From(buffer[..Write(number, buffer)]);
    }

    /// <summary>%.{precision}g for precisions from 1 to 17, without padding.</summary>
    public static int General(double number, int precision, Span<byte> to)
    {
        if (!double.IsFinite(number))
            return Word(number, to);
        Span<byte> scientific = stackalloc byte[MaxLength];
        var format = new string(['E', (char)('0' + ((precision - 1) / 10)), (char)('0' + ((precision - 1) % 10))]);
        number.TryFormat(scientific, out var length, format, CultureInfo.InvariantCulture);
        scientific = scientific[..length];
        var at = 0;
        if (scientific[0] == '-')
        {
            to[at++] = (byte)'-';
            scientific = scientific[1..];
        }
        var e = scientific.IndexOf((byte)'E');
        var exponent = 0;
        foreach (var digit in scientific[(e + 2)..])
            exponent = (exponent * 10) + digit - '0';
        exponent = scientific[e + 1] == '-' ? -exponent : exponent;
        Span<byte> digits = stackalloc byte[MaxLength];
        digits[0] = scientific[0];
        var count = 1;
        for (var index = 2; index < e; index++)
            digits[count++] = scientific[index];
        while (count > 1 && digits[count - 1] == '0')
            count--;
        digits = digits[..count];
        return at + (exponent < -4 || exponent >= precision
            ? WriteScientific(digits, exponent, to[at..])
            : WritePlain(digits, exponent, to[at..]));
    }

    public static int Word(double number, Span<byte> to)
    {
        // C writes the sign of a NaN; the one that arithmetic makes on this hardware has it set.
        var word = double.IsNaN(number) ? (double.IsNegative(number) ? "-nan"u8 : "nan"u8)
            : number > 0 ? "inf"u8 : "-inf"u8;
        word.CopyTo(to);
        return word.Length;
    }

    private static int WriteScientific(ReadOnlySpan<byte> digits, int exponent, Span<byte> to)
    {
        var at = 0;
        to[at++] = digits[0];
        if (digits.Length > 1)
        {
            to[at++] = (byte)'.';
            digits[1..].CopyTo(to[at..]);
            at += digits.Length - 1;
        }
        to[at++] = (byte)'e';
        to[at++] = exponent < 0 ? (byte)'-' : (byte)'+';
        exponent = Math.Abs(exponent);
        if (exponent < 10)
            to[at++] = (byte)'0';
        Utf8Formatter.TryFormat(exponent, to[at..], out var written);
        return at + written;
    }

    private static int WritePlain(ReadOnlySpan<byte> digits, int exponent, Span<byte> to)
    {
        var at = 0;
        if (exponent < 0)
        {
            "0."u8.CopyTo(to);
            at = 2;
            for (var zero = -1; zero > exponent; zero--)
                to[at++] = (byte)'0';
            digits.CopyTo(to[at..]);
            return at + digits.Length;
        }
        for (var index = 0; index <= exponent; index++)
            to[at++] = index < digits.Length ? digits[index] : (byte)'0';
        if (digits.Length > exponent + 1)
        {
            to[at++] = (byte)'.';
            digits[(exponent + 1)..].CopyTo(to[at..]);
            at += digits.Length - exponent - 1;
        }
        return at;
    }
}
