using System.Collections.Immutable;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Files;
using RedisLite.Cluster.Map;
using RedisLite.Commands.Server;

namespace RedisLite.Cluster.Bus;

/// <summary>What the bus needs of the node that it belongs to. Any thread.</summary>
internal interface INodeHost
{
    NodeState State { get; }

    /// <summary>This node as others are to know it.</summary>
    ClusterNode Announced { get; }

    /// <summary>On the disk when this returns.</summary>
    /// <exception cref="IOException">It is not.</exception>
    void Save(Register register);

    /// <summary>
    /// A map is in force: role, routes and file follow. It waits for all stripes; one call at a time, ascending
    /// versions. A map without this node makes it a node that has met nobody.
    /// </summary>
    void PutInForce(SlotMap map);

    /// <summary>Writes down what is in force, if that has not been done.</summary>
    void SaveRest();

    /// <summary>As configured.</summary>
    int MigrationBarrier { get; }

    /// <summary>What others are told of this node's data.</summary>
    NodeProgress Progress();

    /// <summary>Writers wait from now on; returns when all that had begun to run is in the log.</summary>
    /// <returns>The offset and the position of the log then.</returns>
    (long Offset, long Position) HoldWriters();

    /// <summary>Those who wait go on.</summary>
    void ReleaseWriters();

    /// <summary>
    /// What this node sees has changed: whether the cluster counts on it, and who is taken for dead. It may wait for
    /// stripes.
    /// </summary>
    void PutSight(bool isServing, ImmutableArray<NodeId> failed);

    /// <summary>
    /// This node alone makes up its cluster, and shall become a member of another: it has met nobody.
    /// </summary>
    void Unform();

    /// <summary>A client of another node has published a message.</summary>
    void Deliver(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, bool isSharded);

    void Log(LogVerbosity level, string line);
}

/// <summary>How a node's data is.</summary>
/// <param name="Offset">How far it is.</param>
/// <param name="IsLinkUp">Whether a replica hears its primary; true for a primary.</param>
/// <param name="MayTakeOver">Whether it may take its primary's place by itself.</param>
/// <param name="MayMigrate">Whether it may be given to another primary.</param>
internal readonly record struct NodeProgress(long Offset, bool IsLinkUp, bool MayTakeOver, bool MayMigrate);
