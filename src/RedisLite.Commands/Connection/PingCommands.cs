using RedisLite.Commands.Keys;

namespace RedisLite.Commands.Connection;

/// <summary>The commands that only talk about the connection itself.</summary>
internal static class PingCommands
{
    [Command("PING", Arity = -1, Group = CommandGroup.Connection, Since = "1.0.0", Complexity = "O(1)",
        Syntax = "[message]", Flags = CommandFlags.Fast | CommandFlags.InSubscribedMode | CommandFlags.RefusedAsWrite,
        Summary = "Returns the server's liveliness response.")]
    public static void Ping(ref CommandContext ctx)
    {
        if (ctx.Args.Count > 2)
        {
            ctx.Reply.Error("ERR wrong number of arguments for 'ping' command"u8);
        }
        else if (ctx.Session is { IsSubscribed: true, ProtocolVersion: 2 })
        {
            // A RESP2 subscriber tells replies from messages by their form: an array like theirs.
            ctx.Reply.Array(2);
            ctx.Reply.Bulk("pong"u8);
            ctx.Reply.Bulk(ctx.Args.Count == 2 ? ctx.Args[1] : default);
        }
        else if (ctx.Args.Count == 2)
        {
            ctx.Reply.Bulk(ctx.Args[1]);
        }
        else
        {
            ctx.Reply.SimpleString("PONG"u8);
        }
    }

    [Command("ECHO", Arity = 2, Group = CommandGroup.Connection, Since = "1.0.0", Complexity = "O(1)",
        Syntax = "message", Flags = CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        Summary = "Returns the given string.")]
    public static void Echo(ref CommandContext ctx) => ctx.Reply.Bulk(ctx.Args[1]);

    [Command("QUIT", Arity = -1, Group = CommandGroup.Connection, Since = "1.0.0", Complexity = "O(1)",
        Flags = CommandFlags.AllowBusy | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale
            | CommandFlags.Fast | CommandFlags.NoAuth | CommandFlags.Immediate | CommandFlags.InSubscribedMode,
        Summary = "Closes the connection.")]
    public static void Quit(ref CommandContext ctx)
    {
        ctx.Reply.Ok();
        ctx.Session.CloseAfterReply = true;

        // Whoever sees the OK may count on the subscriptions being gone; the connection's end comes a moment later.
        ctx.Session.Extensions.Dispose();
    }

    [Command("EXIT", Arity = 1, Group = CommandGroup.Connection, Since = "0.1.0", Complexity = "O(1)",
        Flags = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast
            | CommandFlags.NoAuth | CommandFlags.Immediate | CommandFlags.InSubscribedMode,
        Summary = "Closes the connection without a reply.",
        Notes = "The original redis-lite's command for people at a terminal; Redis has QUIT only.")]
    public static void Exit(ref CommandContext ctx) => ctx.Session.CloseAfterReply = true;

    [Command("SELECT", Arity = 2, Group = CommandGroup.Connection, Since = "1.0.0", Complexity = "O(1)",
        Syntax = "index",
        Flags = CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast | CommandFlags.FramesOthers,
        Summary = "Changes the selected database.")]
    public static void Select(ref CommandContext ctx)
    {
        if (ctx.Services.Cluster is not null && ctx.Args.TryGetInt64(1, out var index) && index != 0
            && index == (int)index)
        {
            ctx.Reply.Error("ERR SELECT is not allowed in cluster mode"u8);
            return;
        }

        if (!DatabaseArgument.TryRead(ref ctx, 1, out var database))
            return;

        ctx.Session.Database = database.Index;
        ctx.Reply.Ok();
    }
}
