using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>Which options a range command has, and which it has by its name.</summary>
/// <param name="Source">The argument that is the key; the ends follow it.</param>
/// <param name="Kind">Null when BYSCORE and BYLEX decide.</param>
/// <param name="IsReversed">Null when REV decides.</param>
/// <param name="Stores">There is no WITHSCORES.</param>
internal readonly record struct RangeForm(int Source, RangeKind? Kind, bool? IsReversed, bool Stores = false);

/// <summary>A range with its options, as all of ZRANGE's relatives take it.</summary>
internal readonly ref struct RangeQuery
{
    private readonly RangeKind _kind;
    private readonly bool _isReversed;
    private readonly long _offset;
    private readonly long _limit;
    private readonly MemberBounds _bounds;

    private RangeQuery(RangeKind kind, bool isReversed, bool withScores, long offset, long limit, MemberBounds bounds)
    {
        _kind = kind;
        _isReversed = isReversed;
        WithScores = withScores;
        _offset = offset;
        _limit = limit;
        _bounds = bounds;
    }

    public bool WithScores { get; }

    /// <summary>Whether it names positions, so that the number of members is known before they are read.</summary>
    public bool IsByRank => _kind == RangeKind.Rank;

    /// <summary>Reads what stands behind the key. When it is not valid the error is replied.</summary>
    public static bool TryRead(scoped ref CommandContext ctx, RangeForm form, out RangeQuery query)
    {
        query = default;
        var (kind, isReversed) = (form.Kind, form.IsReversed);
        var withScores = false;
        long offset = 0, limit = -1;
        var options = new ArgReader(ctx.Args, first: form.Source + 3);
        while (options.HasMore)
        {
            if (!form.Stores && options.TryTake("WITHSCORES"u8))
            {
                withScores = true;
            }
            else if (options.TryTake("LIMIT"u8, 2, out var value))
            {
                if (!ctx.Args.TryGetInt64(value, out offset) || !ctx.Args.TryGetInt64(value + 1, out limit))
                {
                    ctx.Reply.Error(Errors.NotAnInteger);
                    return false;
                }
            }
            else if (isReversed is null && options.TryTake("REV"u8))
            {
                isReversed = true;
            }
            else if (kind is null && options.TryTake("BYLEX"u8))
            {
                kind = RangeKind.Lex;
            }
            else if (kind is null && options.TryTake("BYSCORE"u8))
            {
                kind = RangeKind.Score;
            }
            else
            {
                ctx.Reply.Error(Errors.Syntax);
                return false;
            }
        }

        return TryFinish(
            ref ctx, form.Source + 1, kind ?? RangeKind.Rank, isReversed ?? false, withScores, offset,
            limit, out query);
    }

    /// <summary>The members within, in the order in which they are asked for.</summary>
    public MemberWalk In(SortedSetValue set)
    {
        var range = _bounds.In(set, _isReversed);
        if (_kind == RangeKind.Rank)
            return new MemberWalk(_isReversed ? set.Count - 1 - range.First : range.First, range.Count, _isReversed);
        if (_offset < 0 || _offset >= range.Count)
            return default;
        var count = range.Count - _offset;
        if (_limit >= 0)
            count = Math.Min(count, _limit);
        var start = _isReversed ? range.First + range.Count - 1 - _offset : range.First + _offset;
        return new MemberWalk(start, count, _isReversed);
    }

    private static bool TryFinish(
        scoped ref CommandContext ctx, int first, RangeKind kind, bool isReversed, bool withScores,
        long offset, long limit,
        out RangeQuery query)
    {
        query = default;
        if (limit != -1 && kind == RangeKind.Rank)
        {
            ctx.Reply.Error(SortedSetErrors.LimitByRank);
            return false;
        }

        if (withScores && kind == RangeKind.Lex)
        {
            ctx.Reply.Error(SortedSetErrors.ScoresByLex);
            return false;
        }

        // Scores and members are given from the upper end down when they are wanted so; indexes count from there.
        var fromTop = isReversed && kind != RangeKind.Rank;
        if (!MemberBounds.TryParse(
            ref ctx, kind, fromTop ? first + 1 : first, fromTop ? first : first + 1, out var bounds))
            return false;
        query = new RangeQuery(kind, isReversed, withScores, offset, limit, bounds);
        return true;
    }
}
