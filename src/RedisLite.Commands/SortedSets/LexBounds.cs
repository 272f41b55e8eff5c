using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>A range of members of one score by their bytes, as clients write it: <c>[a</c>, <c>(a</c>, <c>-</c>, <c>+</c>.</summary>
internal readonly ref struct LexBounds
{
    private readonly Bound _min;
    private readonly Bound _max;

    private LexBounds(Bound min, Bound max)
    {
        _min = min;
        _max = max;
    }

    public static bool TryParse(ReadOnlySpan<byte> min, ReadOnlySpan<byte> max, out LexBounds bounds)
    {
        var isValid = Bound.TryParse(min, out var low) & Bound.TryParse(max, out var high);
        bounds = new LexBounds(low, high);
        return isValid;
    }

    /// <summary>The ranks of the members within.</summary>
    public RankRange In(SortedSetValue set) => RankRange.Between(_min.CountBefore(set, asEnd: false), _max.CountBefore(set, asEnd: true));

    private readonly ref struct Bound
    {
        private readonly ReadOnlySpan<byte> _member;
        private readonly byte _kind;

        private Bound(ReadOnlySpan<byte> text)
        {
            _kind = text[0];
            _member = text[1..];
        }

        public static bool TryParse(ReadOnlySpan<byte> text, out Bound bound)
        {
            bound = default;
            if (text is not ([(byte)'[' or (byte)'(', ..] or [(byte)'-' or (byte)'+'] or [(byte)'-' or (byte)'+', 0, ..]))
                return false;
            bound = new Bound(text);
            return true;
        }

        /// <summary>How many members stand before the range that begins here or, as its end, before the first one behind it.</summary>
        public long CountBefore(SortedSetValue set, bool asEnd) => _kind switch
        {
            (byte)'-' => 0,
            (byte)'+' => set.Count,
            (byte)'(' => set.CountBelow(_member, inclusive: !asEnd),
            _ => set.CountBelow(_member, inclusive: asEnd),
        };
    }
}
