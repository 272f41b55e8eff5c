using System.Collections.Immutable;
using RedisLite.Cluster.Bus;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Files;
using RedisLite.Cluster.Map;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;
using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Keyspaces;

namespace RedisLite.Cluster.Serving;

/// <summary>What this node is at the moment: its map, its file, its routes, its role.</summary>
/// <remarks>
/// <para>Any thread. While the node has met nobody, its map is its own: it is on the disk before it is in force. As a
/// member, it acts by maps that voters have on their disks already, this node as what it has accepted: that such a map
/// is in force as well is written down some time.</para>
/// <para>LOCK: stripes, then the gate. What changes slots or the role holds all stripes exclusively; commands do when
/// they call, everybody else by <see cref="UnderAllStripes"/>.</para>
/// </remarks>
internal sealed class NodeStore : INodeHost, IDisposable
{
    private readonly CommandServices _services;
    private readonly NodesFile _file;
    private readonly Action<LogVerbosity, string> _log;
    private readonly Lock _gate = new();
    private NodeState _state;
    private SlotRouting _routing;
    private ClusterNode _announced;
    private string _shown = "";
    private bool _isServing;
    private bool _isUnsaved;
    private ImmutableArray<NodeId> _failed = [];

    /// <exception cref="NodesFileException">The file cannot be used.</exception>
    public NodeStore(CommandServices services, NodesFile file, Action<LogVerbosity, string> log)
    {
        (_services, _file, _log) = (services, file, log);
        try
        {
            _state = file.Read() ?? NewState();
            _announced = _state.InForce.Find(_state.Self)!;
            file.Write(_state);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _isServing = _state.InForce.Cluster.IsNone;
        _routing = NewRouting();
        services.Databases.Hide(HiddenSlots(_state));
    }

    /// <summary>What is on its way has changed, or whose slots are; called with no stripes held.</summary>
    public event Action? SlotsChanged;

    /// <summary>A map has come into force: the one before, and it.</summary>
    public event Action<SlotMap, SlotMap>? MapChanged;

    public CommandServices Services => _services;

    public SlotRouting Routing => Volatile.Read(ref _routing);

    public NodeState State => Volatile.Read(ref _state);

    public ClusterNode Me
    {
        get
        {
            // Read once: CLUSTER RESET HARD may come in between.
            var state = State;
            return state.InForce.Find(state.Self)!;
        }
    }

    /// <summary>Whether this node is of a cluster.</summary>
    public bool IsFormed => !State.InForce.Cluster.IsNone;

    /// <summary>Whether the cluster counts on this node.</summary>
    public bool IsServing => Volatile.Read(ref _isServing);

    public ClusterNode Announced
    {
        get
        {
            lock (_gate)
                return _announced with { Id = _state.Self };
        }
    }

    /// <summary>Members that have been removed lately.</summary>
    public RecentNodes Removed { get; } = new();

    public int MigrationBarrier => Options.MigrationBarrier;

    private long PingMs => _services.Options.Replication.PingPeriodSeconds * 1000L;

    private ClusterOptions Options => _services.Options.Cluster;

    /// <summary>This node is reached here from now on.</summary>
    /// <param name="announced">What others are told.</param>
    /// <param name="shown">The address that it shows of itself while it has met nobody; perhaps none.</param>
    /// <returns>The error of a reply, or null.</returns>
    public string? PutAddress(ClusterNode announced, string shown)
    {
        lock (_gate)
        {
            (_announced, _shown) = (announced, shown);
            return Store(WithSelf(_state));
        }
    }

    /// <summary>
    /// Changes this node's own map, or slots on their way. LOCK: all stripes. Only slots on their way for a member.
    /// </summary>
    public string? Change(Func<SlotMapEdit, LocalSlots, LocalSlots> change)
    {
        lock (_gate)
        {
            var edit = _state.InForce.Edit();
            var slots = change(edit, _state.Slots);

            // SETSLOT NODE comes to every node of a cluster, and the first has had it decided.
            if (slots == _state.Slots && !_state.InForce.Cluster.IsNone)
                return null;
            return Apply(_state.InForce.Cluster.IsNone
                ? WithSelf(_state with { InForce = edit.Build(), Slots = slots }) : _state with { Slots = slots });
        }
    }

    /// <summary>
    /// Changes what is on its way. It is on the disk before it is in force, and the stripes are held for the second
    /// alone.
    /// LOCK: the caller holds none.
    /// </summary>
    public string? ChangeMarks(Func<NodeState, LocalSlots> change)
    {
        var isDone = false;
        do
        {
            NodeState before, next;
            lock (_gate)
            {
                before = _state;
                next = before with { Slots = change(before) };
                if (Write(next) is { } error)
                    return error;
            }

            UnderAllStripes(() =>
            {
                lock (_gate)
                {
                    // Somebody else was faster: the change is made once more, of what there is now.
                    isDone = ReferenceEquals(before, _state);
                    if (isDone)
                        Switch(next, isRemoved: false);
                }
            });
        }
        while (!isDone);
        SlotsChanged?.Invoke();
        return null;
    }

    /// <summary>Writes the file anew.</summary>
    public string? Save()
    {
        lock (_gate)
            return Store(WithSelf(_state));
    }

    public void Save(Register register)
    {
        lock (_gate)
        {
            var next = _state with { Register = register };
            _file.Write(next);
            Volatile.Write(ref _state, next);
            _isUnsaved = false;
        }
    }

    public void SaveRest()
    {
        lock (_gate)
            if (_isUnsaved && Store(_state) is { } error)
                _log(LogVerbosity.Warning, $"The map in force could not be written down: {error["ERR ".Length..]}");
    }

    public void PutInForce(SlotMap map)
    {
        var before = State.InForce;
        UnderAllStripes(() =>
        {
            // A primary before slots are its own, and no replica before they are another's: requests look at the slots
            // first, and no client is told that its slot's owner is read only.
            if (map.Find(State.Self) is { IsPrimary: true } && _services.Replication.Primary is not null)
                _services.Replication.Promote();
            lock (_gate)
            {
                before = _state.InForce;
                var next = map.Find(_state.Self) is null ? WithoutSelf(map) : _state with
                {
                    InForce = map,
                    Slots = _state.Slots.Follow(before, map, _state.Self, HasKeys),
                };
                Switch(next, map.Find(_state.Self) is null);
            }

            TakeRole();
        });
        foreach (var node in before.Nodes)
            if (map.Find(node.Id) is null && !before.Cluster.IsNone)
                Removed.Add(node.Id);
        foreach (var line in MapNews.Lines(before, map, State.Self))
            _log(LogVerbosity.Notice, line);
        MapChanged?.Invoke(before, map);
        SlotsChanged?.Invoke();
    }

    public void PutSight(bool isServing, ImmutableArray<NodeId> failed)
    {
        bool wasServing;
        lock (_gate)
        {
            wasServing = _isServing;
            (_isServing, _failed) = (isServing || _state.InForce.Cluster.IsNone, failed);
        }

        if (wasServing != IsServing)
            _log(LogVerbosity.Notice, isServing ? "A majority of the cluster counts on this node: it serves"
                : "No majority of the cluster is heard: this node does not serve");
        Refresh();
    }

    /// <summary>An option, or what is seen of others, has changed what requests are answered.</summary>
    public void Refresh()
    {
        lock (_gate)
        {
            var routing = NewRouting();
            if (routing.IsDown == _routing.IsDown || !routing.IsDown)
            {
                Volatile.Write(ref _routing, routing);
                return;
            }
        }

        // Those who wait for keys are told that the cluster is down.
        UnderAllStripes(() =>
        {
            lock (_gate)
                Switch(_state, isRemoved: false);
        });
    }

    public void Unform()
    {
        lock (_gate)
        {
            var map = _state.InForce;
            var edit = new SlotMapEdit { Version = map.Version + 1, Epoch = map.Epoch };
            edit.Put(Me with { Primary = default });
            foreach (var range in map.RangesOf(_state.Self))
                edit.Assign(range, _state.Self);
            Store(new NodeState(_state.Self, Register.Empty, edit.Build(), LocalSlots.None) { Left = LeftBy(map) });
        }
    }

    /// <summary>A new beginning, without slots and other nodes. LOCK: all stripes.</summary>
    public string? Reset(bool isHard)
    {
        lock (_gate)
        {
            var fresh = isHard ? NewState() : Alone(_state.InForce);
            _isServing = true;
            _failed = [];
            return Apply(WithSelf(fresh));
        }
    }

    public NodeProgress Progress()
    {
        var replication = _services.Replication;
        if (replication.Primary is null)
            return new NodeProgress(replication.Offset, true, false, false);
        var report = replication.Report();
        var isUp = report.Link == PrimaryLinkState.Up;
        var factor = Options.ReplicaValidityFactor;
        var hasFreshData = factor == 0 || isUp || (report.SecondsSinceDown >= 0
            && report.SecondsSinceDown * 1000 <= (factor * Options.NodeTimeoutMs) + PingMs);
        return new NodeProgress(
            report.Offset, isUp, hasFreshData && !Options.ReplicaNeverTakesOver, Options.AllowsReplicaMigration);
    }

    public (long Offset, long Position) HoldWriters()
    {
        _services.Pause.BeginHandOver();
        (long, long) ends = default;
        UnderAllStripes(() => ends = (_services.Replication.Offset, _services.Replication.LogEnd));
        return ends;
    }

    public void ReleaseWriters() => _services.Pause.EndHandOver();

    public void Deliver(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, bool isSharded)
    {
        if (isSharded)
            _services.PubSub.PublishShard(channel, message);
        else
            _services.PubSub.Publish(channel, message);
    }

    public void Log(LogVerbosity level, string line) => _log(level, line);

    /// <summary>Runs while no command does.</summary>
    public void UnderAllStripes(Action action) => _services.Databases.UnderAllStripes(action);

    /// <summary>
    /// Follows whom the map says, or nobody. LOCK: all stripes, or before anybody is served.
    /// </summary>
    public void TakeRole()
    {
        var (state, replication) = (State, _services.Replication);
        var me = state.InForce.Find(state.Self)!;
        if (state.InForce.Cluster.IsNone)
            return;
        if (me.IsPrimary)
        {
            if (replication.Primary is not null)
                replication.Promote();
            return;
        }

        var primary = state.InForce.Find(me.Primary)!;
        var address = new PrimaryAddress(primary.Ip, primary.Port);
        if (replication.Primary != address)
            replication.Follow(address);
    }

    public void Dispose()
    {
        SaveRest();
        _file.Dispose();
    }

    private static NodeState NewState()
    {
        var self = NodeId.NewRandom();
        var edit = new SlotMapEdit();
        edit.Put(new ClusterNode(self, "", 0, 0));
        return new NodeState(self, Register.Empty, edit.Build(), LocalSlots.None);
    }

    /// <summary>This node with what others know it by, and nothing else.</summary>
    private NodeState Alone(SlotMap former)
    {
        var edit = new SlotMapEdit { Version = former.Version + 1, Epoch = former.Epoch };
        edit.Put(Me with { Primary = default });
        return new NodeState(_state.Self, Register.Empty, edit.Build(), LocalSlots.None) { Left = LeftBy(former) };
    }

    /// <summary>A map without this node is in force.</summary>
    private NodeState WithoutSelf(SlotMap map)
    {
        // A later map may have taken it in again, or another cluster: then its voter has a register already.
        var voted = _state.Register;
        var isBack = !voted.Map.Cluster.IsNone && voted.Map.Find(_state.Self) is not null
            && (voted.Map.Cluster != map.Cluster || voted.Map.Version > map.Version);
        return isBack ? Alone(map) with { Register = voted } : Alone(map);
    }

    private ImmutableArray<LeftCluster> LeftBy(SlotMap map) => map.Cluster.IsNone ? _state.Left
        : LeftCluster.Add(_state.Left, new LeftCluster(map.Cluster, map.Version, _state.Register.Promised));

    /// <summary>While it has met nobody, what it is reached by stands in its own map.</summary>
    private NodeState WithSelf(NodeState state)
    {
        if (!state.InForce.Cluster.IsNone)
            return state;
        var me = state.InForce.Find(state.Self)!;
        var now = me with
        {
            Ip = _shown,
            Port = _announced.Port,
            BusPort = _announced.BusPort,
            Hostname = _announced.Hostname,
        };
        return now == me ? state : state with { InForce = state.InForce.Edit().Put(now).Build() };
    }

    private SlotRouting NewRouting() => RoutingTable.Create(_state, Options, _isServing, _failed);

    /// <summary>Puts a state in force that is not on the disk yet. LOCK: all stripes, the gate.</summary>
    private void Switch(NodeState next, bool isRemoved)
    {
        var (before, former) = (Routing, _state);
        _isServing |= isRemoved;
        _isUnsaved = true;
        Volatile.Write(ref _state, next);
        Volatile.Write(ref _routing, NewRouting());
        Release(before, former);
    }

    /// <summary>Puts a state in force, and sees to those who use slots that were this node's.</summary>
    private string? Apply(NodeState next)
    {
        var (before, former) = (Routing, _state);
        next = next with { Slots = next.Slots.Follow(former.InForce, next.InForce, next.Self, HasKeys) };
        if (Store(next) is { } error)
            return error;
        Release(before, former);
        return null;
    }

    /// <summary>
    /// Slots whose keys are nobody's to see: those on their way, and to a replica all that are not its primary's.
    /// </summary>
    private static SlotSet HiddenSlots(NodeState state)
    {
        var me = state.InForce.Find(state.Self);
        return me is null or { IsPrimary: true } ? state.Slots.Hidden
            : SlotSet.Of(Enumerable.Range(0, SlotMap.SlotCount).Where(slot => !state.InForce.Owns(me.Primary, slot)));
    }

    private bool HasKeys(int slot) => _services.Databases[0].HasKeysInSlot(slot);

    /// <summary>LOCK: all stripes, the gate.</summary>
    private void Release(SlotRouting before, NodeState former)
    {
        // A slot that came back before what was left of it had been deleted: nothing of that may be seen.
        foreach (var slot in former.Slots.Leaving.Except(_state.Slots.Leaving))
            if (_state.InForce.Owns(_state.Self, slot))
                LeftKeys.Delete(_services, slot);
        if (!ReferenceEquals(former, _state))
            _services.Databases.Hide(HiddenSlots(_state));
        var after = Routing;
        GoneSlots.Release(
            _services,
            slot => before.OwnerOf(slot) == SlotRouting.Self && after.OwnerOf(slot) != SlotRouting.Self,
            isDown: after.IsDown && !before.IsDown);
    }

    /// <summary>First on the disk, then in force.</summary>
    private string? Store(NodeState next)
    {
        if (Write(next) is { } error)
            return error;
        _isUnsaved = false;
        Volatile.Write(ref _state, next);
        Volatile.Write(ref _routing, NewRouting());
        return null;
    }

    private string? Write(NodeState next)
    {
        try
        {
            _file.Write(next);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"ERR error saving the cluster node config: {error.Message}";
        }

        return null;
    }
}
