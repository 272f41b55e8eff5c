using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;

namespace RedisLite.Commands.Server.Metrics;

/// <summary>Who follows this server, and whom it follows.</summary>
internal static class ReplicationMetrics
{
    public static IEnumerable<MetricDeclaration> All() =>
    [
        MetricTable.Flag("replication.is_primary", "0 on a replica.",
            sample => sample.Services.Role == ServerRole.Primary),
        MetricTable.Counter("replication.offset", "By", "Position in the stream of changes, as Redis counts it.",
            sample => sample.Replication.Offset),
        MetricTable.Gauge("replication.replicas", "{replica}", "Replicas that are connected.",
            sample => sample.Replication.Replicas.Count),
        OfReplica("replication.replica.online", "", "1 when the replica has its copy.",
            (_, replica) => replica.State == ReplicaPeerState.Online ? 1 : 0),
        OfReplica("replication.replica.behind", "By", "What the replica has not acknowledged.",
            (sample, replica) => Math.Max(0, sample.Replication.Offset - replica.Offset)),
        OfReplica("replication.replica.lag", "s", "Time since the replica acknowledged; -1 when it never did.",
            (_, replica) => replica.Lag),
        MetricTable.Gauge("replication.backlog.size", "By", "The directive repl-backlog-size.",
            sample => sample.Replication.BacklogSize),
        MetricTable.Gauge("replication.backlog.length", "By", "What the backlog holds.",
            sample => sample.Replication.BacklogLength),
        MetricTable.Gauge("replication.memory", "By", "Memory of the log while it is kept for replicas.",
            sample => sample.Replication.BufferMemory),
        MetricTable.Counter("replication.received", "By", "From the primary, copies included.",
            sample => sample.Services.Statistics.Replication.InputBytes),
        MetricTable.Counter("replication.sent", "By", "To replicas, copies included.",
            sample => sample.Services.Statistics.Replication.OutputBytes),
        new("redislite.replication.syncs", MetricKind.Counter, "{sync}", "How replicas that came were served.", Syncs)
        {
            Tags = ["kind"],
        },
        OnReplica("replication.link.up", "", "1 when the link to the primary stands; on a replica only.",
            report => report.Link == PrimaryLinkState.Up ? 1 : 0),
        OnReplica("replication.link.copying", "", "1 while a full copy comes; on a replica only.",
            report => report.Link == PrimaryLinkState.Copying ? 1 : 0),
        OnReplica("replication.link.silence", "s",
            "Time since the primary was heard of, -1 for never; on a replica only.",
            report => report.SecondsSinceIo),
    ];

    private static MetricDeclaration OfReplica(
        string name, string unit, string description, Func<MetricsSample, ReplicaReport, double> read) =>
        new("redislite." + name, MetricKind.Gauge, unit, description, sample =>
            sample.Replication.Replicas.Select(replica =>
                new MetricValue(read(sample, replica), $"{replica.Address}:{replica.Port}"))
            .DistinctBy(value => value.First))
        {
            Tags = ["replica"],
        };

    private static MetricDeclaration OnReplica(
        string name, string unit, string description, Func<ReplicationReport, double> read) =>
        new("redislite." + name, MetricKind.Gauge, unit, description, sample =>
            sample.Replication.Primary is null ? [] : [new MetricValue(read(sample.Replication))]);

    private static IEnumerable<MetricValue> Syncs(MetricsSample sample)
    {
        var statistics = sample.Services.Statistics.Replication;
        return
        [
            new MetricValue(statistics.FullSyncs, "full"),
            new MetricValue(statistics.PartialSyncs, "partial"),
            new MetricValue(statistics.RefusedPartialSyncs, "partial_refused"),
        ];
    }
}
