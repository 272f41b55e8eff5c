using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.Server;

/// <summary>SAVE, BGSAVE, LASTSAVE, BGREWRITEAOF, WAITAOF: the commands about files.</summary>
internal static class PersistenceCommands
{
    private const CommandFlags Common = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading;

    [Command("SAVE", Arity = 1, Flags = Common | CommandFlags.NoMulti, Group = CommandGroup.Server, Since = "1.0.0", Categories = "dangerous",
        Complexity = "O(N) where N is the total number of keys in all databases",
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

    [Command("BGSAVE", Arity = -1, Flags = Common, Group = CommandGroup.Server, Since = "1.0.0", Syntax = "[SCHEDULE]", Categories = "dangerous",
        Summary = "Asynchronously saves the database(s) to disk.")]
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
                    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible."u8);
                break;
        }
    }

    [Command("LASTSAVE", Arity = 1, Group = CommandGroup.Server, Since = "1.0.0", Categories = "admin dangerous",
        Flags = CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        Summary = "Returns the Unix timestamp of the last successful save to disk.")]
    public static void LastSave(ref CommandContext ctx) => ctx.Reply.Integer(ctx.Services.Persistence.Report().LastSaveAt);

    [Command("BGREWRITEAOF", Arity = 1, Flags = Common, Group = CommandGroup.Server, Since = "1.0.0", Categories = "dangerous",
        Summary = "Asynchronously rewrites the append-only file to disk.",
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

    [Command("WAITAOF", Arity = 4, Flags = CommandFlags.NoScript | CommandFlags.Blocking, Group = CommandGroup.Generic, Since = "7.2.0",
        Syntax = "numlocal numreplicas timeout",
        Summary = "Blocks until all of the preceding write commands sent by the connection are written to the append-only file of the primary and/or replicas.")]
    public static void WaitAof(ref CommandContext ctx)
    {
        if (!ctx.Args.TryGetInt64(1, out var local) || local is < 0 or > 1)
        {
            ctx.Reply.Error("ERR value is out of range, must be between 0 and 1"u8);
            return;
        }

        if (!ctx.Args.TryGetInt64(2, out var replicas) || replicas is < 0 or > int.MaxValue)
        {
            ctx.Reply.Error("ERR value is out of range, must be positive"u8);
            return;
        }

        if (!ctx.Args.TryGetInt64(3, out var timeout))
        {
            ctx.Reply.Error("ERR timeout is not an integer or out of range"u8);
            return;
        }

        if (timeout < 0)
        {
            ctx.Reply.Error("ERR timeout is negative"u8);
            return;
        }

        if (local > 0 && !ctx.Services.Persistence.AofEnabled)
        {
            ctx.Reply.Error("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."u8);
            return;
        }

        Wait(ref ctx, local, replicas, timeout);
    }

    private static void Wait(ref CommandContext ctx, long local, long replicas, long timeout)
    {
        var persistence = ctx.Services.Persistence;
        var isSynced = false;
        if (ctx.IsInTransaction || (local == 0 && replicas == 0))
        {
            WriteCounts(ctx.Reply, isSynced);
            return;
        }

        var parked = new ParkedCommand
        {
            Timeout = timeout == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Min(timeout, int.MaxValue)),
            CanBeUnblocked = true,
            OnWoken = reply => WriteCounts(reply, isSynced: true),
            OnTimedOut = reply => WriteCounts(reply, Volatile.Read(ref isSynced)),
        };
        ctx.Park(parked);
        if (!persistence.AofEnabled)
            return;
        persistence.WhenSynced(ctx.Session.LogPosition, () =>
        {
            Volatile.Write(ref isSynced, true);

            // There are no replicas to wait for; a client that asked for some waits until its time is over.
            if (replicas == 0)
                parked.Wake();
        });
    }

    private static void WriteCounts(ReplyWriter reply, bool isSynced)
    {
        reply.Array(2);
        reply.Integer(isSynced ? 1 : 0);
        reply.Integer(0);
    }
}
