namespace RedisLite.Configuration;

/// <summary>Section <c>replication</c>: copies of the data on other servers.</summary>
public sealed record ReplicationSettings
{
    /// <summary>
    /// Host and port of the primary, with a blank between them; empty for a server that is one itself.
    /// </summary>
    [Setting("replicaof")]
    public required string ReplicaOf { get; init; }

    [Setting("primary-user")]
    public required string PrimaryUser { get; init; }

    [Setting("primary-password")]
    public required string PrimaryPassword { get; init; }

    [Setting("replica-read-only")]
    public required bool ReplicaReadOnly { get; init; }

    [Setting("replica-serve-stale-data")]
    public required bool ReplicaServeStaleData { get; init; }

    [Setting("replica-priority", Max = int.MaxValue)]
    public required int ReplicaPriority { get; init; }

    [Setting("replica-announced")]
    public required bool ReplicaAnnounced { get; init; }

    [Setting("replica-announce-ip")]
    public required string ReplicaAnnounceIp { get; init; }

    [Setting("replica-announce-port", Max = 65535)]
    public required int ReplicaAnnouncePort { get; init; }

    [Size("backlog-size", Min = 16 * 1024)]
    public required long BacklogSize { get; init; }

    /// <summary>In whole seconds; zero for ever.</summary>
    [Setting("backlog-ttl")]
    public required TimeSpan BacklogTtl { get; init; }

    [Setting("diskless-sync")]
    public required bool DisklessSync { get; init; }

    /// <summary>In whole seconds.</summary>
    [Setting("diskless-sync-delay", Max = int.MaxValue)]
    public required TimeSpan DisklessSyncDelay { get; init; }

    [Setting("diskless-sync-max-replicas", Max = int.MaxValue)]
    public required int DisklessSyncMaxReplicas { get; init; }

    /// <summary>In whole seconds.</summary>
    [Setting("ping-period", Min = 1, Max = int.MaxValue)]
    public required TimeSpan PingPeriod { get; init; }

    /// <summary>In whole seconds.</summary>
    [Setting("timeout", Min = 1, Max = int.MaxValue)]
    public required TimeSpan Timeout { get; init; }

    [Setting("min-replicas-to-write", Max = int.MaxValue)]
    public required int MinReplicasToWrite { get; init; }

    /// <summary>In whole seconds.</summary>
    [Setting("min-replicas-max-lag", Max = int.MaxValue)]
    public required TimeSpan MinReplicasMaxLag { get; init; }
}
