namespace RedisLite.Storage.Values;

/// <summary>Which entries are to go from the beginning of a stream.</summary>
/// <param name="MaxLength">How many may stay; below 0 if <paramref name="MinId"/> decides.</param>
/// <param name="MinId">Those with lower IDs go.</param>
/// <param name="IsApproximate">Only whole nodes go, as with "~" in Redis.</param>
/// <param name="Limit">At most so many go, if it is not 0.</param>
public readonly record struct StreamTrim(long MaxLength, StreamId MinId, bool IsApproximate, long Limit)
{
    private bool IsByLength => MaxLength >= 0;

    internal long Entries(StreamValue stream) =>
        IsByLength ? Math.Max(0, stream.Count - MaxLength) : stream.RankOf(MinId);

    internal long WholeNodes(StreamValue stream)
    {
        var removed = 0L;
        for (var i = 0L; i < stream.NodeCount; i++)
        {
            if (IsByLength && stream.Count - removed <= MaxLength)
                break;
            var end = i + 1 < stream.NodeCount ? stream.RankOf(stream.NodeAt(i + 1)) : stream.Count;
            if (Limit != 0 && end > Limit)
                break;
            if (IsByLength ? stream.Count - end < MaxLength : stream.At(end - 1).Id >= MinId)
                break;
            removed = end;
        }
        return removed;
    }
}
