using System.Text;
using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Server;

/// <summary>SAVE, BGSAVE, LASTSAVE, BGREWRITEAOF, WAITAOF: the commands about files.</summary>
internal static class PersistenceCommands
{
    private const CommandFlags Common = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading;

    [Command("SAVE", Arity = 1, Flags = Common | CommandFlags.NoMulti, Group = CommandGroup.Server, Since = "1.0.0",
        Categories = "dangerous", Complexity = "O(N) where N is the total number of keys in all databases",
        Summary = "Synchronously saves the database(s) to disk.",
        Notes = "Synchronous for its client only: the others go on, since the snapshot needs no standstill.")]
    public static void Save(ref CommandContext ctx)
    {
        if (ctx.Services.Persistence.Report().SnapshotInProgress)
        {
            ctx.Reply.Error("ERR Background save already in progress"u8);
            return;
        }

        string? failure = null;
        var parked = new ParkedCommand
        {
            OnWoken = reply =>
            {
                if (failure is null)
                    reply.Ok();
                else
                    reply.Error(Encoding.UTF8.GetBytes("ERR " + failure));
            },
        };
        ctx.Park(parked);
        ctx.Services.Persistence.Save(error =>
        {
            failure = error;
            parked.Wake();
        });
    }

    [Command("BGSAVE", Arity = -1, Flags = Common, Group = CommandGroup.Server, Since = "1.0.0", Syntax = "[SCHEDULE]",
        Categories = "dangerous", Summary = "Asynchronously saves the database(s) to disk.")]
    public static void BackgroundSave(ref CommandContext ctx)
    {
        if (ctx.Args.Count > 2 || (ctx.Args.Count == 2 && !ctx.Args.Is(1, "SCHEDULE"u8)))
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        switch (ctx.Services.Persistence.StartSnapshot(schedule: ctx.Args.Count == 2))
        {
            case BackgroundJobStart.Started:
                ctx.Reply.SimpleString("Background saving started"u8);
                break;
            case BackgroundJobStart.Scheduled:
                ctx.Reply.SimpleString("Background saving scheduled"u8);
                break;
            case BackgroundJobStart.SnapshotInProgress:
                ctx.Reply.Error("ERR Background save already in progress"u8);
                break;
            default:
                ctx.Reply.Error(
                    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in "u8
                        + "order to schedule a BGSAVE whenever possible."u8);
                break;
        }
    }

    [Command("LASTSAVE", Arity = 1, Group = CommandGroup.Server, Since = "1.0.0", Categories = "admin dangerous",
        Flags = CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        Summary = "Returns the Unix timestamp of the last successful save to disk.")]
    public static void LastSave(ref CommandContext ctx) =>
        ctx.Reply.Integer(ctx.Services.Persistence.Report().LastSaveAt);

    [Command("BGREWRITEAOF", Arity = 1, Flags = Common, Group = CommandGroup.Server, Since = "1.0.0",
        Categories = "dangerous", Summary = "Asynchronously rewrites the append-only file to disk.",
        Notes = "An error when appendonly is off, where Redis would write a file that nobody reads.")]
    public static void RewriteAof(ref CommandContext ctx)
    {
        if (!ctx.Services.Persistence.AofEnabled)
        {
            ctx.Reply.Error("ERR appendonly is off: there is no append only file to rewrite"u8);
            return;
        }

        switch (ctx.Services.Persistence.StartRewrite())
        {
            case BackgroundJobStart.Started:
                ctx.Reply.SimpleString("Background append only file rewriting started"u8);
                break;
            case BackgroundJobStart.Scheduled:
                ctx.Reply.SimpleString("Background append only file rewriting scheduled"u8);
                break;
            default:
                ctx.Reply.Error("ERR Background append only file rewriting already in progress"u8);
                break;
        }
    }
}
