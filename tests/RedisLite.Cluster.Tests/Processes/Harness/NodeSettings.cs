namespace RedisLite.Cluster.Tests.Processes.Harness;

/// <summary>What the nodes of a cluster are started with.</summary>
internal sealed record NodeSettings
{
    /// <summary>After so long without a word a node counts as failed; long where no failover is wanted.</summary>
    public int NodeTimeoutMs { get; init; } = 15_000;

    /// <summary>Whether each write is on the disk before it is acknowledged.</summary>
    public bool AppendOnly { get; init; }

    /// <summary>More of the command line.</summary>
    public IReadOnlyList<string> More { get; init; } = [];
}
