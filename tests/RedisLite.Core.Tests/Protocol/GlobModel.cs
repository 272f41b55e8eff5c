namespace RedisLite.Core.Tests.Protocol;

/// <summary>
/// Glob matching as a plain recursion over the pattern's bytes, reading each class again for each byte.
/// </summary>
internal static class GlobModel
{
    public static bool IsMatch(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool ignoreCase)
    {
        if (text.IsEmpty)
            return pattern.IsEmpty;
        return Matches(pattern, text, ignoreCase);
    }

    private static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool ignoreCase)
    {
        if (pattern.IsEmpty)
            return text.IsEmpty;
        if (pattern[0] == '*')
            return Matches(pattern[1..], text, ignoreCase)
                || (!text.IsEmpty && Matches(pattern, text[1..], ignoreCase));
        if (text.IsEmpty)
            return false;
        if (pattern[0] == '[')
        {
            var p = 1;
            return InClass(pattern, ref p, text[0], ignoreCase) && Matches(pattern[p..], text[1..], ignoreCase);
        }

        if (pattern[0] == '?')
            return Matches(pattern[1..], text[1..], ignoreCase);
        if (pattern[0] == '\\' && pattern.Length > 1)
            pattern = pattern[1..];
        return Fold(pattern[0], ignoreCase) == Fold(text[0], ignoreCase)
            && Matches(pattern[1..], text[1..], ignoreCase);
    }

    private static bool InClass(ReadOnlySpan<byte> pattern, ref int p, byte b, bool ignoreCase)
    {
        var negated = p < pattern.Length && pattern[p] == '^';
        if (negated)
            p++;
        var matches = false;
        while (p < pattern.Length && pattern[p] != ']')
        {
            if (pattern[p] == '\\' && pattern.Length - p >= 2)
            {
                matches |= pattern[p + 1] == b;
                p += 2;
            }
            else if (pattern.Length - p >= 3 && pattern[p + 1] == '-')
            {
                var (low, high) = ((sbyte)pattern[p], (sbyte)pattern[p + 2]);
                if (low > high)
                    (low, high) = (high, low);
                matches |= (sbyte)Fold(b, ignoreCase) >= (sbyte)Fold((byte)low, ignoreCase)
                           && (sbyte)Fold(b, ignoreCase) <= (sbyte)Fold((byte)high, ignoreCase);
                p += 3;
            }
            else
            {
                matches |= Fold(pattern[p++], ignoreCase) == Fold(b, ignoreCase);
            }
        }

        if (p < pattern.Length)
            p++;
        return matches != negated;
    }

    private static byte Fold(byte b, bool ignoreCase) =>
        ignoreCase && b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
}
