namespace RedisLite.Protocol;

/// <summary>Redis's glob patterns, as in KEYS, SCAN, CONFIG GET and PSUBSCRIBE.</summary>
/// <remarks>
/// <c>*</c> any bytes, <c>?</c> any byte, <c>[abc]</c>, <c>[^abc]</c> and <c>[a-z]</c> a byte (not) among those named,
/// <c>\</c> takes the next byte as it is. An unclosed class ends with the pattern. As in Redis, no pattern except the
/// empty one matches an empty text, <c>*</c> included: see <see cref="MatchesEverything"/>.
/// </remarks>
public static class Glob
{
    // Redis recurses at each star that something follows, and gives up at this depth.
    private const int MaxStars = 1000;

    /// <summary>Whether a pattern is the one that commands take for "no pattern": a single <c>*</c>.</summary>
    public static bool MatchesEverything(ReadOnlySpan<byte> pattern) => pattern is [(byte)'*'];

    /// <summary>Whether a pattern matches all of a text.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="text">The text.</param>
    /// <param name="ignoreCase">
    /// Whether ASCII letters match in any case; escaped ones within a class still do not.
    /// </param>
    /// <remarks>
    /// At most O(pattern length * text length) and no recursion: when the part after a <c>*</c> does not match, only
    /// the last <c>*</c> need take one byte more. A longer match of an earlier one could only leave the last a shorter
    /// rest.
    /// </remarks>
    public static bool IsMatch(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool ignoreCase = false)
    {
        if (text.IsEmpty)
            return pattern.IsEmpty;

        var p = 0;
        var t = 0;
        var stars = 0;
        var afterStar = 0;
        var retry = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                while (p < pattern.Length && pattern[p] == '*')
                    p++;
                if (p == pattern.Length)
                    return true;
                if (++stars > MaxStars)
                    return false;
                afterStar = p;
                retry = t;
                continue;
            }

            if (p < pattern.Length && MatchesOne(pattern, ref p, text[t], ignoreCase))
            {
                t++;
                continue;
            }

            if (stars == 0)
                return false;
            p = afterStar;
            t = ++retry;
        }

        return !pattern[p..].ContainsAnyExcept((byte)'*');
    }

    /// <summary>
    /// Matches one byte against the element at <paramref name="p"/>, which is not <c>*</c>, and passes it.
    /// </summary>
    private static bool MatchesOne(ReadOnlySpan<byte> pattern, ref int p, byte b, bool ignoreCase)
    {
        switch (pattern[p])
        {
            case (byte)'?':
                p++;
                return true;
            case (byte)'[':
                p++;
                return MatchesClass(pattern, ref p, b, ignoreCase);
            case (byte)'\\' when p + 1 < pattern.Length:
                p++;
                break;
        }

        return AreEqual(pattern[p++], b, ignoreCase);
    }

    private static bool MatchesClass(ReadOnlySpan<byte> pattern, ref int p, byte b, bool ignoreCase)
    {
        var negated = p < pattern.Length && pattern[p] == '^';
        if (negated)
            p++;

        var matches = false;
        while (p < pattern.Length && pattern[p] != ']')
        {
            var left = pattern.Length - p;
            if (pattern[p] == '\\' && left >= 2)
            {
                matches |= pattern[p + 1] == b;
                p += 2;
            }
            else if (left >= 3 && pattern[p + 1] == '-')
            {
                matches |= IsInRange(pattern[p], pattern[p + 2], b, ignoreCase);
                p += 3;
            }
            else
            {
                matches |= AreEqual(pattern[p], b, ignoreCase);
                p++;
            }
        }

        if (p < pattern.Length)
            p++;
        return matches != negated;
    }

    /// <summary>
    /// Bounds may stand in either order. They compare as signed, as C's char does where Redis usually runs.
    /// </summary>
    private static bool IsInRange(byte first, byte last, byte b, bool ignoreCase)
    {
        var low = Math.Min((sbyte)first, (sbyte)last);
        var high = Math.Max((sbyte)first, (sbyte)last);
        var value = (sbyte)b;
        if (ignoreCase)
        {
            low = (sbyte)ToLower((byte)low);
            high = (sbyte)ToLower((byte)high);
            value = (sbyte)ToLower(b);
        }

        return value >= low && value <= high;
    }

    private static bool AreEqual(byte left, byte right, bool ignoreCase) =>
        left == right || (ignoreCase && ToLower(left) == ToLower(right));

    private static byte ToLower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
}
