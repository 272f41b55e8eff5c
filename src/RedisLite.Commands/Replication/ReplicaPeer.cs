namespace RedisLite.Commands.Replication;

/// <summary>A replica as the client that it is: what it has said of itself, and how far it is.</summary>
/// <remarks>
/// Written by the thread that runs the client's batch, and the position fields by replication; any thread reads.
/// <code>
///   Handshake --PSYNC--> WaitingForCopy --> ReceivingCopy --> Online
///                    \------- what it lacks is still there ----^
/// </code>
/// </remarks>
public sealed class ReplicaPeer
{
    private int _state;
    private long _ackedPosition = -1;
    private long _ackedAtMs;
    private long _syncedPosition = -1;

    /// <summary>Where it listens; 0 when it has not said so.</summary>
    public int ListeningPort { get; set; }

    /// <summary>The address that it wants to be shown by; null for the one that it connects from.</summary>
    public string? Address { get; set; }

    /// <summary>It takes a copy whose length is not known ahead.</summary>
    public bool TakesEndMark { get; set; }

    /// <summary>It understands that a partial resync may come under another replication ID.</summary>
    public bool TakesNewId { get; set; }

    /// <summary>It wants a copy and no stream (<c>redis-cli --rdb</c>).</summary>
    public bool WantsCopyOnly { get; set; }

    /// <summary>
    /// Its copy is to hold no keys (<c>redis-cli --functions-rdb</c>, and <c>--replica</c>, which shows the stream).
    /// </summary>
    public bool WantsNoKeys { get; set; }

    public ReplicaPeerState State
    {
        get => (ReplicaPeerState)Volatile.Read(ref _state);
        set => Volatile.Write(ref _state, (int)value);
    }

    /// <summary>Whether it has asked for the stream.</summary>
    public bool IsLinked => State != ReplicaPeerState.Handshake;

    /// <summary>The position of the log up to which it has everything; -1 before its first acknowledgement.</summary>
    public long AckedPosition
    {
        get => Volatile.Read(ref _ackedPosition);
        set => Volatile.Write(ref _ackedPosition, value);
    }

    /// <summary>
    /// The position of the log up to which it has everything on its disk; -1 when it does not say so.
    /// </summary>
    public long SyncedPosition
    {
        get => Volatile.Read(ref _syncedPosition);
        set => Volatile.Write(ref _syncedPosition, value);
    }

    /// <summary>Called when it acknowledges; set by what waits for that.</summary>
    public Action? Acked { get; set; }

    /// <summary>
    /// Called with a word and a text when it is no replica, but a node that takes slots, and says something; set by
    /// what gives them.
    /// </summary>
    public Action<string, string>? Heard { get; set; }

    /// <summary>When it last said so, in milliseconds since the Unix epoch.</summary>
    public long AckedAtMs
    {
        get => Volatile.Read(ref _ackedAtMs);
        set => Volatile.Write(ref _ackedAtMs, value);
    }
}

/// <summary>How far a replica is.</summary>
public enum ReplicaPeerState
{
    Handshake,
    WaitingForCopy,
    ReceivingCopy,
    Online,
}

/// <summary>What PSYNC or SYNC has asked for.</summary>
/// <param name="Id">The history that the replica knows; "?" for none.</param>
/// <param name="Offset">The offset of the first byte that it lacks, counted from 1.</param>
/// <param name="IsPsync">Whether it is to be answered; SYNC is not.</param>
public sealed record SyncRequest(string Id, long Offset, bool IsPsync)
{
    /// <summary>Slots that are to move, and nothing else; null for a replica.</summary>
    public Execution.SlotMoveRequest? Move { get; init; }
}
