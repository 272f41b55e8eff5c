using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.Keys.Sorting;

/// <summary>SORT and SORT_RO.</summary>
internal static class SortCommands
{
    private const string Complexity =
        "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned "
            + "elements. When the elements are not sorted, complexity is O(N).";
    private const string Note =
        "Text is compared byte by byte, whatever the locale is. A set that is not sorted (BY a constant) comes in our "
            + "order.";

    [Command("SORT", Arity = -2, Keys = "R 1, W ?",
        Flags = CommandFlags.DenyOom | CommandFlags.MovableKeys | CommandFlags.Pooled, Group = CommandGroup.Generic,
        Since = "1.0.0", Complexity = Complexity,
        Syntax = "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] [ALPHA] [STORE "
            + "destination]", Categories = "set sortedset list dangerous -keyspace", PlanWith = nameof(PlanSort),
        Summary = "Sort the elements in a list, set or sorted set", Notes = Note)]
    public static void Sort(ref CommandContext ctx) => Run(ref ctx, mayStore: true);

    [Command("SORT_RO", Arity = -2, Keys = "R 1", Flags = CommandFlags.MovableKeys | CommandFlags.Pooled,
        Group = CommandGroup.Generic, Since = "7.0.0", Complexity = Complexity,
        Syntax = "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] [ALPHA]",
        Categories = "set sortedset list dangerous -keyspace", PlanWith = nameof(PlanSortReadOnly),
        Summary = "Sort the elements in a list, set or sorted set. Read-only variant of SORT.", Notes = Note)]
    public static void SortReadOnly(ref CommandContext ctx) => Run(ref ctx, mayStore: false);

    /// <summary>
    /// The key that the result goes to, where the options are read as the command reads them; and every stripe, shared,
    /// when patterns lead to keys that only the elements name.
    /// </summary>
    internal static void PlanSort(in Arguments args, scoped ref KeyCollector keys) =>
        Plan(args, mayStore: true, ref keys);

    internal static void PlanSortReadOnly(in Arguments args, scoped ref KeyCollector keys) =>
        Plan(args, mayStore: false, ref keys);

    private static void Plan(in Arguments args, bool mayStore, scoped ref KeyCollector keys)
    {
        if (!SortOptions.TryRead(args, mayStore, mayReadOthers: true, out var options, out _))
            return;
        if (options.Store != 0)
            keys.Add(options.Store, KeyAccess.Write, KeyUsage.Update);
        if (options.ReadsOtherKeys)
            keys.AddWholeKeyspace();
    }

    private static void Run(scoped ref CommandContext ctx, bool mayStore)
    {
        var mayReadOthers = AccessControl.ReadsAllKeys(ctx);
        if (!SortOptions.TryRead(ctx.Args, mayStore, mayReadOthers, out var options, out var error))
            ctx.Reply.Error(error);
        else if (ctx.Services.Cluster is not null && options.By is { IsUsed: true })
            ctx.Reply.Error("ERR BY option of SORT denied in Cluster mode."u8);
        else if (ctx.Services.Cluster is not null && options.Gets.Count > 0)
            ctx.Reply.Error("ERR GET option of SORT denied in Cluster mode."u8);
        else
            new SortWork(ref ctx, options).Run(ref ctx);
    }
}
