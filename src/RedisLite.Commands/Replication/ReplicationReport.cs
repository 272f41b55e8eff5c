namespace RedisLite.Commands.Replication;

/// <summary>
/// The figures of INFO replication and ROLE. Offsets as Redis counts them, times in seconds unless they say so.
/// </summary>
public sealed record ReplicationReport
{
    public PrimaryAddress? Primary { get; init; }
    public PrimaryLinkState Link { get; init; }

    /// <summary>Seconds since the primary was heard of; -1 when it never was.</summary>
    public long SecondsSinceIo { get; init; } = -1;
    public long ReadOffset { get; init; }

    /// <summary>Bytes of the copy; 0 when that is not known.</summary>
    public long CopyLength { get; init; }
    public long CopyRead { get; init; }

    /// <summary>Seconds since the link broke; -1 when it never stood.</summary>
    public long SecondsSinceDown { get; init; } = -1;
    public IReadOnlyList<ReplicaReport> Replicas { get; init; } = [];
    public int GoodReplicas { get; init; }
    public string FailoverState { get; init; } = "no-failover";
    public string Id { get; init; } = new('0', 40);
    public string PreviousId { get; init; } = new('0', 40);
    public long Offset { get; init; }
    public long PreviousEnd { get; init; } = -1;
    public bool HasBacklog { get; init; }
    public long BacklogSize { get; init; }
    public long BacklogFirstByte { get; init; }
    public long BacklogLength { get; init; }

    /// <summary>Memory of the log while it is kept for replicas.</summary>
    public long BufferMemory { get; init; }

    /// <summary>Of that, what the backlog keeps.</summary>
    public long BacklogMemory => Math.Min(BufferMemory, BacklogSize);

    /// <summary>Of that, what replicas have not taken yet beyond the backlog.</summary>
    public long ReplicaMemory => BufferMemory - BacklogMemory;
}

/// <summary>One replica of this server.</summary>
/// <param name="Address">Of the replica.</param>
/// <param name="Port">Where it listens.</param>
/// <param name="State">How far it is.</param>
/// <param name="Offset">What it has acknowledged.</param>
/// <param name="Lag">Seconds since it did; -1 when it never did.</param>
public sealed record ReplicaReport(string Address, int Port, ReplicaPeerState State, long Offset, long Lag);

/// <summary>A replica's link to its primary.</summary>
public enum PrimaryLinkState
{
    /// <summary>Waits before it tries again.</summary>
    Down,
    Connecting,
    Handshake,

    /// <summary>A full copy comes.</summary>
    Copying,
    Up,
}
