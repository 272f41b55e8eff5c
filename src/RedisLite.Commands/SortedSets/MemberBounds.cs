using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>What the two ends of a range are.</summary>
internal enum RangeKind
{
    Rank,
    Score,
    Lex,
}

/// <summary>The two ends of a range of any kind.</summary>
internal readonly ref struct MemberBounds
{
    private readonly RangeKind _kind;
    private readonly long _start;
    private readonly long _stop;
    private readonly ScoreBounds _scores;
    private readonly LexBounds _members;

    private MemberBounds(RangeKind kind, long start, long stop, ScoreBounds scores, LexBounds members)
    {
        _kind = kind;
        _start = start;
        _stop = stop;
        _scores = scores;
        _members = members;
    }

    /// <summary>Reads both ends. When they are none the error is replied.</summary>
    /// <param name="ctx">Gets the error.</param>
    /// <param name="kind">What they are.</param>
    /// <param name="min">The argument with the lower end; the first one of ranks.</param>
    /// <param name="max">The argument with the upper end.</param>
    /// <param name="bounds">What was read.</param>
    public static bool TryParse(
        scoped ref CommandContext ctx, RangeKind kind, int min, int max, out MemberBounds bounds)
    {
        long start = 0, stop = 0;
        ScoreBounds scores = default;
        LexBounds members = default;
        var args = ctx.Args;
        var isValid = kind switch
        {
            RangeKind.Rank => args.TryGetInt64(min, out start) && args.TryGetInt64(max, out stop),
            RangeKind.Score => ScoreBounds.TryParse(args[min], args[max], out scores),
            _ => LexBounds.TryParse(args[min], args[max], out members),
        };
        bounds = new MemberBounds(kind, start, stop, scores, members);
        if (!isValid)
            ctx.Reply.Error(ErrorOf(kind));
        return isValid;
    }

    /// <summary>The members within.</summary>
    /// <param name="set">A sorted set that is not empty.</param>
    /// <param name="isReversed">Whether they are wanted from the last one on; ranks are counted so by the
    /// caller.</param>
    public RankRange In(SortedSetValue set, bool isReversed = false) => _kind switch
    {
        RangeKind.Rank => RankRange.Of(_start, _stop, set.Count),
        RangeKind.Score => _scores.In(set),
        _ => _members.In(set, isReversed),
    };

    private static ReadOnlySpan<byte> ErrorOf(RangeKind kind) => kind switch
    {
        RangeKind.Rank => Errors.NotAnInteger,
        RangeKind.Score => SortedSetErrors.NotAScoreRange,
        _ => SortedSetErrors.NotALexRange,
    };
}
