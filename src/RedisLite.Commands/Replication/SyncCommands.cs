using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.Replication;

/// <summary>What replicas and primaries say to each other: REPLCONF, PSYNC, SYNC.</summary>
/// <remarks>
/// PSYNC writes no reply: the connection hands itself to replication, which answers, as soon as the replies before it
/// have been sent (<see cref="ClientSession.Sync"/>).
/// </remarks>
internal static class SyncCommands
{
    private const CommandFlags Syncing = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading
        | CommandFlags.NoMulti;

    [Command("REPLCONF", Arity = -1, Group = CommandGroup.Server, Since = "3.0.0", Categories = "dangerous",
        Flags = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale
            | CommandFlags.AllowBusy, Summary = "An internal command for configuring the replication stream")]
    public static void ReplConf(ref CommandContext ctx)
    {
        if (ctx.Args.Count % 2 == 0)
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        for (var i = 1; i < ctx.Args.Count; i += 2)
        {
            if (ctx.Args.Is(i, "ACK"u8))
            {
                NoteAck(ref ctx, i + 1);
                return;
            }

            if (ctx.Args.Is(i, "GETACK"u8))
            {
                if (ctx.Session.Origin == SessionOrigin.Primary)
                    ctx.Services.Replication.NoteAckAsked();
                return;
            }

            if (!Configure(ref ctx, i))
                return;
        }

        ctx.Reply.Ok();
    }

    [Command("PSYNC", Arity = -3, Flags = Syncing, Group = CommandGroup.Server, Since = "2.8.0",
        Categories = "dangerous", Syntax = "replicationid offset", PlanWith = nameof(PlanTakeOver),
        Summary = "Internal command used for replication")]
    public static void Psync(ref CommandContext ctx)
    {
        if (ctx.Session.Replica is { IsLinked: true })
            return;
        if (!ctx.Args.TryGetInt64(2, out var offset))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        var id = Encoding.Latin1.GetString(ctx.Args[1]);
        if (ctx.Args.Count > 3 && ctx.Args.Is(3, "FAILOVER"u8) && ctx.Services.Replication.TakeOver(id) is { } error)
        {
            ctx.Reply.Error(error);
            return;
        }

        Sync(ref ctx, new SyncRequest(id, offset, IsPsync: true));
    }

    [Command("SYNC", Arity = 1, Flags = Syncing, Group = CommandGroup.Server, Since = "1.0.0", Categories = "dangerous",
        Summary = "Internal command used for replication")]
    public static void Sync(ref CommandContext ctx)
    {
        if (ctx.Session.Replica is not { IsLinked: true })
            Sync(ref ctx, new SyncRequest("?", -1, IsPsync: false));
    }

    /// <summary>With FAILOVER it changes the role, while no command runs.</summary>
    internal static void PlanTakeOver(in Arguments args, scoped ref KeyCollector keys)
    {
        if (args.Count > 3)
            keys.AddWholeKeyspace(KeyspaceUse.Write);
    }

    private static void Sync(ref CommandContext ctx, SyncRequest request)
    {
        if (!ctx.Services.Replication.CanServeReplicas)
        {
            ctx.Reply.Error("NOMASTERLINK Can't SYNC while not connected with my master"u8);
            return;
        }

        ctx.Session.Replica ??= new ReplicaPeer();
        ctx.Session.Sync = request;
    }

    private static void NoteAck(ref CommandContext ctx, int argument)
    {
        // No reply: the stream goes the other way.
        if (ctx.Session.Replica is not { IsLinked: true } replica || !ctx.Args.TryGetInt64(argument, out var offset))
            return;
        long? synced = argument + 2 < ctx.Args.Count && ctx.Args.Is(argument + 1, "FACK"u8)
            && ctx.Args.TryGetInt64(argument + 2, out var onDisk) ? onDisk : null;
        ctx.Services.Replication.NoteAck(replica, offset, synced);
    }

    /// <returns>False when an error was replied.</returns>
    private static bool Configure(ref CommandContext ctx, int i)
    {
        var replica = ctx.Session.Replica ??= new ReplicaPeer();
        if (ctx.Args.Is(i, "LISTENING-PORT"u8))
        {
            if (!ctx.Args.TryGetInt64(i + 1, out var port))
                return Refuse(ref ctx, Errors.NotAnInteger);
            replica.ListeningPort = (int)Math.Clamp(port, 0, 65535);
        }
        else if (ctx.Args.Is(i, "IP-ADDRESS"u8))
        {
            if (ctx.Args[i + 1].Length > 255)
                return Refuse(ref ctx, "ERR REPLCONF ip-address provided by replica instance is too long"u8);
            replica.Address = Encoding.Latin1.GetString(ctx.Args[i + 1]);
        }
        else if (ctx.Args.Is(i, "CAPA"u8))
        {
            // What else a replica can do is of no use to us.
            replica.TakesEndMark |= ctx.Args.Is(i + 1, "EOF"u8);
            replica.TakesNewId |= ctx.Args.Is(i + 1, "PSYNC2"u8);
        }
        else if (ctx.Args.Is(i, "RDB-ONLY"u8))
        {
            if (!ctx.Args.TryGetInt64(i + 1, out var only) || only is < 0 or > 1)
                return Refuse(ref ctx, Errors.NotAnInteger);
            replica.WantsCopyOnly = only == 1;
        }
        else if (ctx.Args.Is(i, "RDB-FILTER-ONLY"u8))
        {
            // Of what a copy can be narrowed to there are only functions here, so it holds no key.
            if (ctx.Args[i + 1].Length > 0 && !ctx.Args.Is(i + 1, "FUNCTIONS"u8))
                return Refuse(ref ctx, Encoding.Latin1.GetBytes(
                    $"ERR Unsupported rdb-filter-only option: {Encoding.Latin1.GetString(ctx.Args[i + 1])}"));
            replica.WantsNoKeys = true;
        }
        else if (!ctx.Args.Is(i, "VERSION"u8))
        {
            return Refuse(ref ctx, Encoding.Latin1.GetBytes(
                $"ERR Unrecognized REPLCONF option: {Encoding.Latin1.GetString(ctx.Args[i])}"));
        }

        return true;
    }

    private static bool Refuse(ref CommandContext ctx, ReadOnlySpan<byte> error)
    {
        ctx.Reply.Error(error);
        return false;
    }
}
