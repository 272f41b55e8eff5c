using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Server.Metrics;

/// <summary>The cluster as a node sees it; a server that is none tells only that it is none.</summary>
internal static class ClusterMetrics
{
    public static IEnumerable<MetricDeclaration> All() =>
    [
        MetricTable.Flag("cluster.enabled", "1 on a node of a cluster.", sample => sample.Services.Cluster is not null),
        Gauge("serving", "", "1 while keys are served.", figures => figures.IsServing ? 1 : 0),
        Gauge("leading", "", "1 on the node that proposes the maps: on one of all, but for moments.",
            figures => figures.IsLeading ? 1 : 0),
        Gauge("slots.assigned", "{slot}", "Slots that have an owner.", figures => figures.SlotsAssigned),
        Gauge("slots.owned", "{slot}", "Slots of this node.", figures => figures.SlotsOwned),
        Gauge("slots.suspected", "{slot}", "Slots of nodes that were not heard of for the node timeout.",
            figures => figures.SlotsSuspected),
        Gauge("slots.failed", "{slot}", "Slots of nodes that count as failed.", figures => figures.SlotsFailed),
        Gauge("nodes", "{node}", "Members, this node included.", figures => figures.Nodes),
        Gauge("nodes.failed", "{node}", "Members that count as failed.", figures => figures.NodesFailed),
        Gauge("size", "{node}", "Primaries with slots.", figures => figures.Size),
        Gauge("voters", "{node}", "Members that vote on maps.", figures => figures.Voters),
        Gauge("epoch", "{epoch}", "The highest epoch of the map.", figures => figures.Epoch),
        Gauge("epoch.own", "{epoch}", "This node's, or its primary's.", figures => figures.OwnEpoch),
        Gauge("map.version", "{version}", "Changes of the map that were decided.", figures => figures.Version),
        Gauge("proposals", "{change}", "Changes that this node has asked for and that are not decided.",
            figures => figures.Proposals),
        Counter("messages.sent", "{message}", "Messages of the bus; not reset.", figures => figures.MessagesSent),
        Counter("messages.received", "{message}", "Messages of the bus; not reset.",
            figures => figures.MessagesReceived),
        Counter("bus.renewals", "{time}", "Times that the bus has begun anew; not reset.",
            figures => figures.BusRenewals),
    ];

    private static MetricDeclaration Gauge(
        string name, string unit, string description, Func<ClusterFigures, double> read) =>
        Of(name, MetricKind.Gauge, unit, description, read);

    private static MetricDeclaration Counter(
        string name, string unit, string description, Func<ClusterFigures, double> read) =>
        Of(name, MetricKind.Counter, unit, description, read);

    private static MetricDeclaration Of(
        string name, MetricKind kind, string unit, string description, Func<ClusterFigures, double> read) =>
        new("redislite.cluster." + name, kind, unit, description, sample =>
            sample.Cluster is { } figures ? [new MetricValue(read(figures))] : []);
}
