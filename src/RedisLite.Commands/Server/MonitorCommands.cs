namespace RedisLite.Commands.Server;

/// <summary>MONITOR: every command that is executed, as it happens.</summary>
internal static class MonitorCommands
{
    [Command("MONITOR", Arity = 1, Group = CommandGroup.Server, Since = "1.0.0", Categories = "dangerous",
        Flags = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        Summary = "Listens for all requests received by the server in real-time.")]
    public static void Monitor(ref CommandContext ctx)
    {
        if (ctx.IsInTransaction)
        {
            ctx.Reply.Error("ERR MONITOR isn't allowed for DENY BLOCKING client"u8);
            return;
        }

        var (session, monitors) = (ctx.Session, ctx.Services.Monitors);
        session.Extensions.GetOrAdd(() => new MonitorFeed(session, monitors));
        session.IsMonitor = true;
        ctx.Reply.Ok();
    }
}
