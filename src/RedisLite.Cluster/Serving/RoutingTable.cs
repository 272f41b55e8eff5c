using System.Collections.Immutable;
using RedisLite.Cluster.Files;
using RedisLite.Cluster.Map;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;

namespace RedisLite.Cluster.Serving;

/// <summary>Makes of a map what every request is looked up in.</summary>
internal static class RoutingTable
{
    /// <param name="state">The node's.</param>
    /// <param name="options">As configured.</param>
    /// <param name="isServing">Whether the cluster counts on this node.</param>
    /// <param name="failed">Members that are taken for dead.</param>
    public static SlotRouting Create(NodeState state, ClusterOptions options, bool isServing,
        ImmutableArray<NodeId> failed)
    {
        var map = state.InForce;
        var kind = EndpointKindOf(options);
        var numbers = new ushort[map.Nodes.Length + 1];
        var endpoints = new List<string> { "", "" };
        for (var i = 0; i < map.Nodes.Length; i++)
        {
            var node = map.Nodes[i];
            var isSelf = node.Id == state.Self;
            numbers[i + 1] = isSelf ? SlotRouting.Self : (ushort)endpoints.Count;
            if (!isSelf)
                endpoints.Add(EndpointOf(node, kind));
        }

        var owners = new ushort[SlotMap.SlotCount];
        for (var slot = 0; slot < owners.Length; slot++)
            owners[slot] = numbers[map.Owners[slot]];
        var me = map.Find(state.Self)!;
        var slots = state.Slots;
        return new SlotRouting(owners, [.. endpoints])
        {
            IsDown = !isServing || (options.RequiresFullCoverage && (map.CountAssigned() < SlotMap.SlotCount
                || failed.Any(id => map.CountSlots(id) > 0))),
            Primary = me.IsPrimary ? SlotRouting.Unbound : numbers[map.Nodes.IndexOf(map.Find(me.Primary)!) + 1],
            Migrating = slots.Migrating.IsEmpty ? null : slots.Migrating.ToDictionary(
                pair => pair.Key, pair => map.Find(pair.Value) is { } to ? EndpointOf(to, kind) : ""),
            Importing = slots.Importing.IsEmpty ? null : slots.Importing.Keys.ToHashSet(),
        };
    }

    public static EndpointKind EndpointKindOf(ClusterOptions options) => options.PreferredEndpoint switch
    {
        PreferredEndpoint.Hostname => EndpointKind.Hostname,
        PreferredEndpoint.UnknownEndpoint => EndpointKind.Unknown,
        _ => EndpointKind.Ip,
    };

    private static string EndpointOf(ClusterNode node, EndpointKind kind) => kind switch
    {
        EndpointKind.Unknown => $":{node.Port}",
        EndpointKind.Hostname => $"{(node.Hostname.Length == 0 ? "?" : node.Hostname)}:{node.Port}",
        _ => $"{node.Ip}:{node.Port}",
    };
}
