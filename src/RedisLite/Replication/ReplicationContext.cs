using Akka.Actor;
using RedisLite.Commands.Execution;
using RedisLite.Connections.Tls;
using RedisLite.Persistence;
using RedisLite.Persistence.Files;

namespace RedisLite.Replication;

/// <summary>What replication needs of the server; immutable.</summary>
internal sealed record ReplicationContext
{
    public required CommandServices Services { get; init; }

    /// <summary>Claims the one snapshot that there is at a time.</summary>
    public required PersistenceStatus Status { get; init; }

    /// <summary>Writes snapshots.</summary>
    public required IActorRef Snapshots { get; init; }

    /// <summary>Router of the executors that never wait.</summary>
    public required IActorRef Fast { get; init; }

    /// <summary>Router of the executors on the pool.</summary>
    public required IActorRef Pool { get; init; }

    /// <summary>Akka.IO's manager; null for the system's own.</summary>
    public IActorRef? Tcp { get; init; }

    /// <summary>What links to a primary use when tls-replication asks for TLS.</summary>
    public TlsContext? Tls { get; init; }

    public required IStorageDevice Device { get; init; }

    /// <summary>Where copies are kept that do not go straight.</summary>
    public required string Directory { get; init; }

    public required bool VerifyChecksum { get; init; }

    public required int MaxRequestsPerBatch { get; init; }

    public required int PoolArgumentThreshold { get; init; }
}
