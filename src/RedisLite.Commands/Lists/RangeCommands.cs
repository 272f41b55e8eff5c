using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Lists;

/// <summary>Commands on positions: LLEN, LINDEX, LRANGE, LSET, LTRIM.</summary>
internal static class RangeCommands
{
    [Command("LLEN", Arity = 2, Keys = "R:none 1", Flags = CommandFlags.Fast, Group = CommandGroup.List,
        Since = "1.0.0", Complexity = "O(1)", Syntax = "key", Summary = "Get the length of a list")]
    public static void Length(ref CommandContext ctx)
    {
        if (Collections.TryRead(ref ctx, ctx.Key(1), EntryType.List, out var entry, out var exists))
            ctx.Reply.Integer(exists ? ctx.Keyspace.ListOf(entry).Count : 0);
    }

    [Command("LINDEX", Arity = 3, Keys = "R 1", Group = CommandGroup.List, Since = "1.0.0",
        Complexity = "O(log(N))", Syntax = "key index",
        Summary = "Get an element from a list by its index")]
    public static void Index(ref CommandContext ctx)
    {
        if (!Collections.TryRead(ref ctx, ctx.Key(1), EntryType.List, out var entry, out var exists))
            return;
        if (!exists)
        {
            ctx.Reply.Null();
            return;
        }

        if (!ctx.Args.TryGetInt64(2, out var index))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        var list = ctx.Keyspace.ListOf(entry);
        if (TryResolve(ref index, list.Count))
            ctx.Reply.Bulk(list.Get(index, stackalloc byte[ListValue.NumberRoom]));
        else
            ctx.Reply.Null();
    }

    [Command("LRANGE", Arity = 4, Keys = "R 1", Group = CommandGroup.List, Since = "1.0.0",
        Complexity = "O(log(L)+N) where L is the length of the list and N is the number of elements in the specified "
            + "range.", Syntax = "key start stop", Summary = "Get a range of elements from a list")]
    public static void Range(ref CommandContext ctx)
    {
        if (!TryReadRange(ref ctx, out var start, out var stop)
            || !Collections.TryRead(ref ctx, ctx.Key(1), EntryType.List, out var entry, out var exists))
            return;
        if (exists)
            ListRange.Between(start, stop, ctx.Keyspace.ListOf(entry).Count).Reply(ref ctx, entry);
        else
            ctx.Reply.Array(0);
    }

    [Command("LSET", Arity = 4, Keys = "RW:update 1", Flags = CommandFlags.DenyOom, Group = CommandGroup.List,
        Since = "1.0.0", Complexity = "O(log(N))", Syntax = "key index element",
        Summary = "Set the value of an element in a list by its index")]
    public static void Set(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.List, out var entry, out var exists))
            return;
        long index = 0;
        if (!exists)
            ctx.Reply.Error(Errors.NoSuchKey);
        else if (!ctx.Args.TryGetInt64(2, out index))
            ctx.Reply.Error(Errors.NotAnInteger);
        else if (!TryResolve(ref index, ctx.Keyspace.ListOf(entry).Count))
            ctx.Reply.Error(Errors.OutOfRange);
        else
        {
            using var change = Collections.BeginChange(ref ctx, key, entry);
            change.List.Set(index, ctx.Args[3]);
            ctx.Notify(KeyspaceEvents.Lists, "lset"u8, key.Bytes);
            Collections.Changed(ref ctx, key, in change, 1, change.List.Count);
            ctx.Reply.Ok();
        }
    }

    [Command("LTRIM", Arity = 4, Keys = "RW:delete 1", Group = CommandGroup.List, Since = "1.0.0",
        Complexity = "O(log(N)+M) where M is the number of elements to be removed by the operation, which are freed "
            + "in pages.", Syntax = "key start stop", Summary = "Trim a list to the specified range")]
    public static void Trim(ref CommandContext ctx)
    {
        if (!TryReadRange(ref ctx, out var start, out var stop))
            return;
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.List, out var entry, out var exists))
            return;
        ctx.Reply.Ok();
        if (!exists)
            return;
        using var change = Collections.BeginChange(ref ctx, key, entry);
        var list = change.List;
        var before = list.Count;
        var range = ListRange.Between(start, stop, before);
        list.Trim(range.First, range.Count);
        ctx.Notify(KeyspaceEvents.Lists, "ltrim"u8, key.Bytes);
        Collections.Changed(ref ctx, key, in change, (int)Math.Min(before - range.Count, int.MaxValue), range.Count);
    }

    private static bool TryReadRange(scoped ref CommandContext ctx, out long start, out long stop)
    {
        stop = 0;
        if (ctx.Args.TryGetInt64(2, out start) && ctx.Args.TryGetInt64(3, out stop))
            return true;
        ctx.Reply.Error(Errors.NotAnInteger);
        return false;
    }

    /// <summary>Turns a position that may count from the end into one from the beginning.</summary>
    private static bool TryResolve(ref long index, long length)
    {
        if (index < 0)
            index += length;
        return index >= 0 && index < length;
    }
}
