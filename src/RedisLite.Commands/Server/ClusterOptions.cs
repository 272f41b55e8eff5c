namespace RedisLite.Commands.Server;

/// <summary>
/// The part of <see cref="RuntimeOptions"/> that is about a cluster; its thread rules hold here, too.
/// </summary>
public sealed class ClusterOptions
{
    /// <summary>Milliseconds without an answer after which a node counts as failed.</summary>
    public long NodeTimeoutMs { get; set; }

    /// <summary>No key is served while a slot has no owner.</summary>
    public bool RequiresFullCoverage { get; set; }

    /// <summary>Reads are served while the cluster is down.</summary>
    public bool AllowsReadsWhenDown { get; set; }

    /// <summary>Shard channels are served while the cluster is down.</summary>
    public bool AllowsChannelsWhenDown { get; set; }

    /// <summary>A primary keeps so many replicas that answer; others may go to those that lost theirs.</summary>
    public int MigrationBarrier { get; set; }

    /// <summary>This node, as a replica, may be given to another primary that has lost its replicas.</summary>
    public bool AllowsReplicaMigration { get; set; }

    /// <summary>This node, as a replica, takes its primary's place only when it is told to.</summary>
    public bool ReplicaNeverTakesOver { get; set; }

    /// <summary>
    /// A replica that has lost its primary for longer than so many node timeouts does not take its place; 0: it always
    /// may.
    /// </summary>
    public int ReplicaValidityFactor { get; set; }

    /// <summary>The address that clients are told; empty: the one that this server is known by.</summary>
    public string AnnouncedAddress { get; set; } = "";

    /// <summary>The name that clients may be told; empty: none.</summary>
    public string AnnouncedHostname { get; set; } = "";

    /// <summary>The port that clients are told; 0: the one that this server listens on.</summary>
    public int AnnouncedPort { get; set; }

    /// <summary>The port that other nodes are told; 0: the bus's own.</summary>
    public int AnnouncedBusPort { get; set; }

    /// <summary>What clients are told to connect to.</summary>
    public PreferredEndpoint PreferredEndpoint { get; set; }
}

/// <summary>What clients of a cluster are told to connect to.</summary>
public enum PreferredEndpoint
{
    Ip,
    Hostname,
    UnknownEndpoint,
}
