namespace RedisLite.Commands;

/// <summary>
/// Draws ranks of a collection at random, each with the same chance: HRANDFIELD, SRANDMEMBER, SPOP, ZRANDMEMBER.
/// </summary>
/// <remarks>
/// <code>
///   with repetition      any rank each time
///   distinct, few        ranks drawn until so many differ (Floyd), in the order of the draw
///   distinct, many       all ranks in order, each taken with the chance (still wanted) / (still to come)
/// </code>
/// One thread at a time.
/// </remarks>
internal sealed class RankDraw
{
    // Distinct ranks are drawn, rather than taken from all in order, while they are less than one in so many.
    private const long FewOf = 8;

    private readonly long _size;
    private readonly long[]? _drawn;
    private readonly bool _isDistinct;
    private long _wanted;
    private long _next;

    private RankDraw(long count, long size, bool isDistinct)
    {
        _size = size;
        _wanted = count;
        _isDistinct = isDistinct;
        if (isDistinct && count < size / FewOf)
            _drawn = DrawDistinct(count, size);
    }

    /// <summary>So many ranks, the same ones perhaps again; the collection is not empty.</summary>
    public static RankDraw Repeated(long count, long size) => new(count, size, isDistinct: false);

    /// <summary>So many different ranks, at most as many as there are.</summary>
    public static RankDraw Distinct(long count, long size) => new(count, size, isDistinct: true);

    public bool TryNext(out long rank)
    {
        rank = 0;
        if (_wanted == 0)
            return false;
        if (_drawn is not null)
            rank = _drawn[^(int)_wanted];
        else if (_isDistinct)
            rank = TakeInOrder();
        else
            rank = Random.Shared.NextInt64(_size);
        _wanted--;
        return true;
    }

    private long TakeInOrder()
    {
        while (Random.Shared.NextInt64(_size - _next) >= _wanted)
            _next++;
        return _next++;
    }

    private static long[] DrawDistinct(long count, long size)
    {
        var ranks = new long[count];
        var seen = new HashSet<long>((int)count);
        for (var i = 0; i < ranks.Length; i++)
        {
            var last = size - count + i;
            var rank = Random.Shared.NextInt64(last + 1);
            ranks[i] = seen.Add(rank) ? rank : last;
            seen.Add(ranks[i]);
        }

        // Floyd's draw favours late places for late ranks; which ones are drawn is fair.
        Random.Shared.Shuffle(ranks);
        return ranks;
    }
}
