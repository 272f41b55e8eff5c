using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands.Replication;

/// <summary>The commands that set and show who follows whom: REPLICAOF, ROLE, FAILOVER.</summary>
internal static class ReplicationCommands
{
    private const CommandFlags Changing = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Stale
        | CommandFlags.NoAsyncLoading | CommandFlags.Pooled;

    [Command("REPLICAOF", Arity = 3, Flags = Changing, Group = CommandGroup.Server, Since = "5.0.0",
        Categories = "dangerous", Syntax = "host port", PlanWith = nameof(PlanRoleChange),
        AuditedWith = nameof(IsShown),
        Summary = "Make the server a replica of another instance, or promote it as master.")]
    public static void ReplicaOf(ref CommandContext ctx) => Follow(ref ctx);

    [Command("SLAVEOF", Arity = 3, Flags = Changing, Group = CommandGroup.Server, Since = "1.0.0",
        Categories = "dangerous", Syntax = "host port", PlanWith = nameof(PlanRoleChange),
        AuditedWith = nameof(IsShown),
        Summary = "Make the server a replica of another instance, or promote it as master.")]
    public static void SlaveOf(ref CommandContext ctx) => Follow(ref ctx);

    [Command("ROLE", Arity = 1, Group = CommandGroup.Server, Since = "2.8.12", Categories = "admin dangerous",
        Flags = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        Summary = "Returns the replication role.")]
    public static void Role(ref CommandContext ctx)
    {
        var report = ctx.Services.Replication.Report();
        var reply = ctx.Reply;
        if (report.Primary is { } primary)
        {
            reply.Array(5);
            reply.Bulk("slave"u8);
            reply.Bulk(Encoding.Latin1.GetBytes(primary.Host));
            reply.Integer(primary.Port);
            reply.Bulk(NameOf(report.Link));
            reply.Integer(report.Link == PrimaryLinkState.Up ? report.Offset : -1);
            return;
        }

        var online = report.Replicas.Where(replica => replica.State == ReplicaPeerState.Online).ToList();
        reply.Array(3);
        reply.Bulk("master"u8);
        reply.Integer(report.Offset);
        reply.Array(online.Count);
        foreach (var replica in online)
        {
            reply.Array(3);
            reply.Bulk(Encoding.Latin1.GetBytes(replica.Address));
            reply.BulkInteger(replica.Port);
            reply.BulkInteger(replica.Offset);
        }
    }

    [Command("FAILOVER", Arity = -1, Flags = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Stale,
        Group = CommandGroup.Server, Since = "6.2.0", Categories = "dangerous",
        Syntax = "[TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]",
        AuditedWith = nameof(IsShown),
        Summary = "Starts a coordinated failover between this server and one of its replicas.")]
    public static void Failover(ref CommandContext ctx)
    {
        if (ctx.Services.Cluster is not null)
        {
            ctx.Reply.Error("ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead."u8);
            return;
        }

        if (!TryReadFailover(ref ctx, out var request))
            return;
        var replication = ctx.Services.Replication;
        var error = request is null ? replication.AbortFailover() : replication.StartFailover(request);
        if (error is null)
            ctx.Reply.Ok();
        else
            ctx.Reply.Error(error);
    }

    /// <summary>The role changes while no command runs.</summary>
    internal static void PlanRoleChange(in Arguments args, scoped ref KeyCollector keys) =>
        keys.AddWholeKeyspace(KeyspaceUse.Write);

    private static void Follow(ref CommandContext ctx)
    {
        if (ctx.Services.Cluster is not null)
        {
            ctx.Reply.Error("ERR REPLICAOF not allowed in cluster mode."u8);
            return;
        }

        var replication = ctx.Services.Replication;
        if (ctx.Args.Is(1, "NO"u8) && ctx.Args.Is(2, "ONE"u8))
        {
            if (replication.Primary is not null)
                replication.Promote();
            ctx.Reply.Ok();
            return;
        }

        if (ctx.Session.Replica is { IsLinked: true })
        {
            ctx.Reply.Error("ERR Command is not valid when client is a replica."u8);
            return;
        }

        if (!ctx.Args.TryGetInt64(2, out var port) || port is < 0 or > 65535)
        {
            ctx.Reply.Error("ERR Invalid master port"u8);
            return;
        }

        var primary = new PrimaryAddress(Encoding.Latin1.GetString(ctx.Args[1]), (int)port);
        if (replication.Primary == primary)
        {
            ctx.Reply.SimpleString("OK Already connected to specified master"u8);
            return;
        }

        replication.Follow(primary);
        ctx.Reply.Ok();
    }

    /// <summary>Null for ABORT; false when an error was replied.</summary>
    private static bool TryReadFailover(ref CommandContext ctx, out FailoverRequest? request)
    {
        request = null;
        PrimaryAddress? target = null;
        TimeSpan? timeout = null;
        bool force = false, abort = false;
        for (var i = 1; i < ctx.Args.Count; i++)
        {
            var left = ctx.Args.Count - i - 1;
            if (ctx.Args.Is(i, "TIMEOUT"u8) && left >= 1 && timeout is null)
            {
                if (!ctx.Args.TryGetInt64(++i, out var milliseconds))
                    return Refuse(ref ctx, Errors.NotAnInteger);
                if (milliseconds <= 0)
                    return Refuse(ref ctx, "ERR FAILOVER timeout must be greater than 0"u8);
                timeout = TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue));
            }
            else if (ctx.Args.Is(i, "ABORT"u8) && !abort)
            {
                abort = true;
            }
            else if (ctx.Args.Is(i, "TO"u8) && left >= 2 && target is null)
            {
                if (!ctx.Args.TryGetInt64(i + 2, out var port))
                    return Refuse(ref ctx, Errors.NotAnInteger);
                target = new PrimaryAddress(
                    Encoding.Latin1.GetString(ctx.Args[i + 1]), (int)Math.Clamp(port, 0, 65535));
                i += 2;
            }
            else if (ctx.Args.Is(i, "FORCE"u8) && !force)
            {
                force = true;
            }
            else
            {
                return Refuse(ref ctx, Errors.Syntax);
            }
        }

        if (abort)
            return ctx.Args.Count == 2 || Refuse(ref ctx, "ERR FAILOVER ABORT cannot be used with other options."u8);
        if (force && (target is null || timeout is null))
            return Refuse(ref ctx, "ERR FAILOVER with force option requires both a timeout and target HOST and IP."u8);
        request = new FailoverRequest(target, force, timeout);
        return true;
    }

    private static bool Refuse(ref CommandContext ctx, ReadOnlySpan<byte> error)
    {
        ctx.Reply.Error(error);
        return false;
    }

    private static ReadOnlySpan<byte> NameOf(PrimaryLinkState state) => state switch
    {
        PrimaryLinkState.Down => "connect"u8,
        PrimaryLinkState.Connecting => "connecting"u8,
        PrimaryLinkState.Handshake => "handshake"u8,
        PrimaryLinkState.Copying => "sync"u8,
        _ => "connected"u8,
    };

    /// <summary>For the audit trail: what it is told to do is no secret.</summary>
    private static bool IsShown(in Arguments args, int index) => index > 0;
}
