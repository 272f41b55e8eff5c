using RedisLite.Storage;
using static RedisLite.Commands.Server.ClusterReplies;

namespace RedisLite.Commands.Server;

/// <summary>
/// What CLUSTER shows, and READONLY, READWRITE and ASKING. A server on its own says that there is no cluster.
/// </summary>
[CommandContainer("CLUSTER", Group = CommandGroup.Cluster, Since = "3.0.0",
    Summary = "A container for cluster commands")]
internal static class ClusterCommands
{
    private const CommandFlags Administrative = CommandFlags.Admin | CommandFlags.Stale;
    private const CommandFlags OfConnection = CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast;

    [Command("CLUSTER INFO", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(1)",
        Summary = "Provides info about Redis Cluster node state.")]
    public static void Info(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster))
            ctx.Reply.Verbatim("txt"u8, Utf8(cluster.Info()));
    }

    [Command("CLUSTER KEYSLOT", Arity = 3, Flags = CommandFlags.Stale,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "key",
        Complexity = "O(N) where N is the number of bytes in the key",
        Summary = "Returns the hash slot of the specified key.")]
    public static void OfKey(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out _))
            ctx.Reply.Integer(KeySlot.Of(ctx.Args[2]));
    }

    [Command("CLUSTER COUNTKEYSINSLOT", Arity = 3, Flags = CommandFlags.Stale,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "slot",
        Complexity = "O(1)",
        Summary = "Return the number of local keys in the specified hash slot.")]
    public static void CountKeysInSlot(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out _))
            return;
        if (!ctx.Args.TryGetInt64(2, out var slot))
            ctx.Reply.Error(Errors.NotAnInteger);
        else if (slot is < 0 or >= KeySlot.Count)
            ctx.Reply.Error("ERR Invalid slot"u8);
        else
            ctx.Reply.Integer(IsHidden(ref ctx, slot) ? 0 : ctx.Databases[0].CountKeysInSlot((int)slot));
    }

    [Command("CLUSTER GETKEYSINSLOT", Arity = 4, Flags = CommandFlags.Stale,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "slot count",
        Complexity = "O(log(N)) where N is the number of requested keys",
        Summary = "Return local key names in the specified hash slot.")]
    public static void GetKeysInSlot(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out _))
            return;
        if (!ctx.Args.TryGetInt64(2, out var slot) || !ctx.Args.TryGetInt64(3, out var most))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        if (slot is < 0 or >= KeySlot.Count || most < 0)
        {
            ctx.Reply.Error("ERR Invalid slot or number of keys"u8);
            return;
        }

        var keys = IsHidden(ref ctx, slot) ? []
            : ctx.Databases[0].GetKeysInSlot((int)slot, (int)Math.Min(most, int.MaxValue), ctx.StripeAccess);
        ctx.Reply.Array(keys.Count);
        foreach (var key in keys)
            ctx.Reply.Bulk(key);
    }

    [Command("CLUSTER LINKS", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "7.0.0",
        Complexity = "O(N) where N is the total number of Cluster nodes",
        Summary = "Returns a list of all TCP links to and from peer nodes in cluster.")]
    public static void Links(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster))
            cluster.WriteLinks(ctx.Reply);
    }

    [Command("CLUSTER MYID", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(1)",
        Summary = "Return the node id.")]
    public static void MyId(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster))
            ctx.Reply.Bulk(Utf8(cluster.NodeId));
    }

    [Command("CLUSTER MYSHARDID", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "7.2.0",
        Complexity = "O(1)",
        Summary = "Returns the shard ID of a node.")]
    public static void MyShardId(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster))
            ctx.Reply.Bulk(Utf8(cluster.ShardId));
    }

    [Command("CLUSTER NODES", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(N) where N is the total number of Cluster nodes",
        Summary = "Get Cluster config for the node.")]
    public static void Nodes(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster))
            ctx.Reply.Verbatim("txt"u8, Utf8(cluster.Nodes()));
    }

    [Command("CLUSTER REPLICAS", Arity = 3, Flags = Administrative,
        Group = CommandGroup.Cluster, Since = "5.0.0", Syntax = "node-id",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "List replica nodes of the specified master node.")]
    public static void Replicas(ref CommandContext ctx)
    {
        WriteReplicas(ref ctx);
    }

    [Command("CLUSTER SLAVES", Arity = 3, Flags = Administrative,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "node-id",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "List replica nodes of the specified master node.")]
    public static void Slaves(ref CommandContext ctx)
    {
        WriteReplicas(ref ctx);
    }

    [Command("CLUSTER SHARDS", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "7.0.0",
        Complexity = "O(N) where N is the total number of cluster nodes",
        Summary = "Get array of cluster slots to node mappings.")]
    public static void Shards(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster))
            cluster.WriteShards(ctx.Reply);
    }

    [Command("CLUSTER SLOTS", Arity = 2, Flags = CommandFlags.Stale, Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(N) where N is the total number of Cluster nodes",
        Summary = "Get array of Cluster slot to node mappings.")]
    public static void Slots(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster))
            cluster.WriteSlots(ctx.Reply);
    }

    [Command("CLUSTER COUNT-FAILURE-REPORTS", Arity = 3, Flags = Administrative,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "node-id",
        Complexity = "O(N) where N is the number of failure reports", Categories = "dangerous",
        Summary = "Return the number of failure reports active for a given node.")]
    public static void CountFailureReports(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var cluster))
            return;
        if (cluster.FailureReports(Text(ref ctx, 2), out var count) is { } error)
            ctx.Reply.Error(Utf8(error));
        else
            ctx.Reply.Integer(count);
    }

    [Command("READONLY", Arity = 1, Flags = OfConnection,
        Group = CommandGroup.Cluster, Since = "3.0.0", Categories = "connection",
        Summary = "Enables read queries for a connection to a cluster replica node")]
    public static void ReadOnly(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out _))
            return;
        ctx.Session.ReadsReplicas = true;
        ctx.Reply.Ok();
    }

    [Command("READWRITE", Arity = 1, Flags = OfConnection,
        Group = CommandGroup.Cluster, Since = "3.0.0", Categories = "connection",
        Summary = "Disables read queries for a connection to a cluster replica node")]
    public static void ReadWrite(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out _))
            return;
        ctx.Session.ReadsReplicas = false;
        ctx.Reply.Ok();
    }

    [Command("ASKING", Arity = 1, Flags = CommandFlags.Fast,
        Group = CommandGroup.Cluster, Since = "3.0.0", Categories = "connection",
        Summary = "Sent by cluster clients after an -ASK redirect")]
    public static void Asking(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out _))
            return;
        ctx.Session.Ask();
        ctx.Reply.Ok();
    }

    private static bool IsHidden(ref CommandContext ctx, long slot) =>
        ctx.Databases.HiddenSlots is { } hidden && hidden.Contains((int)slot);

    private static void WriteReplicas(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var cluster))
            return;
        if (cluster.Replicas(Text(ref ctx, 2), out var lines) is { } error)
        {
            ctx.Reply.Error(Utf8(error));
            return;
        }

        ctx.Reply.Array(lines.Count);
        foreach (var line in lines)
            ctx.Reply.Bulk(Utf8(line));
    }
}
