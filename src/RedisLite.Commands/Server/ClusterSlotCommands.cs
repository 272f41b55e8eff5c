using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using static RedisLite.Commands.Server.ClusterReplies;

namespace RedisLite.Commands.Server;

/// <summary>The subcommands of CLUSTER that give slots to nodes.</summary>
internal static class ClusterSlotCommands
{
    private const CommandFlags Changing = CommandFlags.Admin | CommandFlags.Stale | CommandFlags.NoAsyncLoading;

    [Command("CLUSTER ADDSLOTS", Arity = -3, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "slot [slot ...]",
        Complexity = "O(N) where N is the total number of hash slot arguments", Categories = "dangerous",
        Summary = "Assign new hash slots to receiving node.", PlanWith = nameof(PlanChange))]
    public static void AddSlots(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster) && SlotArguments.TryRead(ref ctx, isRange: false, out var slots))
            Answer(ref ctx, cluster.AddSlots(slots));
    }

    [Command("CLUSTER ADDSLOTSRANGE", Arity = -4, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "7.0.0", Syntax = "start-slot end-slot [start-slot end-slot ...]",
        Complexity = "O(N) where N is the total number of the slots between the start slot and end slot arguments.",
            Categories = "dangerous",
        Summary = "Assign new hash slots to receiving node.", PlanWith = nameof(PlanChange))]
    public static void AddSlotsRange(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster) && SlotArguments.TryRead(ref ctx, isRange: true, out var slots))
            Answer(ref ctx, cluster.AddSlots(slots));
    }

    [Command("CLUSTER DELSLOTS", Arity = -3, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "3.0.0", Syntax = "slot [slot ...]",
        Complexity = "O(N) where N is the total number of hash slot arguments", Categories = "dangerous",
        Summary = "Set hash slots as unbound in receiving node.", PlanWith = nameof(PlanChange))]
    public static void DelSlots(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster) && SlotArguments.TryRead(ref ctx, isRange: false, out var slots))
            Answer(ref ctx, cluster.RemoveSlots(slots));
    }

    [Command("CLUSTER DELSLOTSRANGE", Arity = -4, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "7.0.0", Syntax = "start-slot end-slot [start-slot end-slot ...]",
        Complexity = "O(N) where N is the total number of the slots between the start slot and end slot arguments.",
            Categories = "dangerous",
        Summary = "Set hash slots as unbound in receiving node.", PlanWith = nameof(PlanChange))]
    public static void DelSlotsRange(ref CommandContext ctx)
    {
        if (TryRead(ref ctx, out var cluster) && SlotArguments.TryRead(ref ctx, isRange: true, out var slots))
            Answer(ref ctx, cluster.RemoveSlots(slots));
    }

    [Command("CLUSTER FLUSHSLOTS", Arity = 2, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "3.0.0",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Delete a node's own slots information.", PlanWith = nameof(PlanChange))]
    public static void FlushSlots(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var cluster))
            return;
        if (ctx.Databases[0].Count != 0 || ctx.Databases.HiddenSlots is not null)
            ctx.Reply.Error("ERR DB must be empty to perform CLUSTER FLUSHSLOTS."u8);
        else
            Answer(ref ctx, cluster.FlushSlots());
    }

    [Command("CLUSTER SETSLOT", Arity = -4, Flags = Changing | CommandFlags.Pooled,
        Group = CommandGroup.Cluster, Since = "3.0.0",
            Syntax = "slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>",
        Complexity = "O(1)", Categories = "dangerous",
        Summary = "Bind a hash slot to a specific node.", PlanWith = nameof(PlanChange))]
    public static void SetSlot(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var cluster))
            return;
        if (ctx.Services.Role == ServerRole.Replica)
        {
            ctx.Reply.Error("ERR You can use SETSLOT only with masters."u8);
            return;
        }

        if (!SlotArguments.TryRead(ref ctx, 2, out var slot))
            return;
        if (ctx.Args.Count == 4 && ctx.Args.Is(3, "STABLE"u8))
            Answer(ref ctx, cluster.SetSlot(slot, SlotChange.Stable, ""));
        else if (ctx.Args.Count == 5 && ctx.Args.Is(3, "MIGRATING"u8))
            Answer(ref ctx, cluster.SetSlot(slot, SlotChange.Migrating, Text(ref ctx, 4)));
        else if (ctx.Args.Count == 5 && ctx.Args.Is(3, "IMPORTING"u8))
            Answer(ref ctx, cluster.SetSlot(slot, SlotChange.Importing, Text(ref ctx, 4)));
        else if (ctx.Args.Count == 5 && ctx.Args.Is(3, "NODE"u8))
            Answer(ref ctx, cluster.SetSlot(slot, SlotChange.Node, Text(ref ctx, 4)));
        else
            ctx.Reply.Error("ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP"u8);
    }

    /// <summary>Slots change while no command runs.</summary>
    internal static void PlanChange(in Arguments args, scoped ref KeyCollector keys) =>
        keys.AddWholeKeyspace(KeyspaceUse.Write);
}
