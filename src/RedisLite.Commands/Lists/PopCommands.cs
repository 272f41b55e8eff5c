using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Lists;

/// <summary>Commands that take elements from an end: LPOP, RPOP, LMPOP.</summary>
internal static class PopCommands
{
    private const string Complexity = "O(N) where N is the number of elements returned";

    [Command("LPOP", Arity = -2, Keys = "RW:access+delete 1", Flags = CommandFlags.Fast, Group = CommandGroup.List,
        Since = "1.0.0", Complexity = Complexity, Syntax = "key [count]",
        Summary = "Remove and get the first elements in a list")]
    public static void LeftPop(ref CommandContext ctx) => Pop(ref ctx, ListEnd.Left);

    [Command("RPOP", Arity = -2, Keys = "RW:access+delete 1", Flags = CommandFlags.Fast, Group = CommandGroup.List,
        Since = "1.0.0", Complexity = Complexity, Syntax = "key [count]",
        Summary = "Remove and get the last elements in a list")]
    public static void RightPop(ref CommandContext ctx) => Pop(ref ctx, ListEnd.Right);

    [Command("LMPOP", Arity = -4, Keys = "RW:access+delete numkeys@1", Flags = CommandFlags.MovableKeys,
        Group = CommandGroup.List, Since = "7.0.0",
        Complexity = "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
        Syntax = "numkeys key [key ...] LEFT|RIGHT [COUNT count]", Summary = "Pop elements from a list")]
    public static void PopMany(ref CommandContext ctx)
    {
        if (!MultiPop.TryRead(ref ctx, 1, out var pop))
            return;
        for (var i = pop.FirstKey; i <= pop.LastKey; i++)
        {
            if (!Collections.TryFind(ref ctx, ctx.Key(i), EntryType.List, out var entry, out var exists))
                return;
            if (!exists)
                continue;
            pop.Take(ref ctx, i, entry);
            return;
        }

        ctx.Reply.NullArray();
    }

    /// <summary>Takes one element out of a list that is there, and replies it.</summary>
    public static void TakeOne(scoped ref CommandContext ctx, scoped in Key key, scoped in Entry entry, ListEnd end)
    {
        using var change = Collections.BeginChange(ref ctx, key, entry);
        var list = change.List;
        ctx.Reply.Bulk(end.Peek(list, stackalloc byte[ListValue.NumberRoom]));
        end.Drop(list);
        ctx.Notify(KeyspaceEvents.Lists, end.PopEvent(), key.Bytes);
        Collections.Changed(ref ctx, key, in change, 1, list.Count);
    }

    /// <summary>Takes elements out of a list that is there, and replies them as an array.</summary>
    /// <param name="ctx">The command.</param>
    /// <param name="key">The list's.</param>
    /// <param name="entry">The list.</param>
    /// <param name="end">Where from.</param>
    /// <param name="count">How many: at least one, and as many as there are at most.</param>
    /// <param name="withKey">Whether the reply is a pair of the key and the elements.</param>
    public static void TakeMany(
        ref CommandContext ctx, scoped in Key key, scoped in Entry entry, ListEnd end, long count, bool withKey)
    {
        var length = ctx.Keyspace.ListOf(entry).Count;
        ListRange.At(end, count, length).Reply(ref ctx, entry, withKey ? key.Bytes.ToArray() : null);
        using var change = Collections.BeginChange(ref ctx, key, entry);
        change.List.RemoveRange(end == ListEnd.Left ? 0 : length - count, count);
        ctx.Notify(KeyspaceEvents.Lists, end.PopEvent(), key.Bytes);
        Collections.Changed(ref ctx, key, in change, (int)Math.Min(count, int.MaxValue), length - count);
    }

    private static void Pop(scoped ref CommandContext ctx, ListEnd end)
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
            ctx.Reply.Error(Errors.NotPositive);
            return;
        }

        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.List, out var entry, out var exists))
            return;
        if (!exists && isCounted)
            ctx.Reply.NullArray();
        else if (!exists)
            ctx.Reply.Null();
        else if (!isCounted)
            TakeOne(ref ctx, key, entry, end);
        else if (count == 0)
            ctx.Reply.Array(0);
        else
            TakeMany(ref ctx, key, entry, end, Math.Min(count, ctx.Keyspace.ListOf(entry).Count), withKey: false);
    }
}
