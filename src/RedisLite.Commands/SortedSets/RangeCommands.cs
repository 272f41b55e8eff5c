using RedisLite.Commands.Execution;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>ZRANGE and the older commands that it replaces, and ZRANGESTORE.</summary>
internal static class RangeCommands
{
    private const string ByRank =
        "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.";

    private const string ByValue =
        "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being "
            + "returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can "
            + "consider it O(log(N)).";

    private static readonly RangeForm StoreForm = new(2, Kind: null, IsReversed: null, Stores: true);

    // Beyond, members are copied while the stripes are released.
    private const int FewMembers = 2000;

    [Command("ZRANGE", Arity = -4, Keys = "R 1", Group = CommandGroup.SortedSet, Since = "1.2.0", Complexity = ByRank,
        Syntax = "key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
        Summary = "Return a range of members in a sorted set")]
    public static void Range(ref CommandContext ctx) => Reply(ref ctx, new RangeForm(1, Kind: null, IsReversed: null));

    [Command("ZREVRANGE", Arity = -4, Keys = "R 1", Group = CommandGroup.SortedSet, Since = "1.2.0",
        Complexity = ByRank, Syntax = "key start stop [WITHSCORES]",
        Summary = "Return a range of members in a sorted set, by index, with scores ordered from high to low")]
    public static void ReverseRange(ref CommandContext ctx) =>
        Reply(ref ctx, new RangeForm(1, RangeKind.Rank, IsReversed: true));

    [Command("ZRANGEBYSCORE", Arity = -4, Keys = "R 1", Group = CommandGroup.SortedSet, Since = "1.0.5",
        Complexity = ByValue, Syntax = "key min max [WITHSCORES] [LIMIT offset count]",
        Summary = "Return a range of members in a sorted set, by score")]
    public static void RangeByScore(ref CommandContext ctx) =>
        Reply(ref ctx, new RangeForm(1, RangeKind.Score, IsReversed: false));

    [Command("ZREVRANGEBYSCORE", Arity = -4, Keys = "R 1", Group = CommandGroup.SortedSet, Since = "2.2.0",
        Complexity = ByValue, Syntax = "key max min [WITHSCORES] [LIMIT offset count]",
        Summary = "Return a range of members in a sorted set, by score, with scores ordered from high to low")]
    public static void ReverseRangeByScore(ref CommandContext ctx) =>
        Reply(ref ctx, new RangeForm(1, RangeKind.Score, IsReversed: true));

    [Command("ZRANGEBYLEX", Arity = -4, Keys = "R 1", Group = CommandGroup.SortedSet, Since = "2.8.9",
        Complexity = ByValue, Syntax = "key min max [LIMIT offset count]",
        Summary = "Return a range of members in a sorted set, by lexicographical range")]
    public static void RangeByLex(ref CommandContext ctx) =>
        Reply(ref ctx, new RangeForm(1, RangeKind.Lex, IsReversed: false));

    [Command("ZREVRANGEBYLEX", Arity = -4, Keys = "R 1", Group = CommandGroup.SortedSet, Since = "2.8.9",
        Complexity = ByValue, Syntax = "key max min [LIMIT offset count]",
        Summary = "Return a range of members in a sorted set, by lexicographical range, ordered from higher to lower "
            + "strings.")]
    public static void ReverseRangeByLex(ref CommandContext ctx) =>
        Reply(ref ctx, new RangeForm(1, RangeKind.Lex, IsReversed: true));

    [Command("ZRANGESTORE", Arity = -5, Keys = "W 1, R 2", Flags = CommandFlags.DenyOom | CommandFlags.Pooled,
        Group = CommandGroup.SortedSet, Since = "6.2.0",
        Complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements "
            + "stored into the destination key.",
        Syntax = "dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]",
        Summary = "Store a range of members from sorted set into another key")]
    public static void RangeStore(ref CommandContext ctx)
    {
        var source = ctx.Key(2);
        if (!RangeQuery.TryRead(ref ctx, StoreForm, out var query)
            || !SortedSetReads.TryFind(ref ctx, source, out var entry, out var exists))
            return;
        var count = exists ? query.In(ctx.Keyspace.SortedSetOf(entry)).Count : 0;
        AsideWork.Run(ref ctx, new RangeCopy(ref ctx), isLong: count > FewMembers);
    }

    private static void Reply(ref CommandContext ctx, RangeForm form)
    {
        if (!RangeQuery.TryRead(ref ctx, form, out var query)
            || !SortedSetReads.TryFind(ref ctx, ctx.Key(form.Source), out var entry, out var exists))
            return;
        if (exists)
            MemberReply.Write(ref ctx, entry, query.In(ctx.Keyspace.SortedSetOf(entry)), MemberReply.ShapeOf(
                ctx.Reply, query.WithScores));
        else
            ctx.Reply.Array(0);
    }

    /// <summary>Copies a range of the second key's sorted set into the first one's.</summary>
    private sealed class RangeCopy : IAsideWork
    {
        private readonly Keyspace _keyspace;
        private readonly SmallLimits _limits;
        private readonly HeldSources _source;
        private MemberWalk _walk;
        private bool _isByRank;
        private HeldCollection _result;

        public RangeCopy(scoped ref CommandContext ctx)
        {
            _keyspace = ctx.Keyspace;
            _limits = ctx.Options.Encodings.OfSortedSets;
            _source = new HeldSources(ref ctx, firstKey: 2, count: 1);
            ResolveRange(ref ctx);
        }

        public void Compute()
        {
            // In rising order, whatever the walk's: members are added to the end.
            _result.Dispose();
            _result = _keyspace.NewCollection(EntryType.SortedSet);
            if (_walk.Count == 0)
                return;
            var left = _walk.Count;

            // As in Redis: what is known to become large is so from the start, and keeps the signs of zeros.
            var limits = _isByRank && left > _limits.MaxEntries ? _limits with { MaxEntries = 0 } : _limits;
            var first = _walk.IsReversed ? _walk.Start - left + 1 : _walk.Start;
            for (var cursor = _source[0].SortedSet.At(first); left > 0; left--, cursor.MoveNext())
                _result.SortedSet.Set(cursor.Member, cursor.Score, limits);
        }

        public bool TryFinish(ref CommandContext ctx)
        {
            if (!_source.AreSame(ref ctx))
            {
                ResolveRange(ref ctx);
                return false;
            }

            var destination = ctx.Key(1);
            SortedSetResult.Store(ref ctx, destination, ref _result, "zrangestore"u8);
            return true;
        }

        public void Dispose()
        {
            _source.Dispose();
            _result.Dispose();
        }

        /// <summary>
        /// Which members the range has, of what is held now; a source of another type meanwhile has none.
        /// </summary>
        private void ResolveRange(scoped ref CommandContext ctx)
        {
            _walk = default;
            if (_source[0].Type == EntryType.SortedSet && !_source[0].IsEmpty
                && RangeQuery.TryRead(ref ctx, StoreForm, out var query))
                (_walk, _isByRank) = (query.In(_source[0].SortedSet), query.IsByRank);
        }
    }
}
