using RedisLite.Commands.Replication;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Replication that says what a test wants to hear.</summary>
internal sealed class FakeReplication : IReplication
{
    public AckWaiters Waiters { get; } = new();

    public PrimaryAddress? Primary => null;

    public bool IsStale { get; set; }

    public bool HasEnoughReplicas { get; set; } = true;

    public bool CanServeReplicas => true;

    /// <summary>Positions that replicas have acknowledged.</summary>
    public List<long> Acked { get; } = [];

    /// <summary>Positions that replicas have on their disks.</summary>
    public List<long> Synced { get; } = [];

    public long BacklogCapacity => 0;

    public long Offset => 0;

    public long LogEnd => 0;

    public int AcksAsked { get; private set; }

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

    public void AskForAcks() => AcksAsked++;

    public void NoteAckAsked()
    {
    }

    public int CountAcked(long position) => Acked.Count(acked => acked >= position);

    public int CountSynced(long position) => Synced.Count(synced => synced >= position);

    public byte[]? StartFailover(FailoverRequest request) => null;

    public byte[]? AbortFailover() => null;

    public byte[]? TakeOver(string id) => null;
}
