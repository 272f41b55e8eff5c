using RedisLite.Commands.Execution.Waiting;
using RedisLite.Storage;

namespace RedisLite.Commands.Lists;

/// <summary>Commands that wait for a list: BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH.</summary>
/// <remarks>What they do is logged as what does not wait: LPOP, RPOP, LMOVE, RPOPLPUSH.</remarks>
internal static class BlockingCommands
{
    private const CommandFlags Flags = CommandFlags.NoScript | CommandFlags.Blocking;

    [Command("BLPOP", Arity = -3, Keys = "RW:access+delete 1..-2", Flags = Flags, Group = CommandGroup.List,
        Since = "2.0.0", Complexity = "O(N) where N is the number of provided keys.", Syntax = "key [key ...] timeout",
        Summary = "Remove and get the first element in a list, or block until one is available")]
    public static void LeftPop(ref CommandContext ctx) => Pop(ref ctx, ListEnd.Left);

    [Command("BRPOP", Arity = -3, Keys = "RW:access+delete 1..-2", Flags = Flags, Group = CommandGroup.List,
        Since = "2.0.0", Complexity = "O(N) where N is the number of provided keys.", Syntax = "key [key ...] timeout",
        Summary = "Remove and get the last element in a list, or block until one is available")]
    public static void RightPop(ref CommandContext ctx) => Pop(ref ctx, ListEnd.Right);

    [Command("BLMPOP", Arity = -5, Keys = "RW:access+delete numkeys@2",
        Flags = CommandFlags.Blocking | CommandFlags.MovableKeys, Group = CommandGroup.List, Since = "7.0.0",
        Complexity = "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
        Syntax = "timeout numkeys key [key ...] LEFT|RIGHT [COUNT count]",
        Summary = "Pop elements from a list, or block until one is available")]
    public static void PopMany(ref CommandContext ctx)
    {
        if (!MultiPop.TryRead(ref ctx, 2, out var pop) || !BlockingTimeout.TryRead(ref ctx, 1, out var timeout))
            return;
        for (var i = pop.FirstKey; i <= pop.LastKey; i++)
        {
            if (!BlockingKeys.TryFind(ref ctx, i, EntryType.List, out var entry, out var exists))
                return;
            if (!exists)
                continue;
            pop.Take(ref ctx, i, entry);
            return;
        }

        ctx.WaitForKeys(WaitFor(timeout), pop.FirstKey, pop.LastKey);
    }

    [Command("BLMOVE", Arity = 6, Keys = "RW:access+delete 1, RW:insert 2", Flags = Flags | CommandFlags.DenyOom,
        Group = CommandGroup.List, Since = "6.2.0", Complexity = "O(1)",
        Syntax = "source destination LEFT|RIGHT LEFT|RIGHT timeout",
        Summary = "Pop an element from a list, push it to another list and return it; or block until one is available")]
    public static void Move(ref CommandContext ctx)
    {
        if (!ListEnds.TryRead(ref ctx, 3, out var from) || !ListEnds.TryRead(ref ctx, 4, out var to)
            || !BlockingTimeout.TryRead(ref ctx, 5, out var timeout)
            || !TryMove(ref ctx, from, to, timeout)
            || !ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(5);
        effect.Bulk("LMOVE"u8);
        for (var i = 1; i <= 4; i++)
            effect.Bulk(ctx.Args[i]);
    }

    [Command("BRPOPLPUSH", Arity = 4, Keys = "RW:access+delete 1, RW:insert 2", Flags = Flags | CommandFlags.DenyOom,
        Group = CommandGroup.List, Since = "2.2.0", Complexity = "O(1)", Syntax = "source destination timeout",
        Summary = "Pop an element from a list, push it to another list and return it; or block until one is available")]
    public static void RightPopLeftPush(ref CommandContext ctx)
    {
        if (!BlockingTimeout.TryRead(ref ctx, 3, out var timeout)
            || !TryMove(ref ctx, ListEnd.Right, ListEnd.Left, timeout)
            || !ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(3);
        effect.Bulk("RPOPLPUSH"u8);
        effect.Bulk(ctx.Args[1]);
        effect.Bulk(ctx.Args[2]);
    }

    private static void Pop(scoped ref CommandContext ctx, ListEnd end)
    {
        var last = ctx.Args.Count - 2;
        if (!BlockingTimeout.TryRead(ref ctx, last + 1, out var timeout))
            return;
        for (var i = 1; i <= last; i++)
        {
            if (!BlockingKeys.TryFind(ref ctx, i, EntryType.List, out var entry, out var exists))
                return;
            if (!exists)
                continue;
            ctx.Reply.Array(2);
            ctx.Reply.Bulk(ctx.Args[i]);
            PopCommands.TakeOne(ref ctx, ctx.Key(i), entry, end);
            if (!ctx.IsLogged)
                return;
            var effect = ctx.PropagateAs(2);
            effect.Bulk(end.PopCommand());
            effect.Bulk(ctx.Args[i]);
            return;
        }

        ctx.WaitForKeys(WaitFor(timeout), first: 1, last);
    }

    /// <returns>Whether an element has moved; otherwise there is an error, or the client waits.</returns>
    private static bool TryMove(scoped ref CommandContext ctx, ListEnd from, ListEnd to, TimeSpan timeout)
    {
        if (!BlockingKeys.TryFind(ref ctx, 1, EntryType.List, out var entry, out var exists))
            return false;
        if (exists)
            return MoveCommands.Run(ref ctx, entry, from, to);
        if (ctx.IsInTransaction)
            ctx.Reply.Null();
        else
            ctx.WaitForKeys(WaitFor(timeout), first: 1, last: 1);
        return false;
    }

    private static KeyWait WaitFor(TimeSpan timeout) => new()
    {
        Type = EntryType.List,
        Timeout = timeout,
        OnTimedOut = static reply => reply.NullArray(),
    };
}
