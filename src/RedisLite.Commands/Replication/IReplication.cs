using System.Globalization;

namespace RedisLite.Commands.Replication;

/// <summary>
/// What commands may ask of replication. Implemented by the server; any thread, and calls return at once.
/// </summary>
public interface IReplication
{
    /// <summary>The clients that wait until replicas have acknowledged their writes.</summary>
    AckWaiters Waiters { get; }

    /// <summary>The primary that this server follows; null for a primary.</summary>
    PrimaryAddress? Primary { get; }

    /// <summary>
    /// Whether this replica has lost its primary and is not to answer from what it has
    /// (<c>replica-serve-stale-data no</c>).
    /// </summary>
    bool IsStale { get; }

    /// <summary>Whether as many replicas follow closely as <c>min-replicas-to-write</c> asks for.</summary>
    bool HasEnoughReplicas { get; }

    /// <summary>Whether the data is complete, so that another server can be given a copy of it.</summary>
    bool CanServeReplicas { get; }

    /// <summary>Bytes of the log that are kept for replicas to come back to; 0 while there is no backlog.</summary>
    long BacklogCapacity { get; }

    /// <summary>How much of the stream is in the data: what replicas of one primary are compared by.</summary>
    long Offset { get; }

    /// <summary>The end of the log, as its appends count it.</summary>
    long LogEnd { get; }

    /// <summary>The figures of INFO replication and ROLE.</summary>
    ReplicationReport Report();

    /// <summary>
    /// What a snapshot says of the stream that it is a part of; nothing when nobody could go on from it. LOCK: all
    /// stripes exclusively.
    /// </summary>
    IReadOnlyList<KeyValuePair<string, string>> FactsAtCut();

    /// <summary>A snapshot was loaded at start, and says this of its stream. Before clients are served.</summary>
    void Restore(IReadOnlyDictionary<string, string> facts);

    /// <summary>Follows a primary from now on. LOCK: all stripes exclusively.</summary>
    void Follow(PrimaryAddress primary);

    /// <summary>Is a primary from now on, with the data that it has. LOCK: all stripes exclusively.</summary>
    void Promote();

    /// <summary>
    /// Ends the history that replicas could go on with (DEBUG CHANGE-REPL-ID). LOCK: all stripes exclusively.
    /// </summary>
    void ChangeId();

    /// <summary>
    /// The data is not what the stream has led to any more: replicas have to take a full copy. LOCK: all stripes
    /// exclusively.
    /// </summary>
    void DataReplaced();

    /// <summary>
    /// Appends a command to the stream that is for replicas alone; nothing without replicas, or on one.
    /// </summary>
    void AppendForReplicas(ReadOnlySpan<byte> command);

    /// <summary>A replica has all up to an offset.</summary>
    /// <param name="replica">Which.</param>
    /// <param name="offset">What it has executed.</param>
    /// <param name="syncedOffset">What it has on its disk; null when it does not say so.</param>
    void NoteAck(ReplicaPeer replica, long offset, long? syncedOffset);

    /// <summary>Has all replicas acknowledge at once (<c>REPLCONF GETACK</c>).</summary>
    void AskForAcks();

    /// <summary>The primary asks this replica to acknowledge at once.</summary>
    void NoteAckAsked();

    /// <summary>How many replicas have acknowledged everything up to a position of the log.</summary>
    int CountAcked(long position);

    /// <summary>How many replicas have said that everything up to a position of the log is on their disks.</summary>
    int CountSynced(long position);

    /// <summary>FAILOVER: hands this primary's role to a replica.</summary>
    /// <returns>Null, or the error.</returns>
    byte[]? StartFailover(FailoverRequest request);

    /// <summary>FAILOVER ABORT.</summary>
    /// <returns>Null, or the error.</returns>
    byte[]? AbortFailover();

    /// <summary>
    /// PSYNC ... FAILOVER: the primary hands its role to this replica. LOCK: all stripes exclusively.
    /// </summary>
    /// <param name="id">The primary's history, as it knows it.</param>
    /// <returns>Null, or the error.</returns>
    byte[]? TakeOver(string id);
}

/// <summary>Where a primary is.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">From 1 to 65535.</param>
public sealed record PrimaryAddress(string Host, int Port)
{
    /// <summary>Reads "host port", as <c>replicaof</c> has it; null for what is not that.</summary>
    public static PrimaryAddress? Parse(string text)
    {
        var blank = text.LastIndexOf(' ');
        return blank > 0
            && ushort.TryParse(text.AsSpan(blank + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? new PrimaryAddress(text[..blank], port)
                : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Host}:{Port}";
}

/// <summary>What FAILOVER asks for.</summary>
/// <param name="Target">Which replica; null for the first that has caught up.</param>
/// <param name="Force">Whether the target takes over after the timeout even if it has not caught up.</param>
/// <param name="Timeout">How long to wait; null for ever.</param>
public sealed record FailoverRequest(PrimaryAddress? Target, bool Force, TimeSpan? Timeout);

/// <summary>For a server without replication, as tests of commands use it.</summary>
public sealed class NoReplication : IReplication
{
    public static NoReplication Instance { get; } = new();

    public AckWaiters Waiters { get; } = new();

    public PrimaryAddress? Primary => null;

    public bool IsStale => false;

    public bool HasEnoughReplicas => true;

    public bool CanServeReplicas => false;

    public long BacklogCapacity => 0;

    public long Offset => 0;

    public long LogEnd => 0;

    public ReplicationReport Report() => new();

    public IReadOnlyList<KeyValuePair<string, string>> FactsAtCut() => [];

    public void Restore(IReadOnlyDictionary<string, string> facts)
    {
    }

    public void Follow(PrimaryAddress primary)
    {
    }

    public void Promote()
    {
    }

    public void ChangeId()
    {
    }

    public void DataReplaced()
    {
    }

    public void AppendForReplicas(ReadOnlySpan<byte> command)
    {
    }

    public void NoteAck(ReplicaPeer replica, long offset, long? syncedOffset)
    {
    }

    public void AskForAcks()
    {
    }

    public void NoteAckAsked()
    {
    }

    public int CountAcked(long position) => 0;

    public int CountSynced(long position) => 0;

    public byte[]? StartFailover(FailoverRequest request) => null;

    public byte[]? AbortFailover() => null;

    public byte[]? TakeOver(string id) => null;
}
