using System.Net;
using System.Net.Sockets;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using static RedisLite.Commands.Server.ClusterReplies;

namespace RedisLite.Commands.Server;

/// <summary>The subcommands of CLUSTER that change which nodes there are, what they are, and their epochs.</summary>
internal static class ClusterNodeCommands
{
    private const int BusPortAbove = 10_000;

    private const CommandFlags Changing = CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading;

    [Command("CLUSTER BUMPEPOCH", Arity = 2, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Advance the cluster config epoch.", PlanWith = nameof(PlanChange))]
    public static void BumpEpoch(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster))
            Answer(ref ctx, cluster.BumpEpoch());
    }

    [Command("CLUSTER SET-CONFIG-EPOCH", Arity = 3, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "config-epoch",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Set the configuration epoch in a new node.", PlanWith = nameof(PlanChange))]
    public static void SetConfigEpoch(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var cluster))
            return;
        if (!ctx.Args.TryGetInt64(2, out var epoch))
            ctx.Reply.Error(Errors.NotAnInteger);
        else if (epoch < 0)
            ctx.Reply.Error(Utf8($"ERR Invalid config epoch specified: {epoch}"));
        else
            Answer(ref ctx, cluster.SetConfigEpoch(epoch));
    }

    [Command("CLUSTER FAILOVER", Arity = -2, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "[FORCE | TAKEOVER]",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Forces a replica to perform a manual failover of its master.", PlanWith = nameof(PlanChange))]
    public static void Failover(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var cluster))
            return;
        var option = ctx.Args.Count == 3 ? Text(ref ctx, 2).ToUpperInvariant() : "";
        if (ctx.Args.Count > 3)
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
        else if (option is not ("" or "FORCE" or "TAKEOVER"))
            ctx.Reply.Error(Errors.Syntax);
        else
            Answer(ref ctx, cluster.Failover(option));
    }

    [Command("CLUSTER FORGET", Arity = 3, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "node-id",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Remove a node from the nodes table.", PlanWith = nameof(PlanChange))]
    public static void Forget(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster))
            Answer(ref ctx, cluster.Forget(Text(ref ctx, 2)));
    }

    [Command("CLUSTER MEET", Arity = -4, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "ip port [cluster_bus_port]",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Force a node cluster to handshake with another node.", PlanWith = nameof(PlanChange))]
    public static void Meet(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var cluster))
            return;
        if (ctx.Args.Count > 5)
        {
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
            return;
        }

        var busPort = 0L;
        if (!ctx.Args.TryGetInt64(3, out var port))
            ctx.Reply.Error(Utf8($"ERR Invalid TCP base port specified: {Text(ref ctx, 3)}"));
        else if (ctx.Args.Count == 5 && !ctx.Args.TryGetInt64(4, out busPort))
            ctx.Reply.Error(Utf8($"ERR Invalid TCP bus port specified: {Text(ref ctx, 4)}"));
        else if (!IsAddress(Text(ref ctx, 2)) || !IsPort(port) || !IsPort(busPort != 0 ? busPort : port + BusPortAbove))
            ctx.Reply.Error(Utf8($"ERR Invalid node address specified: {Text(ref ctx, 2)}:{Text(ref ctx, 3)}"));
        else
            Answer(ref ctx, cluster.Meet(Text(ref ctx, 2), (int)port, (int)busPort));
    }

    [Command("CLUSTER REPLICATE", Arity = 3, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "node-id",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Reconfigure a node as a replica of the specified master node.", PlanWith = nameof(PlanChange))]
    public static void Replicate(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster))
            Answer(ref ctx, cluster.Replicate(Text(ref ctx, 2)));
    }

    [Command("CLUSTER RESET", Arity = -2,
        Flags = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Stale | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "[HARD | SOFT]",
        Complexity =
            "O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect.",
                Categories = "dangerous",
        Summary = "Reset a Redis Cluster node.", PlanWith = nameof(PlanChange))]
    public static void Reset(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var cluster))
            return;
        var isHard = ctx.Args.Count == 3 && ctx.Args.Is(2, "HARD"u8);
        if (ctx.Args.Count > 3)
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
        else if (ctx.Args.Count == 3 && !isHard && !ctx.Args.Is(2, "SOFT"u8))
            ctx.Reply.Error(Errors.Syntax);
        else if (ctx.Services.Role == ServerRole.Primary
            && (ctx.Databases[0].Count != 0 || ctx.Databases.HiddenSlots is not null))
            ctx.Reply.Error("ERR CLUSTER RESET can't be called with master nodes containing keys"u8);
        else
            Answer(ref ctx, cluster.Reset(isHard));
    }

    [Command("CLUSTER SAVECONFIG", Arity = 2, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Forces the node to save cluster state on disk.", PlanWith = nameof(PlanChange))]
    public static void SaveConfig(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster))
            Answer(ref ctx, cluster.Save());
    }

    private static bool IsPort(long port) => port is > 0 and <= ushort.MaxValue;

    /// <summary>
    /// As inet_pton has it: four plain numbers, or IPv6 without a zone. .NET takes much more for an address.
    /// </summary>
    private static bool IsAddress(string text)
    {
        if (!IPAddress.TryParse(text, out var address))
            return false;
        return address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() == text
            : !text.AsSpan().ContainsAny('%', '[');
    }

    /// <summary>Slots change while no command runs.</summary>
    internal static void PlanChange(in Arguments args, scoped ref KeyCollector keys) =>
        keys.AddWholeKeyspace(KeyspaceUse.Write);
}
