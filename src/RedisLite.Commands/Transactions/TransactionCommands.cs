using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.Transactions;

/// <summary>MULTI, EXEC, DISCARD, WATCH, UNWATCH.</summary>
/// <remarks>
/// EXEC takes the union of its commands' stripes, and of the watched keys', before it checks and runs anything: nobody
/// sees a transaction half done, and no watched key can change between the check and the run.
/// </remarks>
internal static class TransactionCommands
{
    private const CommandFlags Common = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale
        | CommandFlags.Fast | CommandFlags.Immediate;

    [Command("MULTI", Arity = 1, Group = CommandGroup.Transactions, Since = "1.2.0", Complexity = "O(1)",
        Flags = Common | CommandFlags.AllowBusy | CommandFlags.FramesOthers,
        Summary = "Starts a transaction.")]
    public static void Multi(ref CommandContext ctx)
    {
        if (ctx.Session.Transaction is not null)
        {
            ctx.Reply.Error("ERR MULTI calls can not be nested"u8);
            return;
        }

        ctx.Session.Transaction = new Transaction();
        ctx.Reply.Ok();
    }

    [Command("EXEC", Arity = 1, Group = CommandGroup.Transactions, Since = "1.2.0",
        Complexity = "Depends on commands in the transaction",
        Flags = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.SkipSlowlog
            | CommandFlags.Immediate | CommandFlags.RunsQueue | CommandFlags.FramesOthers,
        Summary = "Executes all commands in a transaction.")]
    public static void Exec(ref CommandContext ctx)
    {
        var session = ctx.Session;
        if (session.Transaction is not { } transaction)
        {
            ctx.Reply.Error("ERR EXEC without MULTI"u8);
            return;
        }

        var watched = session.Watched;
        session.Watched = null;
        var changed = watched is not null && watched.AnyChanged(ctx.NowMs);
        watched?.Clear();
        if (transaction.IsAborted)
        {
            session.Transaction = null;
            ctx.Reply.Error(Errors.ExecAborted);
        }
        else if (changed)
        {
            session.Transaction = null;
            ctx.Reply.NullArray();
        }
        else
        {
            ctx.RunTransaction();
        }
    }

    [Command("DISCARD", Arity = 1, Flags = Common | CommandFlags.AllowBusy, Group = CommandGroup.Transactions,
        Since = "2.0.0", Complexity = "O(N), when N is the number of queued commands",
        Summary = "Discards a transaction.")]
    public static void Discard(ref CommandContext ctx)
    {
        if (ctx.Session.Transaction is null)
        {
            ctx.Reply.Error("ERR DISCARD without MULTI"u8);
            return;
        }

        ctx.Session.Transaction = null;
        Forget(ctx.Session);
        ctx.Reply.Ok();
    }

    [Command("WATCH", Arity = -2, Keys = "L 1..-1", Flags = Common | CommandFlags.AllowBusy,
        Group = CommandGroup.Transactions, Since = "2.2.0", Complexity = "O(1) for every key.",
        Syntax = "key [key ...]", Summary = "Monitors changes to keys to determine the execution of a transaction.")]
    public static void Watch(ref CommandContext ctx)
    {
        if (ctx.Session.Transaction is not null)
        {
            ctx.Reply.Error("ERR WATCH inside MULTI is not allowed"u8);
            return;
        }

        var watched = ctx.Session.Watched ??= new WatchedKeys(ctx.Services.Watches, ctx.Databases);
        for (var i = 1; i < ctx.Args.Count; i++)
        {
            var key = ctx.Key(i);
            var isExpired = ctx.Keyspace.TryGetStale(key, out _) && !ctx.Keyspace.TryGet(key, ctx.NowMs, out _);
            watched.Add(ctx.Session.Database, key, isExpired);
        }

        ctx.Reply.Ok();
    }

    [Command("UNWATCH", Arity = 1, Group = CommandGroup.Transactions, Since = "2.2.0", Complexity = "O(1)",
        Flags = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast
            | CommandFlags.AllowBusy, Summary = "Forgets about watched keys of a transaction.")]
    public static void Unwatch(ref CommandContext ctx)
    {
        Forget(ctx.Session);
        ctx.Reply.Ok();
    }

    /// <summary>Ends a transaction whose EXEC itself was refused; the reply says so, and why.</summary>
    /// <param name="session">In a transaction or not: Redis answers so in any case.</param>
    /// <param name="reply">Ends with the refusal.</param>
    /// <param name="mark">Where the refusal begins.</param>
    internal static void Abort(ClientSession session, ReplyWriter reply, int mark)
    {
        var reason = reply.Written[mark..];
        if (reply.Format != ReplyFormat.Plain)
            reason = reason[1..];
        if (reason.StartsWith("ERR "u8))
            reason = reason[4..];
        byte[] message = [.. "EXECABORT Transaction discarded because of: "u8, .. reason.TrimEnd("\r\n"u8)];
        reply.Truncate(mark);
        reply.Error(message);
        session.Transaction = null;
        Forget(session);
    }

    /// <summary>Ends a transaction, and what it watched, without a reply.</summary>
    internal static void Drop(ClientSession session)
    {
        session.Transaction = null;
        Forget(session);
    }

    private static void Forget(ClientSession session)
    {
        session.Watched?.Clear();
        session.Watched = null;
    }
}
