namespace RedisLite.Commands.Server;

/// <summary>The part of <see cref="RuntimeOptions"/> that is about replicas; its thread rules hold here, too.</summary>
public sealed class ReplicationOptions
{
    /// <summary>What this server authenticates to its primary with; empty: not at all.</summary>
    public string PrimaryPassword { get; set; } = "";

    /// <summary>Empty: the default user.</summary>
    public string PrimaryUser { get; set; } = "";

    /// <summary>A replica answers from the data that it has while the link to its primary is down.</summary>
    public bool ServesStaleData { get; set; }

    /// <summary>The lower, the sooner Sentinel promotes this server; 0: never.</summary>
    public int Priority { get; set; }

    /// <summary>Whether Sentinel tells clients of this replica.</summary>
    public bool IsAnnounced { get; set; }

    /// <summary>The address by which the primary shows this replica; empty: the one that it connects from.</summary>
    public string AnnouncedAddress { get; set; } = "";

    /// <summary>The port for the same; 0: the one that this server listens on.</summary>
    public int AnnouncedPort { get; set; }

    /// <summary>Bytes of the stream kept for replicas that were away.</summary>
    public long BacklogSize { get; set; }

    /// <summary>Seconds without a replica after which they are given up; 0: never.</summary>
    public long BacklogTtlSeconds { get; set; }

    /// <summary>A full copy goes straight to the replicas, and not by a file.</summary>
    public bool IsDiskless { get; set; }

    /// <summary>Seconds that a full copy waits for more replicas to share it.</summary>
    public int CopyDelaySeconds { get; set; }

    /// <summary>So many waiting replicas begin the copy at once; 0: the delay decides alone.</summary>
    public int CopyMaxReplicas { get; set; }

    public int PingPeriodSeconds { get; set; }

    /// <summary>Seconds of silence after which a link counts as broken.</summary>
    public int TimeoutSeconds { get; set; }

    /// <summary>So many replicas must follow closely, or writes are refused; 0: any number will do.</summary>
    public int MinReplicasToWrite { get; set; }

    /// <summary>
    /// Seconds since its last acknowledgement from which a replica does not follow closely; 0: never.
    /// </summary>
    public int MinReplicasMaxLagSeconds { get; set; }
}
