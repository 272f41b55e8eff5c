using System.Collections.Immutable;
using RedisLite.Cluster.Bus;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Storage.Keyspaces;

namespace RedisLite.Cluster.Serving;

/// <summary>
/// What the subcommands of CLUSTER change: of this node's own map while it has met nobody, else by asking the cluster.
/// </summary>
/// <remarks>LOCK: all stripes are held by the caller. Nothing here waits for other nodes.</remarks>
internal sealed class NodeChanges(NodeStore store, Func<ClusterBus?> bus)
{
    private const int BusPortAbove = 10_000;

    // Of a failover that has just begun, somebody else's decision may have to wait; then it is worth waiting for.
    private const long LeastPatienceMs = 10_000;

    private CommandServices Services => store.Services;

    private SlotMap Map => store.State.InForce;

    private NodeId Self => store.State.Self;

    /// <summary>How long a decision is waited for.</summary>
    private TimeSpan Patience => TimeSpan.FromMilliseconds(
        Math.Max(LeastPatienceMs, 3 * Services.Options.Cluster.NodeTimeoutMs));

    public ClusterNode? Find(string node) => NodeId.TryParse(node, out var id) ? Map.Find(id) : null;

    /// <inheritdoc cref="Configuration.IClusterNode.Adopt"/>
    public IReadOnlyList<string> Adopt()
    {
        var loaded = LoadedKeys.Find(Services.Databases, store.State);
        var lines = loaded.Lines().ToList();
        if (lines.Count == 0 || !store.Me.IsPrimary)
            return [];
        string? error = null;
        store.UnderAllStripes(() => error = store.Change((edit, local) =>
        {
            foreach (var slot in loaded.Unassigned)
                edit.Assign(slot, Self);
            foreach (var slot in loaded.Foreign)
                local = local with { Importing = local.Importing.SetItem(slot, Map.OwnerOf(slot)!.Id) };
            return local;
        }));
        if (error is not null)
            throw new ServerStartException(error, null);
        if (store.IsFormed && loaded.Unassigned.Count > 0)
            Request(
                new GiveSlots(SlotRange.Of(loaded.Unassigned), default, Self, null), "take slots of keys found here");
        return lines;
    }

    public ClusterAnswer AddSlots(IReadOnlyList<int> slots)
    {
        var seen = new bool[SlotMap.SlotCount];
        foreach (var slot in slots)
            if (Map.OwnerOf(slot) is not null && bus()?.Proposals.Frees(slot) != true)
                return ClusterAnswer.Failed($"ERR Slot {slot} is already busy");
            else if (IsSecond(seen, slot))
                return ClusterAnswer.Failed($"ERR Slot {slot} specified multiple times");
        if (store.IsFormed)
            return Ask(new GiveSlots(SlotRange.Of(slots.Order()), default, Self, null));
        return ClusterAnswer.Of(store.Change((edit, local) =>
        {
            foreach (var slot in slots)
                edit.Assign(slot, Self);

            // What is this node's own does not arrive any more.
            return local with { Importing = local.Importing.RemoveRange(slots) };
        }));
    }

    public ClusterAnswer RemoveSlots(IReadOnlyList<int> slots)
    {
        var seen = new bool[SlotMap.SlotCount];
        var owners = new HashSet<NodeId>();
        foreach (var slot in slots)
            if (Map.OwnerOf(slot) is not { } owner)
                return ClusterAnswer.Failed($"ERR Slot {slot} is already unassigned");
            else if (IsSecond(seen, slot))
                return ClusterAnswer.Failed($"ERR Slot {slot} specified multiple times");
            else
                owners.Add(owner.Id);
        if (store.IsFormed)
            return owners.Count > 1 ? ClusterAnswer.Failed("ERR the slots have several owners: one at a time")
                : Ask(new GiveSlots(SlotRange.Of(slots.Order()), owners.First(), default, null));
        return ClusterAnswer.Of(store.Change((edit, local) =>
        {
            foreach (var slot in slots)
                edit.Assign(slot, default);
            return local;
        }));
    }

    public ClusterAnswer FlushSlots()
    {
        ImmutableArray<SlotRange> mine = [.. Map.RangesOf(Self)];
        if (mine.IsEmpty)
            return ClusterAnswer.Done;
        if (store.IsFormed)
            return Ask(new GiveSlots(mine, Self, default, null));
        return ClusterAnswer.Of(store.Change((edit, local) =>
        {
            foreach (var range in mine)
                edit.Assign(range, default);
            return local;
        }));
    }

    public ClusterAnswer SetSlot(int slot, SlotChange change, string node)
    {
        if (change == SlotChange.Stable)
            return ClusterAnswer.Of(store.Change((_, local) => local.WithStable(slot)));
        var isMine = Map.Owns(Self, slot);
        if (change == SlotChange.Migrating && !isMine)
            return ClusterAnswer.Failed($"ERR I'm not the owner of hash slot {slot}");
        if (change == SlotChange.Importing && isMine)
            return ClusterAnswer.Failed($"ERR I'm already the owner of hash slot {slot}");
        if (Find(node) is not { } other)
            return ClusterAnswer.Failed(
                change == SlotChange.Node ? $"ERR Unknown node {node}" : $"ERR I don't know about node {node}");
        if (!other.IsPrimary)
            return ClusterAnswer.Failed("ERR Target node is not a master");
        return change switch
        {
            SlotChange.Migrating => ClusterAnswer.Of(
                store.Change((_, local) => local with { Migrating = local.Migrating.SetItem(slot, other.Id) })),
            SlotChange.Importing => ClusterAnswer.Of(
                store.Change((_, local) => local with { Importing = local.Importing.SetItem(slot, other.Id) })),
            _ => GiveSlot(slot, other.Id, isMine),
        };
    }

    public ClusterAnswer BumpEpoch()
    {
        var before = store.Me.ConfigEpoch;
        string Text() => store.Me.ConfigEpoch == before ? $"STILL {before}" : $"BUMPED {store.Me.ConfigEpoch}";
        if (store.IsFormed)
            return Ask(new RaiseEpoch(Self)) with { Text = Text };
        var refused = store.Change((edit, local) =>
        {
            Bump(edit);
            return local;
        });
        return ClusterAnswer.Of(refused) with { Text = Text };
    }

    public string? SetConfigEpoch(long epoch)
    {
        if (Map.Nodes.Length > 1)
            return "ERR The user can assign a config epoch only when the node does not know any other node.";
        if (store.Me.ConfigEpoch != 0)
            return "ERR Node config epoch is already non-zero";
        if (store.IsFormed)
            return "ERR The user can assign a config epoch only to a node that is of no cluster yet.";
        return store.Change((edit, local) =>
        {
            edit.Put(store.Me with { ConfigEpoch = epoch });
            return local;
        });
    }

    /// <summary>
    /// A member has to be one no longer before it forgets its votes. With another name it has none to forget: then that
    /// is only tried.
    /// </summary>
    public ClusterAnswer Reset(bool isHard)
    {
        if (!store.IsFormed || bus() is not { } running)
            return ClusterAnswer.Of(ResetHere(isHard));
        if (Map.Nodes.Length == 1)
        {
            var error = ResetHere(isHard);
            running.Renew("this node was reset");
            return ClusterAnswer.Of(error);
        }

        var patience = isHard ? TimeSpan.FromSeconds(2) : Patience;
        return ClusterAnswer.After(
            done => running.Propose(
                new RemoveMember(Self), patience,
                result => _ = Task.Run(() => done(EndReset(isHard, result, running)))),
            Patience + TimeSpan.FromSeconds(5));
    }

    /// <summary>The cluster has decided whether this node leaves, or has not in time. LOCK: holds no stripes.</summary>
    /// <returns>The error of the reply, or null: somebody waits for it, whatever happens here.</returns>
    private string? EndReset(bool isHard, SlotProposalResult result, ClusterBus running)
    {
        if (!isHard && result.Outcome == SlotProposalOutcome.Refused)
            return result.Error;
        if (!isHard && store.IsFormed)
            return "ERR the cluster has not agreed that this node leaves; CLUSTER RESET HARD does not ask it";
        try
        {
            string? error = null;
            store.UnderAllStripes(() => error = ResetHere(isHard));
            if (isHard)
                running.Renew("this node was reset");
            return error;
        }
        catch (Exception fault)
        {
            Services.Control.ReportFault(fault, "CLUSTER RESET");
            return "ERR this node was not reset, or not in full: an internal error, see the log";
        }
    }

    public string? Meet(string host, int port, int busPort)
    {
        if (bus() is not { } running)
            return "ERR this node does not listen to others yet";
        running.Meet(host, port, busPort != 0 ? busPort : port + BusPortAbove);
        return null;
    }

    public ClusterAnswer Forget(string node)
    {
        if (Find(node) is not { } other)
            return NodeId.TryParse(node, out var id) && store.Removed.Contains(id) ? ClusterAnswer.Done
                : ClusterAnswer.Failed($"ERR Unknown node {node}");
        if (other.Id == Self)
            return ClusterAnswer.Failed("ERR I tried hard but I can't forget myself...");
        if (store.Me.Primary == other.Id)
            return ClusterAnswer.Failed("ERR Can't forget my master!");
        if (store.IsFormed)
            return Ask(new RemoveMember(other.Id));
        return ClusterAnswer.Of(store.Change((edit, local) =>
        {
            edit.Remove(other.Id);
            return local;
        }));
    }

    public ClusterAnswer Replicate(string node)
    {
        if (Find(node) is not { } other)
            return ClusterAnswer.Failed($"ERR Unknown node {node}");
        if (other.Id == Self)
            return ClusterAnswer.Failed("ERR Can't replicate myself");
        if (!other.IsPrimary)
            return ClusterAnswer.Failed("ERR I can only replicate a master, not a replica.");
        if (store.Me.IsPrimary && (Map.CountSlots(Self) > 0 || Services.Databases[0].Count > 0))
            return ClusterAnswer.Failed(
                "ERR To set a master the node must be empty and without assigned slots.");
        return Ask(new FollowPrimary(Self, other.Id));
    }

    public string? Failover(string option)
    {
        if (store.Me.IsPrimary)
            return "ERR You should send CLUSTER FAILOVER to a replica";
        if (bus() is not { } running)
            return "ERR this node does not listen to others yet";
        var isForced = option.Length > 0;
        if (!isForced && (running.Failed.Contains(store.Me.Primary) || !store.Progress().IsLinkUp))
            return "ERR Master is down or failed, please use CLUSTER FAILOVER FORCE";
        Request(
            new PromoteReplica(Self, store.Me.Primary, isForced ? FailoverKind.Forced : FailoverKind.Manual),
            "take over from the primary");
        return null;
    }

    private static bool IsSecond(bool[] seen, int slot)
    {
        var before = seen[slot];
        seen[slot] = true;
        return before;
    }

    private void Bump(SlotMapEdit edit)
    {
        var me = edit[Self];
        if (me.ConfigEpoch == 0 || me.ConfigEpoch != edit.Epoch)
            edit.Put(me with { ConfigEpoch = edit.Epoch + 1 });
    }

    private ClusterAnswer GiveSlot(int slot, NodeId to, bool isMine)
    {
        var hasKeys = Services.Databases[0].HasKeysInSlot(slot);
        if (isMine && to != Self && hasKeys)
            return ClusterAnswer.Failed(
                $"ERR Can't assign hashslot {slot} to a different node while I still hold keys for this hash slot.");
        var owner = Map.OwnerOf(slot)?.Id ?? default;
        if (store.IsFormed && owner != to)
            return Ask(new GiveSlots([new SlotRange(slot, slot)], owner, to, null));
        return ClusterAnswer.Of(store.Change((edit, local) =>
        {
            if (owner != to)
                edit.Assign(slot, to);
            if (!hasKeys && local.Migrating.ContainsKey(slot))
                local = local with { Migrating = local.Migrating.Remove(slot) };
            if (to != Self || !local.Importing.ContainsKey(slot))
                return local;
            Bump(edit);
            return local with { Importing = local.Importing.Remove(slot) };
        }));
    }

    /// <summary>Answers when the cluster has decided.</summary>
    private ClusterAnswer Ask(MapChange change)
    {
        if (bus() is not { } running)
            return ClusterAnswer.Failed("ERR this node does not listen to others yet");
        var patience = Patience;
        return ClusterAnswer.After(
            done => running.Propose(change, patience, result =>
            {
                if (result.Error.Length > 0)
                    store.Log(LogVerbosity.Notice, $"Not decided: {change}: {result.Error}");
                done(result.Error.Length > 0 ? result.Error : null);
            }),
            patience + TimeSpan.FromSeconds(5));
    }

    /// <summary>Asks the cluster for what nobody waits for.</summary>
    private void Request(MapChange change, string what) => bus()?.Propose(change, Patience, result =>
    {
        if (result.Error.Length > 0)
            store.Log(LogVerbosity.Warning, $"This node did not {what}: {result.Error}");
    });

    private string? ResetHere(bool isHard)
    {
        var wasReplica = Services.Role == ServerRole.Replica;
        if (store.Reset(isHard) is { } error)
            return error;
        bus()?.Core.Reset();
        if (!wasReplica)
            return null;

        // The data was its primary's.
        Services.Replication.Promote();
        Services.Databases[0].Detach().Dispose();
        if (Services.ChangeLog.HasReaders)
            Services.ChangeLog.Append(0, 0, "*1\r\n$8\r\nFLUSHALL\r\n"u8);
        return null;
    }
}
