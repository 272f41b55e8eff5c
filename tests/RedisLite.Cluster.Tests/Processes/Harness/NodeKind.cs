namespace RedisLite.Cluster.Tests.Processes.Harness;

/// <summary>Which program the nodes of a cluster run.</summary>
/// <remarks>
/// redis-server is the oracle of the scenarios: one that it does not pass asks for something that Redis Cluster does
/// not do.
/// </remarks>
public enum NodeKind
{
    Ours,
    RedisServer,
}
