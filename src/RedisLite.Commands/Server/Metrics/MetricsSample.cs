using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;
using RedisLite.Commands.Server.Diagnostics;

namespace RedisLite.Commands.Server.Metrics;

/// <summary>The sums that several instruments read, made once for all of them.</summary>
internal sealed record MetricsSample
{
    public required CommandServices Services { get; init; }

    public required ExecutionStatistics Sums { get; init; }

    public required MemoryReport Memory { get; init; }

    public required PersistenceReport Persistence { get; init; }

    public required ReplicationReport Replication { get; init; }

    /// <summary>Null for a server that is no node of a cluster.</summary>
    public required ClusterFigures? Cluster { get; init; }

    public required long BlockedClients { get; init; }

    /// <summary>Commands that were called, or refused.</summary>
    public IEnumerable<Command> UsedCommands => Services.Commands.Runnable.Where(command =>
        Sums.ByCommand[command.Ordinal] is not { Calls: 0, RejectedCalls: 0, FailedCalls: 0 });

    /// <summary>Sums over executors, clients, databases and stripes. Any thread; holds no stripe.</summary>
    public static MetricsSample Take(CommandServices services) => new()
    {
        Services = services,
        Sums = services.Statistics.Collect(),
        Memory = MemoryReport.Take(services),
        Persistence = services.Persistence.Report(),
        Replication = services.Replication.Report(),
        Cluster = services.Cluster?.Figures,
        BlockedClients = services.Clients.All.Count(session => session.Parked is not null),
    };
}
