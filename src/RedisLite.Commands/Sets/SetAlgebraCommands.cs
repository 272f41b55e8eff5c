namespace RedisLite.Commands.Sets;

/// <summary>
/// Commands over several sets: SINTER, SUNION, SDIFF, their STOREs, SINTERCARD. A missing key is an empty set.
/// </summary>
internal static class SetAlgebraCommands
{
    private const CommandFlags Storing = CommandFlags.DenyOom | CommandFlags.Pooled;
    private const string EachMember = "O(N) where N is the total number of elements in all given sets.";
    private const string SmallestByAll =
        "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.";

    [Command("SINTER", Arity = -2, Keys = "R 1..-1", Flags = CommandFlags.Pooled, Group = CommandGroup.Set,
        Since = "1.0.0", Complexity = SmallestByAll, Syntax = "key [key ...]", Summary = "Intersect multiple sets")]
    public static void SInter(ref CommandContext ctx) =>
        SetOperation.Run(ref ctx, SetOperationKind.Intersection, first: 1, ctx.Args.Count - 1);

    [Command("SUNION", Arity = -2, Keys = "R 1..-1", Flags = CommandFlags.Pooled, Group = CommandGroup.Set,
        Since = "1.0.0", Complexity = EachMember, Syntax = "key [key ...]", Summary = "Add multiple sets")]
    public static void SUnion(ref CommandContext ctx) =>
        SetOperation.Run(ref ctx, SetOperationKind.Union, first: 1, ctx.Args.Count - 1);

    [Command("SDIFF", Arity = -2, Keys = "R 1..-1", Flags = CommandFlags.Pooled, Group = CommandGroup.Set,
        Since = "1.0.0", Complexity = EachMember, Syntax = "key [key ...]", Summary = "Subtract multiple sets")]
    public static void SDiff(ref CommandContext ctx) =>
        SetOperation.Run(ref ctx, SetOperationKind.Difference, first: 1, ctx.Args.Count - 1);

    [Command("SINTERSTORE", Arity = -3, Keys = "RW:update 1, R 2..-1", Flags = Storing, Group = CommandGroup.Set,
        Since = "1.0.0", Complexity = SmallestByAll, Syntax = "destination key [key ...]",
        Summary = "Intersect multiple sets and store the resulting set in a key")]
    public static void SInterStore(ref CommandContext ctx) =>
        SetOperation.Run(ref ctx, SetOperationKind.Intersection, first: 2, ctx.Args.Count - 2, destination: 1);

    [Command("SUNIONSTORE", Arity = -3, Keys = "W 1, R 2..-1", Flags = Storing, Group = CommandGroup.Set,
        Since = "1.0.0", Complexity = EachMember, Syntax = "destination key [key ...]",
        Summary = "Add multiple sets and store the resulting set in a key")]
    public static void SUnionStore(ref CommandContext ctx) =>
        SetOperation.Run(ref ctx, SetOperationKind.Union, first: 2, ctx.Args.Count - 2, destination: 1);

    [Command("SDIFFSTORE", Arity = -3, Keys = "W 1, R 2..-1", Flags = Storing, Group = CommandGroup.Set,
        Since = "1.0.0", Complexity = EachMember, Syntax = "destination key [key ...]",
        Summary = "Subtract multiple sets and store the resulting set in a key")]
    public static void SDiffStore(ref CommandContext ctx) =>
        SetOperation.Run(ref ctx, SetOperationKind.Difference, first: 2, ctx.Args.Count - 2, destination: 1);

    [Command("SINTERCARD", Arity = -3, Keys = "R numkeys@1", Flags = CommandFlags.MovableKeys | CommandFlags.Pooled,
        Group = CommandGroup.Set,
        Since = "7.0.0", Complexity = SmallestByAll, Syntax = "numkeys key [key ...] [LIMIT limit]",
        Summary = "Intersect multiple sets and return the cardinality of the result")]
    public static void SInterCard(ref CommandContext ctx)
    {
        if (!ctx.Args.TryGetInt64(1, out var keys) || keys < 1)
        {
            ctx.Reply.Error(Errors.NoKeys);
            return;
        }

        if (keys > ctx.Args.Count - 2)
        {
            ctx.Reply.Error(Errors.TooManyKeys);
            return;
        }

        long limit = 0;
        var options = new ArgReader(ctx.Args, first: 2 + (int)keys);
        while (options.HasMore)
        {
            if (!options.TryTake("LIMIT"u8, out var value))
            {
                ctx.Reply.Error(Errors.Syntax);
                return;
            }

            if (!ctx.Args.TryGetInt64(value, out limit) || limit < 0)
            {
                ctx.Reply.Error(Errors.NegativeLimit);
                return;
            }
        }

        SetOperation.Run(ref ctx, SetOperationKind.IntersectionCount, first: 2, (int)keys, limit: limit == 0
            ? long.MaxValue : limit);
    }
}
