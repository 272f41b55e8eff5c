using RedisLite.Storage;

namespace RedisLite.Commands.SortedSets;

/// <summary>
/// Commands that look members up, and that count: ZSCORE, ZMSCORE, ZRANK, ZREVRANK, ZCARD, ZCOUNT, ZLEXCOUNT.
/// </summary>
internal static class ScoreCommands
{
    private const string WithScore = "WITHSCORE is of Redis 7.2.";

    [Command("ZSCORE", Arity = 3, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.SortedSet,
        Since = "1.2.0", Complexity = "O(1)", Syntax = "key member",
        Summary = "Get the score associated with the given member in a sorted set")]
    public static void Score(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        if (exists && ctx.Keyspace.SortedSetOf(entry).TryGetScore(ctx.Args[2], out var score))
            ctx.Reply.Double(score);
        else
            ctx.Reply.Null();
    }

    [Command("ZMSCORE", Arity = -3, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.SortedSet,
        Since = "6.2.0", Complexity = "O(N) where N is the number of members being requested.",
        Syntax = "key member [member ...]",
        Summary = "Get the score associated with the given members in a sorted set")]
    public static void Scores(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        ctx.Reply.Array(ctx.Args.Count - 2);
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            if (exists && ctx.Keyspace.SortedSetOf(entry).TryGetScore(ctx.Args[i], out var score))
                ctx.Reply.Double(score);
            else
                ctx.Reply.Null();
        }
    }

    [Command("ZRANK", Arity = -3, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.SortedSet,
        Since = "2.0.0", Complexity = "O(log(N))", Syntax = "key member [WITHSCORE]",
        Summary = "Determine the index of a member in a sorted set", Notes = WithScore)]
    public static void Rank(ref CommandContext ctx) => Rank(ref ctx, isReversed: false);

    [Command("ZREVRANK", Arity = -3, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.SortedSet,
        Since = "2.0.0", Complexity = "O(log(N))", Syntax = "key member [WITHSCORE]",
        Summary = "Determine the index of a member in a sorted set, with scores ordered from high to low",
        Notes = WithScore)]
    public static void ReverseRank(ref CommandContext ctx) => Rank(ref ctx, isReversed: true);

    [Command("ZCARD", Arity = 2, Keys = "R:none 1", Flags = CommandFlags.Fast, Group = CommandGroup.SortedSet,
        Since = "1.2.0", Complexity = "O(1)", Syntax = "key", Summary = "Get the number of members in a sorted set")]
    public static void Cardinality(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            ctx.Reply.Integer(exists ? ctx.Keyspace.SortedSetOf(entry).Count : 0);
    }

    [Command("ZCOUNT", Arity = 4, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.SortedSet,
        Since = "2.0.0", Complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        Syntax = "key min max", Summary = "Count the members in a sorted set with scores within the given values")]
    public static void Count(ref CommandContext ctx) => Count(ref ctx, RangeKind.Score);

    [Command("ZLEXCOUNT", Arity = 4, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.SortedSet,
        Since = "2.8.9", Complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        Syntax = "key min max",
        Summary = "Count the number of members in a sorted set between a given lexicographical range")]
    public static void LexCount(ref CommandContext ctx) => Count(ref ctx, RangeKind.Lex);

    private static void Rank(ref CommandContext ctx, bool isReversed)
    {
        var withScore = ctx.Args.Count > 3;
        if (withScore && (ctx.Args.Count > 4 || !ctx.Args.Is(3, "WITHSCORE"u8)))
        {
            // What Redis 7.0 says of it; 7.2 calls it a syntax error.
            ctx.Reply.Error(Errors.WrongNumberOfArguments(ctx.Command));
            return;
        }

        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        if (!exists || !ctx.Keyspace.SortedSetOf(entry).TryGetRank(ctx.Args[2], out var rank, out var score))
        {
            if (withScore)
                ctx.Reply.NullArray();
            else
                ctx.Reply.Null();
            return;
        }

        if (withScore)
            ctx.Reply.Array(2);
        ctx.Reply.Integer(isReversed ? ctx.Keyspace.SortedSetOf(entry).Count - 1 - rank : rank);
        if (withScore)
            ctx.Reply.Double(score);
    }

    private static void Count(ref CommandContext ctx, RangeKind kind)
    {
        if (!MemberBounds.TryParse(ref ctx, kind, min: 2, max: 3, out var bounds))
            return;
        var key = ctx.Key(1);
        if (Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            ctx.Reply.Integer(exists ? bounds.In(ctx.Keyspace.SortedSetOf(entry)).Count : 0);
    }
}
