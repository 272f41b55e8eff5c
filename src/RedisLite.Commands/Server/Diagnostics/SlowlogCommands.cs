using System.Text;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>SLOWLOG: the last commands that took long.</summary>
[CommandContainer("SLOWLOG", Group = CommandGroup.Server, Since = "2.2.12", HelpSince = "6.2.0",
    Summary = "A container for slow log commands.")]
internal static class SlowlogCommands
{
    private const CommandFlags Common = CommandFlags.Admin | CommandFlags.Loading | CommandFlags.Stale;
    private const long DefaultCount = 10;

    [Command("SLOWLOG GET", Arity = -2, Flags = Common | CommandFlags.Pooled, Group = CommandGroup.Server,
        Since = "2.2.12", Complexity = "O(N) where N is the number of entries returned", Syntax = "[count]",
        Summary = "Returns the slow log's entries.",
        Notes = "The time is that of the command alone; what a client waits for before its turn is not in it.")]
    public static void Get(ref CommandContext ctx)
    {
        var count = DefaultCount;
        if (ctx.Args.Count > 3)
        {
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
            return;
        }

        if (ctx.Args.Count == 3 && (!ctx.Args.TryGetInt64(2, out count) || count < -1))
        {
            ctx.Reply.Error("ERR count should be greater than or equal to -1"u8);
            return;
        }

        var entries = ctx.Services.SlowLog.Newest(count < 0 ? long.MaxValue : count);
        ctx.Reply.Array(entries.Length);
        foreach (var entry in entries)
        {
            ctx.Reply.Array(6);
            ctx.Reply.Integer(entry.Id);
            ctx.Reply.Integer(entry.UnixSeconds);
            ctx.Reply.Integer(entry.Microseconds);
            ctx.Reply.Array(entry.Arguments.Count);
            foreach (var argument in entry.Arguments)
                ctx.Reply.Bulk(argument);
            ctx.Reply.Bulk(Encoding.ASCII.GetBytes(entry.ClientAddress));
            ctx.Reply.Bulk(entry.ClientName);
        }
    }

    [Command("SLOWLOG LEN", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "2.2.12",
        Summary = "Returns the number of entries in the slow log.")]
    public static void Length(ref CommandContext ctx) => ctx.Reply.Integer(ctx.Services.SlowLog.Count);

    [Command("SLOWLOG RESET", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "2.2.12",
        Complexity = "O(N) where N is the number of entries in the slowlog",
        Summary = "Clears all entries from the slow log.")]
    public static void Reset(ref CommandContext ctx)
    {
        ctx.Services.SlowLog.Clear();
        ctx.Reply.Ok();
    }
}
