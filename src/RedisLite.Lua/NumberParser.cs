using System.Globalization;

namespace RedisLite.Lua;

/// <summary>Reads numbers as C's <c>strtod</c> and Lua 5.1 do: decimal, hexadecimal with fraction and exponent, inf,
/// nan.</summary>
internal static class NumberParser
{
    public static bool TryParse(ReadOnlySpan<byte> text, out double number)
    {
        number = 0;
        text = Trim(text);
        if (text.IsEmpty)
            return false;
        var rest = text;
        var isNegative = rest[0] == '-';
        if (rest[0] is (byte)'-' or (byte)'+')
            rest = rest[1..];
        if (rest.IsEmpty)
            return false;
        if (rest[0] is not ((>= (byte)'0' and <= (byte)'9') or (byte)'.'))
            return TryWord(rest, isNegative, out number);
        if (rest.Length > 1 && rest[0] == '0' && rest[1] is (byte)'x' or (byte)'X')
        {
            var isValid = rest.Length > 2 && TryHex(rest[2..], out number);
            number = isNegative ? -number : number;
            return isValid;
        }
        if (rest.Length <= 15 && TryDigits(rest, out number))
        {
            number = isNegative ? -number : number;
            return true;
        }
        return IsDecimal(rest) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>An integer in a base from 2 to 36, as <c>tonumber</c> with a base reads it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, int numberBase, out double number)
    {
        number = 0;
        text = Trim(text);
        if (text.IsEmpty)
            return false;
        var isNegative = text[0] == '-';
        if (text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        if (numberBase == 16 && text.Length > 2 && text[0] == '0' && text[1] is (byte)'x' or (byte)'X')
            text = text[2..];
        if (text.IsEmpty)
            return false;
        ulong value = 0;
        var isTooLarge = false;
        foreach (var letter in text)
        {
            var digit = Digit(letter);
            if (digit < 0 || digit >= numberBase)
                return false;
            var next = ((UInt128)value * (uint)numberBase) + (uint)digit;
            isTooLarge |= next > ulong.MaxValue;
            value = (ulong)next;
        }
        if (isTooLarge)
            number = ulong.MaxValue;
        else
            number = isNegative ? unchecked(0UL - value) : value;
        return true;
    }

    internal static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty && IsSpace(text[0]))
            text = text[1..];
        while (!text.IsEmpty && IsSpace(text[^1]))
            text = text[..^1];
        return text;
    }

    internal static bool IsSpace(byte value) => value is (byte)' ' or (>= 9 and <= 13);

    private static int Digit(byte letter) => letter switch
    {
        >= (byte)'0' and <= (byte)'9' => letter - '0',
        >= (byte)'a' and <= (byte)'z' => letter - 'a' + 10,
        >= (byte)'A' and <= (byte)'Z' => letter - 'A' + 10,
        _ => -1,
    };

    private static bool TryDigits(ReadOnlySpan<byte> text, out double number)
    {
        long value = 0;
        number = 0;
        foreach (var letter in text)
        {
            if (letter is < (byte)'0' or > (byte)'9')
                return false;
            value = (value * 10) + letter - '0';
        }
        number = value;
        return true;
    }

    private static bool TryWord(ReadOnlySpan<byte> text, bool isNegative, out double number)
    {
        Span<byte> lower = stackalloc byte[8];
        number = 0;
        if (text.Length > lower.Length)
            return false;
        for (var index = 0; index < text.Length; index++)
            lower[index] = (byte)(text[index] | 0x20);
        lower = lower[..text.Length];
        if (lower.SequenceEqual("inf"u8) || lower.SequenceEqual("infinity"u8))
            number = double.PositiveInfinity;
        else if (lower.SequenceEqual("nan"u8))
            number = BitConverter.UInt64BitsToDouble(0x7FF8_0000_0000_0000);
        else
            return false;
        number = isNegative ? -number : number;
        return true;
    }

    private static bool IsDecimal(ReadOnlySpan<byte> text)
    {
        var at = 0;
        var digits = 0;
        for (; at < text.Length && Digit(text[at]) is >= 0 and < 10; at++)
            digits++;
        if (at < text.Length && text[at] == '.')
        {
            for (at++; at < text.Length && Digit(text[at]) is >= 0 and < 10; at++)
                digits++;
        }
        return digits > 0 && IsExponent(text[at..], 'e');
    }

    private static bool IsExponent(ReadOnlySpan<byte> text, char letter)
    {
        if (text.IsEmpty)
            return true;
        if ((text[0] | 0x20) != letter)
            return false;
        text = text[1..];
        if (!text.IsEmpty && text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        return !text.IsEmpty && text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
    }

    private static bool TryHex(ReadOnlySpan<byte> text, out double number)
    {
        number = 0;
        var exponent = 0;
        var digits = 0;
        var at = 0;
        var isFraction = false;
        for (; at < text.Length; at++)
        {
            if (text[at] == '.' && !isFraction)
            {
                isFraction = true;
                continue;
            }
            if (Digit(text[at]) is not (>= 0 and < 16))
                break;
            number = (number * 16) + Digit(text[at]);
            exponent -= isFraction ? 4 : 0;
            digits++;
        }
        if (digits == 0 || !IsExponent(text[at..], 'p'))
            return false;
        if (at < text.Length)
        {
            var written = double.Parse(text[(at + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture);
            exponent += (int)Math.Clamp(written, -1_000_000, 1_000_000);
        }
        number = Math.ScaleB(number, exponent);
        return true;
    }
}
