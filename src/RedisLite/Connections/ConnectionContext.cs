using Akka.Actor;
using RedisLite.Commands.Execution;
using RedisLite.Connections.Tls;
using RedisLite.Execution;
using RedisLite.Protocol;

namespace RedisLite.Connections;

/// <summary>What all connections of a server share; immutable.</summary>
internal sealed record ConnectionContext
{
    public required CommandServices Services { get; init; }

    /// <summary>Router of the executors that run on the io dispatcher and never wait.</summary>
    public required IActorRef Fast { get; init; }

    /// <summary>Router of the executors on the fixed-size pool.</summary>
    public required IActorRef Pool { get; init; }

    public required ProtocolLimits ProtocolLimits { get; init; }

    /// <summary>False sends every batch to the pool.</summary>
    public bool UseFastPath { get; init; } = true;

    /// <summary>Where answers wait for the disk; null when there are no files.</summary>
    public ICommitQueue? Commits { get; init; }

    /// <summary>
    /// Takes over a client that has sent PSYNC, once its replies are sent; null where there is no replication.
    /// </summary>
    public Action<ClientSession, StreamSocket, IActorRef>? Link { get; init; }

    /// <summary>For clients of the TLS port; null where there is none.</summary>
    public TlsContext? Tls { get; init; }

    /// <summary>Makes a client the user whose name its certificate has; false when there is no such user.</summary>
    public Func<ClientSession, string, bool> SignIn { get; init; } = static (_, _) => false;

    public bool InlineRepliesAreResp { get; init; }

    /// <summary>Requests in one batch at most; others get their turn in between.</summary>
    public required int MaxRequestsPerBatch { get; init; }

    /// <summary>A request with more arguments than this runs in the pool.</summary>
    public required int PoolArgumentThreshold { get; init; }

    /// <summary>Bytes received from a client whose command is parked at which reading stops.</summary>
    public required long InputHighWater { get; init; }

    /// <summary>Bytes written and not taken by the client at which its requests wait.</summary>
    public required long OutputHighWater { get; init; }
}
