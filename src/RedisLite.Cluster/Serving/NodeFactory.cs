using RedisLite.Cluster.Files;
using RedisLite.Configuration;

namespace RedisLite.Cluster.Serving;

/// <summary>Makes a server's node from its file.</summary>
internal sealed class NodeFactory : IClusterFactory
{
    public static NodeFactory Instance { get; } = new();

    public IClusterNode Create(ClusterContext context)
    {
        try
        {
            var settings = context.Settings;
            var directory = Path.GetFullPath(settings.Persistence.Directory);
            return new LocalNode(context, new NodesFile(context.Device, directory, settings.Cluster.ConfigFile));
        }
        catch (Exception error) when (error is NodesFileException or IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException(error.Message, error);
        }
    }
}
