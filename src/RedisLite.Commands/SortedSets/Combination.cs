using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>How several sorted sets become one.</summary>
internal enum CombinationKind
{
    Union,
    Intersection,
    Difference,
}

/// <summary>What becomes of the scores of a member that is in several.</summary>
internal enum ScoreAggregate
{
    Sum,
    Min,
    Max,
}

/// <summary>
/// The union, intersection or difference of sorted sets and sets, whose members all count as scored 1.
/// </summary>
/// <remarks>
/// Unions and intersections take their inputs from the smallest to the largest, as Redis does: sums of doubles depend
/// on the order. Reads held collections only, so it needs no lock.
///
/// A zero keeps its sign as in Redis, which adds all up before it stores: in a large result, and in one that is only
/// replied. The result that grows here takes zeros of both signs for one score, so those that are left at the end get
/// theirs then, if any minus zero went in.
/// </remarks>
internal sealed class Combination(CombinationKind kind, ScoreAggregate aggregate, double[] weights, SmallLimits limits)
{
    private readonly int[] _order = new int[weights.Length];
    private bool _sawMinusZero;

    /// <summary>Adds what the sources make together to an empty sorted set.</summary>
    /// <param name="sources">What is combined.</param>
    /// <param name="result">Empty.</param>
    /// <param name="isStored">Whether it gets a key; a small one then keeps no signs.</param>
    public void Compute(HeldSources sources, ref HeldCollection result, bool isStored)
    {
        _sawMinusZero = false;
        Sort(sources);
        switch (kind)
        {
            case CombinationKind.Union:
                Unite(sources, ref result);
                break;
            case CombinationKind.Intersection:
                Intersect(sources, ref result);
                break;
            default:
                Subtract(sources, ref result);
                break;
        }

        if (_sawMinusZero && !result.IsEmpty && !(isStored && result.SortedSet.IsSmall))
            SignZeros(sources, ref result);
    }

    /// <summary>How many members are in all sources.</summary>
    /// <param name="sources">What is intersected.</param>
    /// <param name="limit">Stops at so many; 0 for no limit.</param>
    public long CountIntersection(HeldSources sources, long limit)
    {
        Sort(sources);
        var count = 0L;
        for (var member = new SourceCursor(ref sources[_order[0]]); member.IsValid; member.MoveNext())
        {
            var others = 1;
            while (others < _order.Length
                && SourceCursor.TryGetScore(ref sources[_order[others]], member.Member, out _))
                others++;
            if (others == _order.Length && ++count == limit)
                break;
        }

        return count;
    }

    private void Sort(HeldSources sources)
    {
        for (var i = 0; i < _order.Length; i++)
            _order[i] = i;
        if (kind == CombinationKind.Difference)
            return;

        // Equal ones stay in the order of the request.
        Array.Sort(_order, (a, b) => SourceCursor.Count(ref sources[a]) is var left
            && SourceCursor.Count(ref sources[b]) is var right && left != right
            ? left.CompareTo(right)
            : a.CompareTo(b));
    }

    private void Unite(HeldSources sources, ref HeldCollection result)
    {
        foreach (var i in _order)
        {
            for (var member = new SourceCursor(ref sources[i]); member.IsValid; member.MoveNext())
            {
                var score = Weighted(i, member.Score);
                if (!result.IsEmpty && result.SortedSet.TryGetScore(member.Member, out var present))
                    score = Aggregate(present, score);
                result.SortedSet.Set(member.Member, score, limits);
            }
        }
    }

    private void Intersect(HeldSources sources, ref HeldCollection result)
    {
        for (var member = new SourceCursor(ref sources[_order[0]]); member.IsValid; member.MoveNext())
        {
            var score = Weighted(_order[0], member.Score);
            var others = 1;
            for (; others < _order.Length; others++)
            {
                var i = _order[others];
                if (!SourceCursor.TryGetScore(ref sources[i], member.Member, out var other))
                    break;
                score = Aggregate(score, Noted(other * weights[i]));
            }

            if (others == _order.Length)
                result.SortedSet.Set(member.Member, score, limits);
        }
    }

    private void Subtract(HeldSources sources, ref HeldCollection result)
    {
        for (var member = new SourceCursor(ref sources[0]); member.IsValid; member.MoveNext())
        {
            var others = 1;
            while (others < sources.Count && !SourceCursor.TryGetScore(ref sources[others], member.Member, out _))
                others++;
            if (others == sources.Count)
                result.SortedSet.Set(member.Member, Noted(member.Score), limits);
        }
    }

    /// <summary>Gives each zero of the result the sign that all its scores together have.</summary>
    private void SignZeros(HeldSources sources, ref HeldCollection result)
    {
        var last = result.SortedSet.CountBelow(0, inclusive: true);
        for (var rank = result.SortedSet.CountBelow(0, inclusive: false); rank < last; rank++)
        {
            var zero = result.SortedSet.At(rank);
            var isNegative = double.IsNegative(ScoreOf(sources, zero.Member));
            if (isNegative == double.IsNegative(zero.Score))
                continue;
            var member = zero.Member.ToArray(); // it stands in what is about to be written
            result.SortedSet.SetSignOfZero(member, isNegative);
        }
    }

    /// <summary>What a member's scores make, in the order in which they were taken.</summary>
    private double ScoreOf(HeldSources sources, ReadOnlySpan<byte> member)
    {
        double? sum = null;
        foreach (var i in kind == CombinationKind.Difference ? _order.AsSpan(0, 1) : _order)
        {
            if (!SourceCursor.TryGetScore(ref sources[i], member, out var score))
                continue;
            score = kind switch
            {
                CombinationKind.Difference => score,
                CombinationKind.Intersection when sum is not null => score * weights[i],
                _ => Weighted(i, score),
            };
            sum = sum is { } present ? Aggregate(present, score) : score;
        }

        return sum ?? 0;
    }

    private double Aggregate(double score, double other) => aggregate switch
    {
        ScoreAggregate.Sum => NumberOrZero(score + other),
        ScoreAggregate.Min => other < score ? other : score,
        _ => other > score ? other : score,
    };

    private double Weighted(int source, double score) => Noted(NumberOrZero(weights[source] * score));

    private double Noted(double score)
    {
        _sawMinusZero |= score == 0 && double.IsNegative(score);
        return score;
    }

    /// <summary>Infinity minus infinity, and infinity times zero, count as zero.</summary>
    private static double NumberOrZero(double score) => double.IsNaN(score) ? 0 : score;
}
