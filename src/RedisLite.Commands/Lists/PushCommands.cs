using RedisLite.Commands.Server;
using RedisLite.Storage;

namespace RedisLite.Commands.Lists;

/// <summary>Commands that add elements at an end: LPUSH, RPUSH, LPUSHX, RPUSHX.</summary>
internal static class PushCommands
{
    private const CommandFlags Flags = CommandFlags.DenyOom | CommandFlags.Fast;
    private const string Complexity =
        "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.";
    private const string Syntax = "key element [element ...]";

    [Command("LPUSH", Arity = -3, Keys = "RW:insert 1", Flags = Flags, Group = CommandGroup.List, Since = "1.0.0",
        Complexity = Complexity, Syntax = Syntax,
        Summary = "Prepend one or multiple elements to a list")]
    public static void LeftPush(ref CommandContext ctx) => Push(ref ctx, ListEnd.Left, creates: true);

    [Command("RPUSH", Arity = -3, Keys = "RW:insert 1", Flags = Flags, Group = CommandGroup.List, Since = "1.0.0",
        Complexity = Complexity, Syntax = Syntax,
        Summary = "Append one or multiple elements to a list")]
    public static void RightPush(ref CommandContext ctx) => Push(ref ctx, ListEnd.Right, creates: true);

    [Command("LPUSHX", Arity = -3, Keys = "RW:insert 1", Flags = Flags, Group = CommandGroup.List, Since = "2.2.0",
        Complexity = Complexity, Syntax = Syntax,
        Summary = "Prepend an element to a list, only if the list exists")]
    public static void LeftPushIfExists(ref CommandContext ctx) => Push(ref ctx, ListEnd.Left, creates: false);

    [Command("RPUSHX", Arity = -3, Keys = "RW:insert 1", Flags = Flags, Group = CommandGroup.List, Since = "2.2.0",
        Complexity = Complexity, Syntax = Syntax,
        Summary = "Append an element to a list, only if the list exists")]
    public static void RightPushIfExists(ref CommandContext ctx) => Push(ref ctx, ListEnd.Right, creates: false);

    private static void Push(scoped ref CommandContext ctx, ListEnd end, bool creates)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.List, out var entry, out var exists))
            return;
        if (!exists && !creates)
        {
            ctx.Reply.Integer(0);
            return;
        }

        using var change = Collections.BeginAdding(ref ctx, key, EntryType.List, entry, exists);
        var list = change.List;
        for (var i = 2; i < ctx.Args.Count; i++)
            end.Push(list, ctx.Args[i]);
        ctx.Notify(KeyspaceEvents.Lists, end.PushEvent(), key.Bytes);
        Collections.Changed(ref ctx, key, in change, ctx.Args.Count - 2, list.Count);
        ctx.Reply.Integer(list.Count);
    }
}
