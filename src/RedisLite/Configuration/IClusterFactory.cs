using System.Security.Cryptography.X509Certificates;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Persistence.Files;

namespace RedisLite.Configuration;

/// <summary>
/// Makes a server a node of a cluster. Implemented by RedisLite.Cluster, which a server on its own does not load.
/// </summary>
public interface IClusterFactory
{
    /// <summary>Reads what the node remembers of itself.</summary>
    /// <exception cref="ServerStartException">It cannot be read; the message names the file.</exception>
    IClusterNode Create(ClusterContext context);
}

/// <summary>A node, as its server uses it.</summary>
public interface IClusterNode : ICluster, IDisposable
{
    /// <summary>The server listens, and loads its data next: the node listens to other nodes.</summary>
    /// <exception cref="ServerStartException">It cannot.</exception>
    void Start(int port);

    /// <summary>
    /// The data is loaded, and nobody is served yet: the node takes the slots that it has keys of and nobody owns.
    /// </summary>
    /// <returns>Lines for the log.</returns>
    /// <exception cref="ServerStartException">The data cannot be a node's, or its file cannot be written.</exception>
    IReadOnlyList<string> Adopt();

    /// <summary>Whose slots are, and how that changes.</summary>
    ISlotOwnership Ownership { get; }

    /// <summary>The server has ended: other nodes are not listened to any more. Before it is disposed.</summary>
    Task StopAsync();
}

/// <summary>What a node is made of.</summary>
/// <param name="Services">The server's, before any command runs.</param>
/// <param name="Settings">The server's.</param>
/// <param name="Device">Where files are kept.</param>
/// <param name="Log">Writes a line to the log, as important as that. Any thread.</param>
public sealed record ClusterContext(
    CommandServices Services, RedisLiteSettings Settings, IStorageDevice Device, Action<LogVerbosity, string> Log)
{
    /// <summary>What the bus uses; null for no TLS.</summary>
    public ClusterTls? Tls { get; init; }

    /// <summary>What commands ask to have slots moved.</summary>
    public ISlotMoves? Moves { get; init; }
}

/// <summary>Certificates of the bus between nodes.</summary>
/// <param name="Certificate">This node's, with its key.</param>
/// <param name="Authorities">Who must have signed those of the others; nobody else is trusted.</param>
public sealed record ClusterTls(X509Certificate2 Certificate, X509Certificate2Collection Authorities);
