using RedisLite.Cluster.Bus;
using RedisLite.Cluster.Files;
using RedisLite.Cluster.Map;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Cluster.Serving;

/// <summary>What CLUSTER shows of this node and of what it knows of the others. Any thread.</summary>
internal sealed class NodeView(NodeStore store)
{
    /// <summary>The bus; null until the server listens.</summary>
    public ClusterBus? Bus { get; set; }

    private SlotMap Map => store.State.InForce;

    public string Nodes() => Rendering().Nodes();

    public string Line(ClusterNode node) => Rendering().Line(node);

    public void WriteSlots(ReplyWriter reply) => Rendering().WriteSlots(reply);

    public void WriteShards(ReplyWriter reply) => Rendering().WriteShards(reply);

    public void WriteLinks(ReplyWriter reply)
    {
        var links = Map.Nodes.Where(node => node.Id != store.State.Self && HeardOf(node.Id) is not null
            && !SightOf(node.Id).IsSuspected).ToList();
        reply.Array(links.Count * 2);
        foreach (var node in links)
            foreach (var direction in (ReadOnlySpan<string>)["to", "from"])
            {
                reply.Map(6);
                Text(reply, "direction", direction);
                Text(reply, "node", node.Id.ToString());
                Text(reply, "create-time");
                reply.Integer(UnixMs(HeardOf(node.Id)!.Value.FirstMs));
                Text(reply, "events", direction == "to" ? "rw" : "r");
                Text(reply, "send-buffer-allocated");
                reply.Integer(0);
                Text(reply, "send-buffer-used");
                reply.Integer(0);
            }
    }

    public string Info()
    {
        var figures = Figures();
        var served = figures.SlotsAssigned - figures.SlotsSuspected - figures.SlotsFailed;
        return $"cluster_state:{(figures.IsServing ? "ok" : "fail")}\r\n"
            + $"cluster_slots_assigned:{figures.SlotsAssigned}\r\ncluster_slots_ok:{served}\r\n"
            + $"cluster_slots_pfail:{figures.SlotsSuspected}\r\ncluster_slots_fail:{figures.SlotsFailed}\r\n"
            + $"cluster_known_nodes:{figures.Nodes}\r\ncluster_size:{figures.Size}\r\n"
            + $"cluster_current_epoch:{figures.Epoch}\r\ncluster_my_epoch:{figures.OwnEpoch}\r\n"
            + $"cluster_stats_messages_sent:{figures.MessagesSent}\r\n"
            + $"cluster_stats_messages_received:{figures.MessagesReceived}\r\n"
            + "total_cluster_links_buffer_limit_exceeded:0\r\n";
    }

    public ClusterFigures Figures()
    {
        // Read once: CLUSTER RESET HARD may come in between.
        var state = store.State;
        var map = state.InForce;
        var (suspected, failed, failedNodes) = (0, 0, 0);
        foreach (var node in map.Nodes)
        {
            var sight = SightOf(node.Id);
            failedNodes += sight.IsFailed ? 1 : 0;
            failed += sight.IsFailed ? map.CountSlots(node.Id) : 0;
            suspected += sight is { IsFailed: false, IsSuspected: true } ? map.CountSlots(node.Id) : 0;
        }

        return new ClusterFigures
        {
            IsServing = !store.Routing.IsDown,
            IsLeading = Bus?.IsLeading == true,
            SlotsAssigned = map.CountAssigned(),
            SlotsOwned = map.CountSlots(state.Self),
            SlotsSuspected = suspected,
            SlotsFailed = failed,
            Nodes = map.Nodes.Length,
            NodesFailed = failedNodes,
            Size = map.Nodes.Count(node => node.IsPrimary && map.CountSlots(node.Id) > 0),
            Voters = map.Voters.Count,
            Epoch = map.Epoch,
            OwnEpoch = EpochOf(state),
            Version = map.Version,
            Proposals = Bus?.Proposals.Count ?? 0,
            MessagesSent = Bus?.Statistics.Sent ?? 0,
            MessagesReceived = Bus?.Statistics.Received ?? 0,
            BusRenewals = Bus?.Statistics.Renewals ?? 0,
        };
    }

    /// <summary>What is seen of a node: what the leader says, and what this node hears itself.</summary>
    public NodeSight SightOf(NodeId id)
    {
        if (id == store.State.Self || Bus is not { } bus)
            return default(NodeSight) with { Offset = id == store.State.Self ? store.Services.Replication.Offset : 0 };
        var heard = HeardOf(id);
        var silence = bus.Core.Peers.SilenceMs(id, bus.Core.NowMs);
        var isSuspected = silence > bus.Core.Times.LeaseMs;
        return new NodeSight(
            isSuspected, bus.Failed.Contains(id),
            isSuspected ? UnixMs(heard?.LastMs ?? bus.Core.NowMs) : 0, heard is { } times ? UnixMs(times.LastMs) : 0,
            bus.Core.Peers.StatusOf(id)?.Offset ?? 0);
    }

    // As in Redis, a replica shows its primary's.
    private static long EpochOf(NodeState state)
    {
        var me = state.InForce.Find(state.Self)!;
        return (me.IsPrimary ? me : state.InForce.Find(me.Primary) ?? me).ConfigEpoch;
    }

    private (long FirstMs, long LastMs)? HeardOf(NodeId id) => Bus?.Core.Peers.HeardOf(id);

    private long UnixMs(long busMs) => store.Services.NowMs - (Bus!.Core.NowMs - busMs);

    private MapRendering Rendering()
    {
        var state = store.State;
        return new MapRendering(state.InForce, state.Self, SightOf)
        {
            Slots = state.Slots,
            Endpoint = RoutingTable.EndpointKindOf(store.Services.Options.Cluster),
        };
    }

    private static void Text(ReplyWriter reply, string name, string value)
    {
        Text(reply, name);
        Text(reply, value);
    }

    private static void Text(ReplyWriter reply, string text) => reply.Bulk(System.Text.Encoding.ASCII.GetBytes(text));
}
