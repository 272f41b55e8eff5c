namespace RedisLite.Commands.SortedSets;

/// <summary>Neighbouring members of a sorted set, by their ranks from the lowest on.</summary>
internal readonly record struct RankRange(long First, long Count)
{
    public static RankRange Between(long first, long end) => new(first, Math.Max(0, end - first));

    /// <summary>The members from one index to another, both included, negative ones counted from the end.</summary>
    /// <param name="start">As the client gave it.</param>
    /// <param name="stop">As the client gave it.</param>
    /// <param name="length">Members that there are.</param>
    public static RankRange Of(long start, long stop, long length)
    {
        if (start < 0)
            start = Math.Max(0, start + length);
        if (stop < 0)
            stop += length;
        stop = Math.Min(stop, length - 1);
        return start > stop ? default : new RankRange(start, stop - start + 1);
    }
}

/// <summary>Members in the order in which they are returned.</summary>
/// <param name="Start">The rank of the first one.</param>
/// <param name="Count">How many.</param>
/// <param name="IsReversed">Whether ranks fall.</param>
internal readonly record struct MemberWalk(long Start, long Count, bool IsReversed);
