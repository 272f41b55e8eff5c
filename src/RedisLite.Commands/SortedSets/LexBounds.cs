using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>
/// A range of members of one score by their bytes, as clients write it: <c>[a</c>, <c>(a</c>, <c>-</c>, <c>+</c>.
/// </summary>
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
    /// <remarks>
    /// Members of several scores are in no order that a range could mean. What Redis makes of that is kept all the same
    /// where there is a rule: a small set is walked from the end that comes first, and a large one is taken to be in
    /// order.
    /// </remarks>
    /// <param name="set">A sorted set that is not empty.</param>
    /// <param name="isReversed">Whether the walk begins at the last member.</param>
    public RankRange In(SortedSetValue set, bool isReversed)
    {
        if (set.At(0).Score == set.At(set.Count - 1).Score)
            return RankRange.Between(_min.CountBefore(set, asEnd: false), _max.CountBefore(set, asEnd: true));
        if (!_max.IsEndOf(set.At(0).Member) || !_min.IsBeginningOf(set.At(set.Count - 1).Member))
            return default;
        if (!set.IsSmall)
            return RankRange.Between(Search(set, _min, asEnd: false), Search(set, _max, asEnd: true));
        return isReversed ? WalkDown(set) : WalkUp(set);
    }

    private RankRange WalkUp(SortedSetValue set)
    {
        var cursor = set.At(0);
        var first = 0L;
        for (; cursor.IsValid && !_min.IsBeginningOf(cursor.Member); cursor.MoveNext())
            first++;
        var end = first;
        for (; cursor.IsValid && _max.IsEndOf(cursor.Member); cursor.MoveNext())
            end++;
        return RankRange.Between(first, end);
    }

    private RankRange WalkDown(SortedSetValue set)
    {
        var cursor = set.At(set.Count - 1);
        var end = set.Count;
        for (; end > 0 && !_max.IsEndOf(cursor.Member); cursor.MovePrevious())
            end--;
        var first = end;
        for (; first > 0 && _min.IsBeginningOf(cursor.Member); cursor.MovePrevious())
            first--;
        return RankRange.Between(first, end);
    }

    /// <summary>The rank at which a range begins or ends, by halves.</summary>
    private static long Search(SortedSetValue set, Bound bound, bool asEnd)
    {
        long first = 0, end = set.Count;
        while (first < end)
        {
            var middle = (first + end) / 2;
            var member = set.At(middle).Member;
            if (asEnd ? bound.IsEndOf(member) : !bound.IsBeginningOf(member))
                first = middle + 1;
            else
                end = middle;
        }

        return first;
    }

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
            if (text is not (
                [(byte)'[' or (byte)'(', ..] or [(byte)'-' or (byte)'+'] or [(byte)'-' or (byte)'+', 0, ..]))
                return false;
            bound = new Bound(text);
            return true;
        }

        /// <summary>Whether a member is in a range that begins here.</summary>
        public bool IsBeginningOf(ReadOnlySpan<byte> member) => _kind switch
        {
            (byte)'-' => true,
            (byte)'+' => false,
            (byte)'(' => member.SequenceCompareTo(_member) > 0,
            _ => member.SequenceCompareTo(_member) >= 0,
        };

        /// <summary>Whether a member is in a range that ends here.</summary>
        public bool IsEndOf(ReadOnlySpan<byte> member) => _kind switch
        {
            (byte)'-' => false,
            (byte)'+' => true,
            (byte)'(' => member.SequenceCompareTo(_member) < 0,
            _ => member.SequenceCompareTo(_member) <= 0,
        };

        /// <summary>
        /// How many members of one score stand before a range that begins here, or before what follows one that ends
        /// here.
        /// </summary>
        public long CountBefore(SortedSetValue set, bool asEnd) => _kind switch
        {
            (byte)'-' => 0,
            (byte)'+' => set.Count,
            (byte)'(' => set.CountBelow(_member, inclusive: !asEnd),
            _ => set.CountBelow(_member, inclusive: asEnd),
        };
    }
}
