using RedisLite.Commands.Server;

namespace RedisLite.Configuration;

/// <summary>Section <c>cluster</c>: slots that are spread over several servers.</summary>
public sealed record ClusterSettings
{
    [Setting("enabled")]
    public required bool Enabled { get; init; }

    /// <summary>The name of the node's file in the data directory.</summary>
    [Setting("config-file")]
    public required string ConfigFile { get; init; }

    /// <summary>For other nodes; 0 for 10000 above the port for clients.</summary>
    [Setting("port", Max = 65535)]
    public required int Port { get; init; }

    /// <summary>What messages between nodes are signed with; empty for nothing.</summary>
    [Setting("secret")]
    public required string Secret { get; init; }

    /// <summary>Buses of nodes, as "address:port", that a node which is of no cluster becomes one with.</summary>
    [Setting("seed-nodes")]
    public required IReadOnlyList<string> SeedNodes { get; init; }

    [Setting("node-timeout")]
    public required TimeSpan NodeTimeout { get; init; }

    [Setting("require-full-coverage")]
    public required bool RequireFullCoverage { get; init; }

    [Setting("allow-reads-when-down")]
    public required bool AllowReadsWhenDown { get; init; }

    [Setting("allow-pubsubshard-when-down")]
    public required bool AllowPubSubShardWhenDown { get; init; }

    [Setting("migration-barrier")]
    public required int MigrationBarrier { get; init; }

    [Setting("allow-replica-migration")]
    public required bool AllowReplicaMigration { get; init; }

    [Setting("replica-no-failover")]
    public required bool ReplicaNoFailover { get; init; }

    [Setting("replica-validity-factor")]
    public required int ReplicaValidityFactor { get; init; }

    [Setting("preferred-endpoint-type")]
    public required PreferredEndpoint PreferredEndpointType { get; init; }

    [Setting("announce-ip")]
    public required string AnnounceIp { get; init; }

    [Setting("announce-hostname")]
    public required string AnnounceHostname { get; init; }

    [Setting("announce-port", Max = 65535)]
    public required int AnnouncePort { get; init; }

    [Setting("announce-bus-port", Max = 65535)]
    public required int AnnounceBusPort { get; init; }
}
