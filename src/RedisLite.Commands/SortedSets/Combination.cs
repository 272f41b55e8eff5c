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
/// </remarks>
internal sealed class Combination(CombinationKind kind, ScoreAggregate aggregate, double[] weights, SmallLimits limits)
{
    private readonly int[] _order = new int[weights.Length];

    /// <summary>Adds what the sources make together to an empty sorted set.</summary>
    public void Compute(HeldSources sources, ref HeldCollection result)
    {
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
                var score = NumberOrZero(weights[i] * member.Score);
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
            var score = NumberOrZero(weights[_order[0]] * member.Score);
            var others = 1;
            for (; others < _order.Length; others++)
            {
                var i = _order[others];
                if (!SourceCursor.TryGetScore(ref sources[i], member.Member, out var other))
                    break;
                score = Aggregate(score, other * weights[i]);
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
                result.SortedSet.Set(member.Member, member.Score, limits);
        }
    }

    private double Aggregate(double score, double other) => aggregate switch
    {
        ScoreAggregate.Sum => NumberOrZero(score + other),
        ScoreAggregate.Min => other < score ? other : score,
        _ => other > score ? other : score,
    };

    /// <summary>Infinity minus infinity, and infinity times zero, count as zero.</summary>
    private static double NumberOrZero(double score) => double.IsNaN(score) ? 0 : score;
}
