using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Execution.Waiting;
using RedisLite.Protocol;

namespace RedisLite.Commands.Connection;

/// <summary>CLIENT KILL, PAUSE, UNPAUSE, REPLY, UNBLOCK, NO-EVICT, NO-TOUCH.</summary>
internal static class ClientControlCommands
{
    private const CommandFlags Common =
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.KeepsCaching;
    private const CommandFlags Admin = Common | CommandFlags.Admin;

    [Command("CLIENT KILL", Arity = -3, Flags = Admin | CommandFlags.Pooled, Group = CommandGroup.Connection,
        Since = "2.4.0", Categories = "dangerous", Complexity = "O(N) where N is the number of client connections",
        Syntax = "<ip:port | [ID client-id] [TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [USER username] [ADDR "
            + "ip:port] [LADDR ip:port] [SKIPME <YES | NO>] ...>", Summary = "Terminates open connections.",
        AuditedWith = nameof(IsShown))]
    public static void Kill(ref CommandContext ctx)
    {
        var isOldForm = ctx.Args.Count == 3;
        var filter = isOldForm
            ? new ClientFilter { Address = Encoding.Latin1.GetString(ctx.Args[2]), SkipMe = false }
            : ClientFilter.Read(ctx.Args, ctx.Services.Access.Users, ctx.Reply);
        if (filter is null)
            return;
        var killed = 0;
        foreach (var session in ctx.Services.Clients.InOrder)
        {
            if (!filter.Matches(session, ctx.Session))
                continue;
            killed++;
            if (session == ctx.Session)
                session.CloseAfterReply = true;
            else
                session.Connection.Close(afterReplies: false);
            if (isOldForm)
                break;
        }

        if (!isOldForm)
            ctx.Reply.Integer(killed);
        else if (killed == 1)
            ctx.Reply.Ok();
        else
            ctx.Reply.Error("ERR No such client"u8);
    }

    [Command("CLIENT PAUSE", Arity = -3, Flags = Admin, Group = CommandGroup.Connection, Since = "2.9.50",
        Categories = "dangerous", Syntax = "timeout [WRITE | ALL]", Summary = "Suspends commands processing.")]
    public static void Pause(ref CommandContext ctx)
    {
        var writesOnly = false;
        if (ctx.Args.Count > 4)
        {
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
            return;
        }

        if (ctx.Args.Count == 4 && ctx.Args.Is(3, "WRITE"u8))
        {
            writesOnly = true;
        }
        else if (ctx.Args.Count == 4 && !ctx.Args.Is(3, "ALL"u8))
        {
            ctx.Reply.Error("ERR CLIENT PAUSE mode must be WRITE or ALL"u8);
            return;
        }

        if (!BlockingTimeout.TryReadMilliseconds(ref ctx, 2, out var timeout))
            return;
        ctx.Services.Pause.Start(timeout, writesOnly);
        ctx.Reply.Ok();
    }

    [Command("CLIENT UNPAUSE", Arity = 2, Flags = Admin, Group = CommandGroup.Connection, Since = "6.2.0",
        Categories = "dangerous", Complexity = "O(N) Where N is the number of paused clients",
        Summary = "Resumes processing commands from paused clients.")]
    public static void Unpause(ref CommandContext ctx)
    {
        ctx.Services.Pause.End();
        ctx.Reply.Ok();
    }

    [Command("CLIENT REPLY", Arity = 3, Flags = Common, Group = CommandGroup.Connection, Since = "3.2.0",
        Syntax = "ON | OFF | SKIP", Summary = "Instructs the server whether to reply to commands.")]
    public static void Reply(ref CommandContext ctx)
    {
        var session = ctx.Session;
        if (ctx.Args.Is(2, "ON"u8))
        {
            session.ReplyMode = ReplyMode.On;
            ctx.Reply.Ok();
        }
        else if (ctx.Args.Is(2, "OFF"u8))
        {
            session.ReplyMode = ReplyMode.Off;
        }
        else if (!ctx.Args.Is(2, "SKIP"u8))
        {
            ctx.Reply.Error(Errors.Syntax);
        }
        else if (session.ReplyMode == ReplyMode.On)
        {
            session.ReplyMode = ReplyMode.SkipNext;
        }
    }

    [Command("CLIENT UNBLOCK", Arity = -3, Flags = Admin, Group = CommandGroup.Connection, Since = "5.0.0",
        Categories = "dangerous", Complexity = "O(log N) where N is the number of client connections",
        Syntax = "client-id [TIMEOUT | ERROR]",
        Summary = "Unblocks a client blocked by a blocking command from a different connection.")]
    public static void Unblock(ref CommandContext ctx)
    {
        if (ctx.Args.Count > 4)
        {
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
            return;
        }

        var withError = ctx.Args.Count == 4 && ctx.Args.Is(3, "ERROR"u8);
        if (ctx.Args.Count == 4 && !withError && !ctx.Args.Is(3, "TIMEOUT"u8))
        {
            ctx.Reply.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"u8);
            return;
        }

        if (!ctx.Args.TryGetInt64(2, out var id))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        var parked = ctx.Services.Clients.Find(id)?.Parked;
        ctx.Reply.Integer(parked is { CanBeUnblocked: true } && parked.Unblock(withError) ? 1 : 0);
    }

    [Command("CLIENT NO-EVICT", Arity = 3, Flags = Admin, Group = CommandGroup.Connection, Since = "7.0.0",
        Categories = "dangerous", Syntax = "ON | OFF", Summary = "Sets the client eviction mode of the connection.")]
    public static void NoEvict(ref CommandContext ctx)
    {
        if (TryReadSwitch(ref ctx, out var on))
            ctx.Session.NoEvict = on;
    }

    [Command("CLIENT NO-TOUCH", Arity = 3, Flags = Common, Group = CommandGroup.Connection, Since = "7.2.0",
        Syntax = "ON | OFF",
        Summary = "Controls whether commands sent by the client affect the LRU/LFU of accessed keys.")]
    public static void NoTouch(ref CommandContext ctx)
    {
        if (TryReadSwitch(ref ctx, out var on))
            ctx.Session.NoTouch = on;
    }

    private static bool TryReadSwitch(ref CommandContext ctx, out bool on)
    {
        on = ctx.Args.Is(2, "ON"u8);
        if (!on && !ctx.Args.Is(2, "OFF"u8))
        {
            ctx.Reply.Error(Errors.Syntax);
            return false;
        }

        ctx.Reply.Ok();
        return true;
    }

    /// <summary>For the audit trail: what it is told to do is no secret.</summary>
    private static bool IsShown(in Arguments args, int index) => index > 0;
}
