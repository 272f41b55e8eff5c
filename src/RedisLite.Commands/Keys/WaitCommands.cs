using RedisLite.Commands.Execution;
using RedisLite.Commands.Execution.Waiting;
using RedisLite.Protocol;

namespace RedisLite.Commands.Keys;

/// <summary>WAIT, WAITAOF: until replicas, or the disk, have the client's writes.</summary>
internal static class WaitCommands
{
    [Command("WAIT", Arity = 3, Flags = CommandFlags.NoScript, Group = CommandGroup.Generic, Since = "3.0.0",
        Complexity = "O(1)", Syntax = "numreplicas timeout", Categories = "connection -keyspace",
        Summary = "Wait for the synchronous replication of all the write commands sent in the context of the current connection")]
    public static void Wait(ref CommandContext ctx)
    {
        if (IsReplica(ref ctx, "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated."u8))
            return;
        if (!ctx.Args.TryGetInt64(1, out var replicas))
            ctx.Reply.Error(Errors.NotAnInteger);
        else if (BlockingTimeout.TryReadMilliseconds(ref ctx, 2, out var timeout))
            Wait(ref ctx, replicas, BlockingTimeout.FromMilliseconds(timeout));
    }

    [Command("WAITAOF", Arity = 4, Flags = CommandFlags.NoScript | CommandFlags.Blocking, Group = CommandGroup.Generic, Since = "7.2.0",
        Syntax = "numlocal numreplicas timeout",
        Summary = "Blocks until all of the preceding write commands sent by the connection are written to the append-only file of the primary and/or replicas.",
        Notes = "Replicas of Redis 7.0's protocol do not say what their disk has: none is counted.")]
    public static void WaitAof(ref CommandContext ctx)
    {
        if (!ctx.Args.TryGetInt64(1, out var local) || local is < 0 or > 1)
        {
            ctx.Reply.Error("ERR value is out of range, must be between 0 and 1"u8);
            return;
        }

        if (!ctx.Args.TryGetInt64(2, out var replicas) || replicas is < 0 or > int.MaxValue)
        {
            ctx.Reply.Error(Errors.NotPositive);
            return;
        }

        if (!BlockingTimeout.TryReadMilliseconds(ref ctx, 3, out var timeout)
            || IsReplica(ref ctx, "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and are not propagated."u8))
        {
            return;
        }

        if (local > 0 && !ctx.Services.Persistence.AofEnabled)
            ctx.Reply.Error("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."u8);
        else
            WaitAof(ref ctx, local, replicas, BlockingTimeout.FromMilliseconds(timeout));
    }

    private static void Wait(ref CommandContext ctx, long replicas, TimeSpan timeout)
    {
        var replication = ctx.Services.Replication;
        var position = ctx.Session.LogPosition;
        var acked = replication.CountAcked(position);
        if (acked >= replicas || ctx.IsInTransaction)
        {
            ctx.Reply.Integer(acked);
            return;
        }

        void Reply(ReplyWriter reply) => reply.Integer(replication.CountAcked(position));
        ParkedCommand? parked = null;
        parked = new ParkedCommand
        {
            Timeout = timeout,
            CanBeUnblocked = true,
            OnWoken = Reply,
            OnTimedOut = Reply,
            OnEnded = () => replication.Waiters.Remove(parked!),
        };
        ctx.Park(parked);
        replication.Waiters.Add(parked, () => replication.CountAcked(position) >= replicas);
        replication.AskForAcks();
    }

    private static void WaitAof(ref CommandContext ctx, long local, long replicas, TimeSpan timeout)
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
            Timeout = timeout,
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

            // No replica tells what its disk has; a client that asked for some waits until its time is over.
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

    private static bool IsReplica(ref CommandContext ctx, ReadOnlySpan<byte> error)
    {
        if (ctx.Services.Role == ServerRole.Primary)
            return false;
        ctx.Reply.Error(error);
        return true;
    }
}
