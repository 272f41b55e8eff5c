using RedisLite.Commands.Server;
using RedisLite.Protocol;

namespace RedisLite.Commands.Keys;

/// <summary>SORT and SORT_RO, as far as there is something to sort: a missing key is an empty list, a string is no list.</summary>
internal static class SortCommands
{
    private const string Complexity = "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).";
    private const string Limits = "Lists, sets and sorted sets are not supported yet: a missing key counts as an empty list.";

    [Command("SORT", Arity = -2, Keys = "R 1, W ?", Flags = CommandFlags.DenyOom | CommandFlags.MovableKeys,
        Group = CommandGroup.Generic, Since = "1.0.0", Complexity = Complexity,
        Syntax = "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] [ALPHA] [STORE destination]",
        Categories = "set sortedset list dangerous -keyspace", PlanWith = nameof(PlanStore),
        Summary = "Sort the elements in a list, set or sorted set", Notes = Limits)]
    public static void Sort(ref CommandContext ctx) => Sort(ref ctx, mayStore: true);

    [Command("SORT_RO", Arity = -2, Keys = "R 1", Flags = CommandFlags.MovableKeys,
        Group = CommandGroup.Generic, Since = "7.0.0", Complexity = Complexity,
        Syntax = "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] [ALPHA]",
        Categories = "set sortedset list dangerous -keyspace",
        Summary = "Sort the elements in a list, set or sorted set. Read-only variant of SORT.", Notes = Limits)]
    public static void SortReadOnly(ref CommandContext ctx) => Sort(ref ctx, mayStore: false);

    /// <summary>The key that the result goes to, where the options are read as the command reads them.</summary>
    internal static void PlanStore(in Arguments args, scoped ref KeyCollector keys)
    {
        if (TryReadOptions(args, mayStore: true, out var store, out _) && store != 0)
            keys.Add(store, KeyAccess.Write, KeyUsage.Update);
    }

    private static void Sort(ref CommandContext ctx, bool mayStore)
    {
        if (!TryReadOptions(ctx.Args, mayStore, out var store, out var error))
            ctx.Reply.Error(error);
        else if (ctx.TryRead(ctx.Key(1), out _))
            ctx.Reply.Error(Errors.WrongType);
        else if (store == 0)
            ctx.Reply.Array(0);
        else
            StoreNothing(ref ctx, store);
    }

    /// <summary>Checks the options; how they order and shape elements matters once there are any.</summary>
    /// <param name="args">The whole command.</param>
    /// <param name="mayStore">False for SORT_RO.</param>
    /// <param name="store">The argument that names the key for the result, the last one given; 0 for none.</param>
    /// <param name="error">The error reply when the result is false.</param>
    private static bool TryReadOptions(in Arguments args, bool mayStore, out int store, out ReadOnlySpan<byte> error)
    {
        store = 0;
        error = default;
        var options = new ArgReader(args, first: 2);
        while (options.HasMore)
        {
            if (options.TryTake("LIMIT"u8, 2, out var limit))
            {
                if (!args.TryGetInt64(limit, out _) || !args.TryGetInt64(limit + 1, out _))
                {
                    error = Errors.NotAnInteger;
                    return false;
                }
            }
            else if (mayStore && options.TryTake("STORE"u8, out var key))
            {
                store = key;
            }
            else if (!options.TryTake("ASC"u8) && !options.TryTake("DESC"u8) && !options.TryTake("ALPHA"u8)
                && !options.TryTake("BY"u8, out _) && !options.TryTake("GET"u8, out _))
            {
                error = Errors.Syntax;
                return false;
            }
        }

        return true;
    }

    /// <summary>An empty result is no value: its key goes.</summary>
    private static void StoreNothing(ref CommandContext ctx, int argument)
    {
        var target = ctx.Key(argument);
        if (ctx.TryPeek(target, out _) && ctx.Keyspace.Remove(target))
        {
            ctx.Changed();
            if (ctx.IsLogged)
            {
                var effect = ctx.PropagateAs(2);
                effect.Bulk("DEL"u8);
                effect.Bulk(target.Bytes);
            }

            ctx.Notify(KeyspaceEvents.Generic, "del"u8, target.Bytes);
        }

        ctx.Reply.Integer(0);
    }
}
