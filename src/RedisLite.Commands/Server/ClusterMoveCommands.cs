using RedisLite.Commands.Execution;
using RedisLite.Storage;
using static RedisLite.Commands.Server.ClusterReplies;

namespace RedisLite.Commands.Server;

/// <summary>
/// The subcommands of CLUSTER that move slots as one, by the names that Valkey 9 and Redis 8.4 gave them.
/// </summary>
internal static class ClusterMoveCommands
{
    private const CommandFlags Moving = CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading;

    [Command("CLUSTER MIGRATESLOTS", Arity = -7, Flags = Moving | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "9.0.0", Categories = "dangerous",
        Syntax = "SLOTSRANGE start-slot end-slot [start-slot end-slot ...] NODE node-id "
            + "[SLOTSRANGE start-slot end-slot [start-slot end-slot ...] NODE node-id ...]",
        Complexity = "O(N) where N is the total number of the slots between all start slot and end slot arguments.",
        Summary = "Starts moving slots of this node to other nodes, each range as one.", Notes = "As in Valkey 9.0.")]
    public static void MigrateSlots(ref CommandContext ctx)
    {
        if (!TryReadMoves(ref ctx, out var moves) || !TryReadWishes(ref ctx, out var wishes))
            return;
        Answer(ref ctx, moves.BeginExports(wishes));
    }

    [Command("CLUSTER GETSLOTMIGRATIONS", Arity = 2, Flags = Moving,
        Group = CommandGroup.Cluster, Since = "9.0.0", Categories = "dangerous",
        Complexity = "O(N), where N is the number of active slot import and export jobs.",
        Summary = "Get the status of ongoing and recently finished slot migrations.",
        Notes = "As in Valkey 9.0; cow_size is 0, as nothing is copied for a snapshot.")]
    public static void GetSlotMigrations(ref CommandContext ctx)
    {
        if (!TryReadMoves(ref ctx, out var moves))
            return;
        var reports = moves.Reports();
        ctx.Reply.Array(reports.Count);
        foreach (var report in reports)
            SlotMoveReplies.WriteJob(ctx.Reply, report);
    }

    [Command("CLUSTER CANCELSLOTMIGRATIONS", Arity = 2, Flags = Moving | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "9.0.0", Categories = "dangerous",
        Complexity = "O(N), where N is the number of slot migration operations being cancelled.",
        Summary = "Cancel all current ongoing slot migration operations.",
        Notes = "As in Valkey 9.0. A move that is being decided cannot be cancelled any more.")]
    public static void CancelSlotMigrations(ref CommandContext ctx)
    {
        if (!TryReadMoves(ref ctx, out var moves))
            return;
        Answer(ref ctx, moves.CancelExports() == 0 ? "ERR No migrations ongoing" : null);
    }

    [Command("CLUSTER MIGRATION", Arity = -4, Flags = Moving | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "8.4.0", Categories = "dangerous",
        Syntax = "<IMPORT start-slot end-slot [start-slot end-slot ...] | CANCEL <ID task-id | ALL> | "
            + "STATUS <ID task-id | ALL>>",
        Complexity = "O(N) where N is the total number of the slots between the start slot and end slot arguments.",
        Summary = "Start, monitor and cancel slot migration.", Notes = "As in Redis 8.4; several may run at once.")]
    public static void Migration(ref CommandContext ctx)
    {
        if (!TryReadMoves(ref ctx, out var moves))
            return;
        if (ctx.Args.Is(2, "IMPORT"u8))
            Import(ref ctx, moves);
        else if (ctx.Args.Is(2, "STATUS"u8) && TryReadTask(ref ctx, out var wanted))
            Status(ref ctx, moves, wanted);
        else if (ctx.Args.Is(2, "CANCEL"u8) && TryReadTask(ref ctx, out var cancelled))
            ctx.Reply.Integer(moves.Cancel(cancelled));
        else if (!ctx.Args.Is(2, "STATUS"u8) && !ctx.Args.Is(2, "CANCEL"u8))
            ctx.Reply.Error("ERR unknown argument"u8);
    }

    [Command("CLUSTER SYNCSLOTS", Arity = -3, Flags = Moving | CommandFlags.Pooled | CommandFlags.NoScript
            | CommandFlags.NoMulti,
        Group = CommandGroup.Cluster, Since = "9.0.0", Categories = "dangerous",
        Complexity = "Depends on subcommand.",
        Summary = "Internal command by which nodes move slots.", Notes = "Its arguments are not Valkey's.")]
    public static void SyncSlots(ref CommandContext ctx)
    {
        var word = Text(ref ctx, 2).ToUpperInvariant();
        var text = ctx.Args.Count > 3 ? Text(ref ctx, 3) : "";
        if (ctx.Session.Origin == SessionOrigin.Import)
        {
            ctx.Session.Stream?.Hear(word, text);
            ctx.Reply.Ok();
        }
        else if (ctx.Session.Replica is { Heard: { } heard } replica)
        {
            // No reply: the stream goes the other way.
            if (word == SlotMoveWords.Ack && ctx.Args.TryGetInt64(3, out var offset))
                replica.AckedPosition = offset;
            replica.AckedAtMs = ctx.NowMs;
            heard(word, text);
        }
        else if (TryReadMoves(ref ctx, out var moves))
        {
            Begin(ref ctx, moves, word);
        }
    }

    /// <summary>What another node says that has no link yet: word, move, source, target, ranges.</summary>
    private static void Begin(ref CommandContext ctx, ISlotMoves moves, string word)
    {
        if (ctx.Args.Count < 8 || word is not ("PULL" or "LINK" or "OUTCOME"))
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        if (!TryReadSlots(ref ctx, 6, out var slots))
            return;
        var request = new SlotMoveRequest(Text(ref ctx, 3), Text(ref ctx, 4), Text(ref ctx, 5), slots);
        if (word == "PULL")
        {
            Answer(ref ctx, moves.Pull(request));
        }
        else if (word == "OUTCOME")
        {
            ctx.Reply.SimpleString(Utf8(moves.Outcome(request)));
        }
        else if (moves.CheckLink(request) is { } refusal)
        {
            ctx.Reply.Error(Utf8(refusal));
        }
        else
        {
            ctx.Session.Replica ??= new Replication.ReplicaPeer();
            ctx.Session.Sync = new Replication.SyncRequest(request.Id, 0, IsPsync: true) { Move = request };
        }
    }

    private static void Import(ref CommandContext ctx, ISlotMoves moves)
    {
        if (ctx.Args.Count % 2 == 0)
        {
            ctx.Reply.Error("ERR wrong number of arguments for 'cluster|migration' command"u8);
            return;
        }

        if (!TryReadSlots(ref ctx, 3, out var slots))
            return;
        if (moves.BeginImport(slots, out var id) is { } error)
            ctx.Reply.Error(Utf8(error));
        else
            ctx.Reply.Bulk(Utf8(id));
    }

    private static void Status(ref CommandContext ctx, ISlotMoves moves, string? id)
    {
        var reports = moves.Reports().Where(report => id is null || report.Id == id).ToList();
        ctx.Reply.Array(reports.Count);
        foreach (var report in reports)
            SlotMoveReplies.WriteTask(ctx.Reply, report);
    }

    /// <summary>ID task-id, or ALL.</summary>
    private static bool TryReadTask(ref CommandContext ctx, out string? id)
    {
        id = null;
        if (ctx.Args.Is(3, "ID"u8) && ctx.Args.Count == 5)
        {
            id = Text(ref ctx, 4);
            return true;
        }

        if (ctx.Args.Is(3, "ALL"u8) && ctx.Args.Count == 4)
            return true;
        if (ctx.Args.Is(3, "ID"u8) || ctx.Args.Is(3, "ALL"u8))
            ctx.Reply.Error("ERR wrong number of arguments for 'cluster|migration' command"u8);
        else
            ctx.Reply.Error("ERR unknown argument"u8);
        return false;
    }

    private static bool TryReadMoves(ref CommandContext ctx, out ISlotMoves moves)
    {
        moves = null!;
        if (!TryRead(ref ctx, out var cluster))
            return false;
        if (cluster.Moves is not { } found)
        {
            ctx.Reply.Error("ERR slots cannot be moved here"u8);
            return false;
        }

        moves = found;
        return true;
    }

    private static bool TryReadWishes(ref CommandContext ctx, out List<SlotExportWish> wishes)
    {
        wishes = [];
        for (var i = 2; i < ctx.Args.Count;)
        {
            if (!ctx.Args.Is(i, "SLOTSRANGE"u8))
            {
                ctx.Reply.Error(Errors.Syntax);
                return false;
            }

            var first = ++i;
            while (i < ctx.Args.Count && ctx.Args.TryGetInt64(i, out _))
                i++;
            if (!TryReadRanges(ref ctx, first, i, out var slots))
                return false;
            if (wishes.Any(wish => wish.Slots.Overlaps(slots)))
            {
                ctx.Reply.Error("ERR Slot ranges in migrations overlap"u8);
                return false;
            }

            if (i + 1 >= ctx.Args.Count || !ctx.Args.Is(i, "NODE"u8))
            {
                ctx.Reply.Error(Errors.Syntax);
                return false;
            }

            wishes.Add(new SlotExportWish(slots, Text(ref ctx, i + 1)));
            i += 2;
        }

        return true;
    }

    /// <summary>Ranges to the end of the request.</summary>
    private static bool TryReadSlots(ref CommandContext ctx, int first, out SlotSet slots) =>
        TryReadRanges(ref ctx, first, ctx.Args.Count, out slots);

    private static bool TryReadRanges(ref CommandContext ctx, int first, int end, out SlotSet slots)
    {
        slots = SlotSet.Empty;
        var ranges = new List<(int First, int Last)>();
        for (var i = first; i < end; i += 2)
        {
            if (!SlotArguments.TryRead(ref ctx, i, out var start))
                return false;
            if (i + 1 >= end)
            {
                ctx.Reply.Error("ERR No end slot for final slot range"u8);
                return false;
            }

            if (!SlotArguments.TryRead(ref ctx, i + 1, out var last))
                return false;
            if (start > last)
            {
                ctx.Reply.Error(Utf8($"ERR Start slot number {start} is greater than end slot number {last}."));
                return false;
            }

            foreach (var before in ranges)
                if (start <= before.Last && before.First <= last)
                {
                    ctx.Reply.Error(Utf8(
                        $"ERR Slot range {start}-{last} overlaps with previous range {before.First}-{before.Last}."));
                    return false;
                }

            ranges.Add((start, last));
        }

        if (ranges.Count == 0)
        {
            ctx.Reply.Error("ERR No slot ranges specified"u8);
            return false;
        }

        slots = SlotSet.Of(ranges.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1)));
        return true;
    }
}
