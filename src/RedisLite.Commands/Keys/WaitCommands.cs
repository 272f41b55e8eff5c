using RedisLite.Commands.Execution;
using RedisLite.Commands.Execution.Waiting;
using RedisLite.Protocol;

namespace RedisLite.Commands.Keys;

/// <summary>WAIT, WAITAOF: until replicas, or the disk, have the client's writes.</summary>
internal static class WaitCommands
{
    [Command("WAIT", Arity = 3, Flags = CommandFlags.NoScript, Group = CommandGroup.Generic, Since = "3.0.0",
        Complexity = "O(1)", Syntax = "numreplicas timeout", Categories = "connection -keyspace",
        Summary = "Wait for the synchronous replication of all the write commands sent in the context of the current "
            + "connection")]
    public static void Wait(ref CommandContext ctx)
    {
        if (IsReplica(
            ref ctx, "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a "u8
                + "replica is configured to be writable (which is not the default) writes to replicas are just "u8
                + "local and are not propagated."u8))
            return;
        if (!ctx.Args.TryGetInt64(1, out var replicas))
            ctx.Reply.Error(Errors.NotAnInteger);
        else if (BlockingTimeout.TryReadMilliseconds(ref ctx, 2, out var timeout))
            Wait(ref ctx, replicas, BlockingTimeout.FromMilliseconds(timeout));
    }

    [Command("WAITAOF", Arity = 4, Flags = CommandFlags.NoScript | CommandFlags.Blocking, Group = CommandGroup.Generic,
        Since = "7.2.0", Syntax = "numlocal numreplicas timeout",
        Summary = "Blocks until all of the preceding write commands sent by the connection are written to the "
            + "append-only file of the primary and/or replicas.",
        Notes = "Replicas that are RedisLite, or Redis from 7.2 on, say what their disk has; those of Redis 7.0 are "
            + "not counted.")]
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
            || IsReplica(
                ref ctx, "ERR WAITAOF cannot be used with replica instances. Please also note that writes to "u8
                    + "replicas are just local and are not propagated."u8))
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

        Park(
            ref ctx, timeout, reply => reply.Integer(replication.CountAcked(position)),
            () => replication.CountAcked(position) >= replicas);
        replication.AskForAcks();
    }

    private static void WaitAof(ref CommandContext ctx, long local, long replicas, TimeSpan timeout)
    {
        var (persistence, replication) = (ctx.Services.Persistence, ctx.Services.Replication);
        var position = ctx.Session.LogPosition;
        bool IsSynced() => persistence.AofEnabled && persistence.SyncedPosition >= position;
        bool IsOver() => (local == 0 || IsSynced()) && replication.CountSynced(position) >= replicas;
        void Reply(ReplyWriter reply)
        {
            reply.Array(2);
            reply.Integer(IsSynced() ? 1 : 0);
            reply.Integer(replication.CountSynced(position));
        }

        if (ctx.IsInTransaction || IsOver())
        {
            Reply(ctx.Reply);
            return;
        }

        Park(ref ctx, timeout, Reply, IsOver);
        if (persistence.AofEnabled)
            persistence.WhenSynced(position, replication.Waiters.Check);
        if (replicas > 0)
            replication.AskForAcks();
    }

    /// <summary>Replies when it is over, by whatever acknowledges, or by its time.</summary>
    private static void Park(ref CommandContext ctx, TimeSpan timeout, Action<ReplyWriter> reply, Func<bool> isOver)
    {
        var (services, waiters) = (ctx.Services, ctx.Services.Replication.Waiters);
        ParkedCommand? parked = null;
        parked = new ParkedCommand
        {
            Timeout = timeout,
            CanBeUnblocked = true,
            OnWoken = reply,
            OnTimedOut = reply,
            OnEnded = () => waiters.Remove(parked!),
        };
        ctx.Park(parked);
        var endMs = timeout == Timeout.InfiniteTimeSpan ? (long?)null : services.NowMs
            + (long)timeout.TotalMilliseconds;
        waiters.Add(parked, endMs, isOver);

        // The clock may have been moved on before it was among the waiters.
        if (endMs <= services.NowMs)
            waiters.EndOverdue(services.NowMs);
    }

    private static bool IsReplica(ref CommandContext ctx, ReadOnlySpan<byte> error)
    {
        if (ctx.Services.Role == ServerRole.Primary)
            return false;
        ctx.Reply.Error(error);
        return true;
    }
}
