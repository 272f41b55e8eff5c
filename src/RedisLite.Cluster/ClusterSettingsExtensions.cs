using RedisLite.Cluster.Serving;
using RedisLite.Configuration;

namespace RedisLite.Cluster;

/// <summary>Makes servers nodes of a cluster.</summary>
public static class ClusterSettingsExtensions
{
    /// <summary>The settings of a node: what <c>cluster-enabled yes</c> asks for.</summary>
    public static RedisLiteSettings WithCluster(this RedisLiteSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings with
        {
            Cluster = settings.Cluster with { Enabled = true },
            ClusterFactory = NodeFactory.Instance,
        };
    }
}
