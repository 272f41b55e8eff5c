using System.Runtime.CompilerServices;

namespace RedisLite.Protocol;

/// <summary>One of Redis's glob patterns, read once and matched as often as one likes.</summary>
/// <remarks>
/// <para><c>*</c> any bytes, <c>?</c> any byte, <c>[abc]</c>, <c>[^abc]</c> and <c>[a-z]</c> a byte (not) among those
/// named, <c>\</c> takes the next byte as it is. An unclosed class ends with the pattern. As in Redis, no pattern
/// except the empty one matches an empty text, <c>*</c> included: see <see cref="Glob.MatchesEverything"/>.</para>
/// <code>
///   pattern    a  *  [a-c]  \*          each element is one byte again; a class has its set of bytes in order of
///   elements   a  *    [    \ *         appearance, so a class of 400,000 members costs as much as one of two
/// </code>
/// Immutable; any thread.
/// </remarks>
public sealed class GlobPattern
{
    // Redis recurses at each star that something follows, and gives up at this depth.
    private const int MaxStars = 1000;

    private readonly byte[] _elements;
    private readonly ByteSet[] _classes;
    private readonly bool _ignoreCase;

    // The bytes that a text needs at least, or, where there is no star, exactly.
    private readonly int _single;
    private readonly bool _hasStar;

    /// <param name="pattern">Copied.</param>
    /// <param name="ignoreCase">
    /// Whether ASCII letters match in any case; escaped ones within a class still do not.
    /// </param>
    public GlobPattern(ReadOnlySpan<byte> pattern, bool ignoreCase = false)
    {
        _ignoreCase = ignoreCase;
        var elements = new byte[pattern.Length];
        var classes = new List<ByteSet>();
        var length = 0;
        for (var p = 0; p < pattern.Length;)
        {
            switch (pattern[p])
            {
                case (byte)'*':
                    _hasStar = true;
                    while (p < pattern.Length && pattern[p] == '*')
                        p++;
                    elements[length++] = (byte)'*';
                    continue;
                case (byte)'[':
                    p++;
                    elements[length++] = (byte)'[';
                    classes.Add(ReadClass(pattern, ref p, ignoreCase));
                    break;
                case (byte)'\\' when p + 1 < pattern.Length:
                    elements[length++] = (byte)'\\';
                    elements[length++] = pattern[p + 1];
                    p += 2;
                    break;
                case (byte)'\\':
                    // The last byte stands for itself; one element more than bytes.
                    Array.Resize(ref elements, elements.Length + 1);
                    elements[length++] = (byte)'\\';
                    elements[length++] = (byte)'\\';
                    p++;
                    break;
                default:
                    elements[length++] = pattern[p++];
                    break;
            }

            _single++;
        }

        _elements = elements.Length == length ? elements : elements[..length];
        _classes = [.. classes];
    }

    /// <summary>Whether the pattern matches all of a text.</summary>
    /// <remarks>
    /// At most O(elements * text length), and no recursion: when the part after a <c>*</c> does not match, only the
    /// last <c>*</c> need take one byte more. A longer match of an earlier one could only leave the last a shorter
    /// rest.
    /// </remarks>
    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return _elements.Length == 0;
        if (_hasStar ? text.Length < _single : text.Length != _single)
            return false;

        var at = default(Position);
        var afterStar = default(Position);
        var t = 0;
        var stars = 0;
        var retry = 0;
        while (t < text.Length)
        {
            if (at.Element < _elements.Length && _elements[at.Element] == '*')
            {
                at.Element++;
                if (at.Element == _elements.Length)
                    return true;
                if (++stars > MaxStars)
                    return false;
                afterStar = at;
                retry = t;
                continue;
            }

            if (at.Element < _elements.Length && MatchesOne(ref at, text[t]))
            {
                t++;
                continue;
            }

            if (stars == 0)
                return false;
            at = afterStar;
            t = ++retry;
        }

        return !_elements.AsSpan(at.Element).ContainsAnyExcept((byte)'*');
    }

    /// <summary>Matches one byte against the element at a position, which is not <c>*</c>, and passes it.</summary>
    private bool MatchesOne(ref Position at, byte b)
    {
        var element = _elements[at.Element++];
        switch (element)
        {
            case (byte)'?':
                return true;
            case (byte)'[':
                return _classes[at.Class++].Contains(b);
            case (byte)'\\':
                element = _elements[at.Element++];
                break;
        }

        return element == b || (_ignoreCase && ToLower(element) == ToLower(b));
    }

    private static ByteSet ReadClass(ReadOnlySpan<byte> pattern, ref int p, bool ignoreCase)
    {
        var negated = p < pattern.Length && pattern[p] == '^';
        if (negated)
            p++;

        ByteSet exact = default, folding = default;
        while (p < pattern.Length && pattern[p] != ']')
        {
            var left = pattern.Length - p;
            if (pattern[p] == '\\' && left >= 2)
            {
                exact.Add(pattern[p + 1], pattern[p + 1]);
                p += 2;
            }
            else if (left >= 3 && pattern[p + 1] == '-')
            {
                var (low, high) = ByteSet.InOrder(pattern[p], pattern[p + 2]);
                folding.Add(Fold(low, ignoreCase), Fold(high, ignoreCase));
                p += 3;
            }
            else
            {
                var member = Fold(pattern[p++], ignoreCase);
                folding.Add(member, member);
            }
        }

        if (p < pattern.Length)
            p++;
        ByteSet result = default;
        for (var b = 0; b <= byte.MaxValue; b++)
            if ((exact.Contains((byte)b) || folding.Contains(Fold((byte)b, ignoreCase))) != negated)
                result.Add((byte)b, (byte)b);
        return result;
    }

    private static byte Fold(byte b, bool ignoreCase) => ignoreCase ? ToLower(b) : b;

    private static byte ToLower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;

    /// <summary>Where a match is: the element, and how many classes stand before it.</summary>
    private struct Position
    {
        public int Element;
        public int Class;
    }

    /// <summary>A set of bytes, one bit each, in the order that C's signed char has where Redis usually runs.</summary>
    private struct ByteSet
    {
        private Words _words;

        public readonly bool Contains(byte b)
        {
            var at = b ^ 0x80;
            return (_words[at >> 6] >> (at & 63) & 1) != 0;
        }

        /// <summary>The bounds of a range may stand in either order.</summary>
        public static (byte Low, byte High) InOrder(byte first, byte last) =>
            (first ^ 0x80) <= (last ^ 0x80) ? (first, last) : (last, first);

        /// <summary>Adds a range; one whose bounds have changed their order by folding is empty.</summary>
        public void Add(byte first, byte last)
        {
            var (low, high) = (first ^ 0x80, last ^ 0x80);
            if (low > high)
                return;
            for (var word = low >> 6; word <= high >> 6; word++)
            {
                var from = word == low >> 6 ? low & 63 : 0;
                var to = word == high >> 6 ? high & 63 : 63;
                _words[word] |= (ulong.MaxValue >> (63 - to + from)) << from;
            }
        }

        [InlineArray(4)]
        private struct Words
        {
            private ulong _first;
        }
    }
}
