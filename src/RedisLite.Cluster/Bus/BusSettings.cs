using RedisLite.Configuration;

namespace RedisLite.Cluster.Bus;

/// <summary>What a node's bus is made of.</summary>
internal sealed record BusSettings
{
    /// <summary>The address that it listens on.</summary>
    public required string BindAddress { get; init; }

    /// <summary>The address that other nodes know it by.</summary>
    public required string PublicAddress { get; init; }

    /// <summary>The port that it listens on; 0 for any that is free.</summary>
    public required int Port { get; init; }

    /// <summary>The port that other nodes know it by; 0 for the same.</summary>
    public required int PublicPort { get; init; }

    /// <summary>Without an answer for so long, a node counts as failed.</summary>
    public required long NodeTimeoutMs { get; init; }

    /// <summary>Certificates of both sides; null for no TLS.</summary>
    public ClusterTls? Tls { get; init; }

    /// <summary>What messages are signed with; empty for nothing.</summary>
    public string Secret { get; init; } = "";
}
