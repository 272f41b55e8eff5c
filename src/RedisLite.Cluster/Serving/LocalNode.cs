using RedisLite.Cluster.Files;
using RedisLite.Cluster.Map;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Configuration;
using RedisLite.Protocol;
using RedisLite.Storage.Keyspaces;

namespace RedisLite.Cluster.Serving;

/// <summary>This server as a node: its map, its file, and what CLUSTER shows and changes of them.</summary>
/// <remarks>
/// Without a bus yet: what is changed here is this node's own map, and nobody else is told. Changes are on the disk
/// before they are in force. Any thread may read; changes come with all stripes held (<see cref="ICluster"/>), or from
/// the configuration.
/// </remarks>
internal sealed class LocalNode : IClusterNode
{
    private const string NeedsBus = "ERR the nodes of this version have no bus yet: it serves what its own map says";
    private const int BusPortAbove = 10_000;

    private readonly CommandServices _services;
    private readonly int _busPort;
    private readonly NodesFile _file;
    private readonly Action<string> _warn;
    private readonly Lock _gate = new();
    private int _port;
    private NodeState _state;
    private SlotRouting _routing;

    /// <exception cref="NodesFileException">The file cannot be used.</exception>
    public LocalNode(ClusterContext context, NodesFile file)
    {
        _services = context.Services;
        _busPort = context.Settings.Cluster.Port;
        _port = Math.Max(0, context.Settings.Network.Port);
        _file = file;
        _warn = context.Warn;
        try
        {
            _state = file.Read() ?? NewState();
            _state = WithSelf(_state);
            file.Write(_state);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _routing = RoutingTable.Create(_state, Options);
        AllOptions.Changed += OnOptionChanged;
    }

    public SlotRouting Routing => Volatile.Read(ref _routing);

    public string NodeId => State.Self.ToString();

    public string ShardId => (Me.IsPrimary ? Me.Id : Me.Primary).ToString();

    private NodeState State => Volatile.Read(ref _state);

    private ClusterNode Me => State.InForce.Find(State.Self)!;

    private RuntimeOptions AllOptions => _services.Options;

    private ClusterOptions Options => _services.Options.Cluster;

    public void Start(int port)
    {
        lock (_gate)
        {
            _port = port;
            Store(WithSelf(_state));
        }
    }

    public IReadOnlyList<string> Adopt()
    {
        var loaded = LoadedKeys.Find(_services.Databases, State);
        var lines = loaded.Lines().ToList();
        if (lines.Count == 0 || !Me.IsPrimary)
            return [];
        var plan = _services.Databases.CreatePlan();
        plan.AddAll(exclusive: true);
        plan.Enter();
        try
        {
            var error = Change((edit, local) =>
            {
                foreach (var slot in loaded.Unassigned)
                    edit.Assign(slot, State.Self);
                foreach (var slot in loaded.Foreign)
                    local = local with
                    {
                        Importing = local.Importing.SetItem(slot, State.InForce.OwnerOf(slot)!.Id),
                    };
                return local;
            });
            return error is null ? lines : throw new ServerStartException(error, null);
        }
        finally
        {
            plan.Exit();
        }
    }

    public string Nodes() => Rendering().Nodes();

    public void WriteSlots(ReplyWriter reply) => Rendering().WriteSlots(reply);

    public void WriteShards(ReplyWriter reply) => Rendering().WriteShards(reply);

    public void WriteLinks(ReplyWriter reply) => reply.Array(0);

    public string Info()
    {
        var map = State.InForce;
        var assigned = map.CountAssigned();
        var size = map.Nodes.Count(node => node.IsPrimary && map.CountSlots(node.Id) > 0);
        return $"cluster_state:{(Routing.IsDown ? "fail" : "ok")}\r\n"
            + $"cluster_slots_assigned:{assigned}\r\ncluster_slots_ok:{assigned}\r\n"
            + "cluster_slots_pfail:0\r\ncluster_slots_fail:0\r\n"
            + $"cluster_known_nodes:{map.Nodes.Length}\r\ncluster_size:{size}\r\n"
            + $"cluster_current_epoch:{map.Epoch}\r\ncluster_my_epoch:{Me.ConfigEpoch}\r\n"
            + "cluster_stats_messages_sent:0\r\ncluster_stats_messages_received:0\r\n"
            + "total_cluster_links_buffer_limit_exceeded:0\r\n";
    }

    public string? Replicas(string node, out IReadOnlyList<string> lines)
    {
        lines = [];
        if (Find(node) is not { } primary)
            return $"ERR Unknown node {node}";
        if (!primary.IsPrimary)
            return "ERR The specified node is not a master";
        var rendering = Rendering();
        lines = [.. State.InForce.ReplicasOf(primary.Id).Select(rendering.Line)];
        return null;
    }

    public string? FailureReports(string node, out int count)
    {
        count = 0;
        return Find(node) is null ? $"ERR Unknown node {node}" : null;
    }

    public string? AddSlots(IReadOnlyList<int> slots)
    {
        var seen = new bool[SlotMap.SlotCount];
        foreach (var slot in slots)
            if (State.InForce.OwnerOf(slot) is not null)
                return $"ERR Slot {slot} is already busy";
            else if (IsSecond(seen, slot))
                return $"ERR Slot {slot} specified multiple times";
        return Change((edit, local) =>
        {
            foreach (var slot in slots)
                edit.Assign(slot, State.Self);

            // What is this node's own does not arrive any more.
            return local with { Importing = local.Importing.RemoveRange(slots) };
        });
    }

    public string? RemoveSlots(IReadOnlyList<int> slots)
    {
        var seen = new bool[SlotMap.SlotCount];
        foreach (var slot in slots)
            if (State.InForce.OwnerOf(slot) is null)
                return $"ERR Slot {slot} is already unassigned";
            else if (IsSecond(seen, slot))
                return $"ERR Slot {slot} specified multiple times";
        return Change((edit, local) =>
        {
            foreach (var slot in slots)
                edit.Assign(slot, default);
            return local;
        });
    }

    public string? FlushSlots() => Change((edit, local) =>
    {
        foreach (var range in State.InForce.RangesOf(State.Self))
            edit.Assign(range, default);
        return local;
    });

    public string? SetSlot(int slot, SlotChange change, string node)
    {
        if (change == SlotChange.Stable)
            return Change((_, local) => local.WithStable(slot));
        var isMine = State.InForce.Owns(State.Self, slot);
        if (change == SlotChange.Migrating && !isMine)
            return $"ERR I'm not the owner of hash slot {slot}";
        if (change == SlotChange.Importing && isMine)
            return $"ERR I'm already the owner of hash slot {slot}";
        if (Find(node) is not { } other)
            return change == SlotChange.Node ? $"ERR Unknown node {node}" : $"ERR I don't know about node {node}";
        if (!other.IsPrimary)
            return "ERR Target node is not a master";
        return change switch
        {
            SlotChange.Migrating =>
                Change((_, local) => local with { Migrating = local.Migrating.SetItem(slot, other.Id) }),
            SlotChange.Importing =>
                Change((_, local) => local with { Importing = local.Importing.SetItem(slot, other.Id) }),
            _ => GiveSlot(slot, other.Id, isMine),
        };
    }

    public long? BumpEpoch(out long epoch)
    {
        var before = Me.ConfigEpoch;
        var error = Change((edit, local) =>
        {
            Bump(edit);
            return local;
        });
        epoch = Me.ConfigEpoch;
        return error is null && epoch != before ? epoch : null;
    }

    public string? SetConfigEpoch(long epoch)
    {
        if (State.InForce.Nodes.Length > 1)
            return "ERR The user can assign a config epoch only when the node does not know any other node.";
        if (Me.ConfigEpoch != 0)
            return "ERR Node config epoch is already non-zero";
        return Change((edit, local) =>
        {
            edit.Put(Me with { ConfigEpoch = epoch });
            return local;
        });
    }

    public string? Save()
    {
        lock (_gate)
            return Store(WithSelf(_state));
    }

    public string? Reset(bool isHard)
    {
        lock (_gate)
        {
            var fresh = NewState();
            if (!isHard)
            {
                var edit = new SlotMapEdit { Version = _state.InForce.Version + 1, Epoch = _state.InForce.Epoch };
                edit.Put(Me with { Primary = default });
                fresh = new NodeState(_state.Self, _state.Register, edit.Build(), LocalSlots.None);
            }

            return Apply(WithSelf(fresh));
        }
    }

    public string? Meet(string host, int port, int busPort) => NeedsBus;

    public string? Forget(string node)
    {
        if (Find(node) is not { } other)
            return $"ERR Unknown node {node}";
        if (other.Id == State.Self)
            return "ERR I tried hard but I can't forget myself...";
        if (Me.Primary == other.Id)
            return "ERR Can't forget my master!";
        return Change((edit, local) =>
        {
            edit.Remove(other.Id);
            return local;
        });
    }

    public string? Replicate(string node)
    {
        if (Find(node) is not { } other)
            return $"ERR Unknown node {node}";
        if (other.Id == State.Self)
            return "ERR Can't replicate myself";
        return other.IsPrimary ? NeedsBus : "ERR I can only replicate a master, not a replica.";
    }

    public string? Failover(string option) =>
        Me.IsPrimary ? "ERR You should send CLUSTER FAILOVER to a replica" : NeedsBus;

    public void Dispose()
    {
        AllOptions.Changed -= OnOptionChanged;
        _file.Dispose();
    }

    private static NodeState NewState()
    {
        var self = Map.NodeId.NewRandom();
        var edit = new SlotMapEdit();
        edit.Put(new ClusterNode(self, "", 0, 0));
        return new NodeState(self, Deciding.Register.Empty, edit.Build(), LocalSlots.None);
    }

    private static bool IsSecond(bool[] seen, int slot)
    {
        var before = seen[slot];
        seen[slot] = true;
        return before;
    }

    private void Bump(SlotMapEdit edit)
    {
        var me = edit[State.Self];
        if (me.ConfigEpoch == 0 || me.ConfigEpoch != edit.Epoch)
            edit.Put(me with { ConfigEpoch = edit.Epoch + 1 });
    }

    private string? GiveSlot(int slot, NodeId to, bool isMine)
    {
        var hasKeys = _services.Databases[0].HasKeysInSlot(slot);
        if (isMine && to != State.Self && hasKeys)
            return $"ERR Can't assign hashslot {slot} to a different node while I still hold keys for this hash slot.";
        return Change((edit, local) =>
        {
            edit.Assign(slot, to);
            if (!hasKeys)
                local = local with { Migrating = local.Migrating.Remove(slot) };
            if (to != State.Self || !local.Importing.ContainsKey(slot))
                return local;
            Bump(edit);
            return local with { Importing = local.Importing.Remove(slot) };
        });
    }

    private ClusterNode? Find(string node) =>
        Map.NodeId.TryParse(node, out var id) ? State.InForce.Find(id) : null;

    private MapRendering Rendering()
    {
        var state = State;
        return new MapRendering(state.InForce, state.Self, _ => default)
        {
            Slots = state.Slots,
            Endpoint = RoutingTable.EndpointKindOf(Options),
        };
    }

    private string? Change(Func<SlotMapEdit, LocalSlots, LocalSlots> change)
    {
        lock (_gate)
        {
            var edit = _state.InForce.Edit();
            var slots = change(edit, _state.Slots);
            return Apply(WithSelf(_state with { InForce = edit.Build(), Slots = slots }));
        }
    }

    /// <summary>Puts a state in force, and sees to those who use slots that were this node's.</summary>
    private string? Apply(NodeState next)
    {
        var before = Routing;
        if (Store(next) is { } error)
            return error;
        var after = Routing;
        GoneSlots.Release(
            _services,
            slot => before.OwnerOf(slot) == SlotRouting.Self && after.OwnerOf(slot) != SlotRouting.Self,
            isDown: after.IsDown && !before.IsDown);
        return null;
    }

    /// <summary>First on the disk, then in force.</summary>
    private string? Store(NodeState next)
    {
        try
        {
            _file.Write(next);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"ERR error saving the cluster node config: {error.Message}";
        }

        Volatile.Write(ref _state, next);
        Volatile.Write(ref _routing, RoutingTable.Create(next, Options));
        return null;
    }

    /// <summary>What this node is reached by, as its configuration has it now.</summary>
    private NodeState WithSelf(NodeState state)
    {
        var port = Options.AnnouncedPort != 0 ? Options.AnnouncedPort : _port;
        var busPort = Options.AnnouncedBusPort != 0 ? Options.AnnouncedBusPort
            : _busPort != 0 ? _busPort : _port + BusPortAbove;
        var me = state.InForce.Find(state.Self) ?? new ClusterNode(state.Self, "", 0, 0);
        var now = me with
        {
            Ip = Options.AnnouncedAddress,
            Port = port,
            BusPort = busPort,
            Hostname = Options.AnnouncedHostname,
        };
        return now == me && state.InForce.Find(state.Self) is not null
            ? state
            : state with { InForce = state.InForce.Edit().Put(now).Build() };
    }

    private void OnOptionChanged(string directive)
    {
        if (!directive.StartsWith("cluster-", StringComparison.Ordinal))
            return;

        // The option has changed already; what it changes here comes with the next state that can be written.
        lock (_gate)
            if (Store(WithSelf(_state)) is { } error)
                _warn($"{directive} is not in force yet: {error["ERR ".Length..]}");
    }
}
