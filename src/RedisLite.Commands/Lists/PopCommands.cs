using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Lists;

/// <summary>Commands that take elements from an end: LPOP, RPOP, LMPOP.</summary>
internal static class PopCommands
{
    private const string Complexity = "O(N) where N is the number of elements returned";

    [Command("LPOP", Arity = -2, Keys = "RW:access+delete 1", Flags = CommandFlags.Fast, Group = CommandGroup.List, Since = "1.0.0",
        Complexity = Complexity, Syntax = "key [count]",
        Summary = "Remove and get the first elements in a list")]
    public static void LeftPop(ref CommandContext ctx) => Pop(ref ctx, ListEnd.Left);

    [Command("RPOP", Arity = -2, Keys = "RW:access+delete 1", Flags = CommandFlags.Fast, Group = CommandGroup.List, Since = "1.0.0",
        Complexity = Complexity, Syntax = "key [count]",
        Summary = "Remove and get the last elements in a list")]
    public static void RightPop(ref CommandContext ctx) => Pop(ref ctx, ListEnd.Right);

    [Command("LMPOP", Arity = -4, Keys = "RW:access+delete numkeys@1", Flags = CommandFlags.MovableKeys, Group = CommandGroup.List, Since = "7.0.0",
        Complexity = "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
        Syntax = "numkeys key [key ...] LEFT|RIGHT [COUNT count]",
        Summary = "Pop elements from a list")]
    public static void PopMany(ref CommandContext ctx)
    {
        if (!MultiPop.TryRead(ref ctx, 1, out var pop))
            return;
        for (var i = pop.FirstKey; i <= pop.LastKey; i++)
        {
            if (!Collections.TryBeginChange(ref ctx, ctx.Key(i), EntryType.List, out var change))
                return;
            if (pop.TryTake(ref ctx, i, ref change))
                return;
        }

        ctx.Reply.NullArray();
    }

    /// <summary>Takes one element out, replies it, and ends the change's report.</summary>
    public static void TakeOne(ref CommandContext ctx, scoped in Key key, ListEnd end, ref ValueChange change)
    {
        var list = change.List;
        ctx.Reply.Bulk(end.Peek(list));
        end.Drop(list);
        ctx.Notify(KeyspaceEvents.Lists, end.PopEvent(), key.Bytes);
        Collections.Changed(ref ctx, key, ref change, 1, list.Count);
    }

    /// <summary>Takes elements out, replies them as an array, and ends the change's report.</summary>
    /// <param name="ctx">The command.</param>
    /// <param name="key">The list's.</param>
    /// <param name="end">Where from.</param>
    /// <param name="count">How many: at least one, and as many as there are at most.</param>
    /// <param name="change">Of the list.</param>
    /// <param name="withKey">Whether the reply is a pair of the key and the elements.</param>
    public static void TakeMany(ref CommandContext ctx, scoped in Key key, ListEnd end, long count, ref ValueChange change, bool withKey)
    {
        var list = change.List;
        var length = list.Count;
        ListRange.At(end, count, length).Reply(ref ctx, change.Entry, withKey ? key.Bytes.ToArray() : null);
        list.RemoveRange(end == ListEnd.Left ? 0 : length - count, count);
        ctx.Notify(KeyspaceEvents.Lists, end.PopEvent(), key.Bytes);
        Collections.Changed(ref ctx, key, ref change, (int)Math.Min(count, int.MaxValue), list.Count);
    }

    private static void Pop(ref CommandContext ctx, ListEnd end)
    {
        var isCounted = ctx.Args.Count == 3;
        long count = 1;
        if (ctx.Args.Count > 3)
        {
            ctx.Reply.Error(end == ListEnd.Left
                ? "ERR wrong number of arguments for 'lpop' command"u8
                : "ERR wrong number of arguments for 'rpop' command"u8);
            return;
        }

        if (isCounted && (!ctx.Args.TryGetInt64(2, out count) || count < 0))
        {
            ctx.Reply.Error("ERR value is out of range, must be positive"u8);
            return;
        }

        var key = ctx.Key(1);
        if (!Collections.TryBeginChange(ref ctx, key, EntryType.List, out var change))
            return;
        try
        {
            if (change.IsRefused && isCounted)
                ctx.Reply.NullArray();
            else if (change.IsRefused)
                ctx.Reply.Null();
            else if (!isCounted)
                TakeOne(ref ctx, key, end, ref change);
            else if (count == 0)
                ctx.Reply.Array(0);
            else
                TakeMany(ref ctx, key, end, Math.Min(count, change.List.Count), ref change, withKey: false);
        }
        finally
        {
            change.Dispose();
        }
    }
}
