namespace RedisLite.Commands.Execution;

/// <summary>What replication has done since the start or CONFIG RESETSTAT. Any thread.</summary>
public sealed class ReplicationStatistics
{
    private readonly RateSamples _inputRate = new();
    private readonly RateSamples _outputRate = new();
    private long _inputBytes;
    private long _outputBytes;
    private long _fullSyncs;
    private long _partialSyncs;
    private long _refusedPartialSyncs;

    /// <summary>Bytes received from the primary, copies included.</summary>
    public long InputBytes => Volatile.Read(ref _inputBytes);

    /// <summary>Bytes sent to replicas, copies included.</summary>
    public long OutputBytes => Volatile.Read(ref _outputBytes);

    /// <summary>Bytes received a second, over the last samples.</summary>
    public double InputPerSecond => _inputRate.PerSecond;

    /// <summary>Bytes sent a second, over the last samples.</summary>
    public double OutputPerSecond => _outputRate.PerSecond;

    /// <summary>Replicas that needed a full copy.</summary>
    public long FullSyncs => Volatile.Read(ref _fullSyncs);

    /// <summary>Replicas that went on where they were.</summary>
    public long PartialSyncs => Volatile.Read(ref _partialSyncs);

    /// <summary>Replicas that asked to go on where they were, and could not.</summary>
    public long RefusedPartialSyncs => Volatile.Read(ref _refusedPartialSyncs);

    public void CountInput(long bytes) => Interlocked.Add(ref _inputBytes, bytes);

    public void CountOutput(long bytes) => Interlocked.Add(ref _outputBytes, bytes);

    public void CountFullSync() => Interlocked.Increment(ref _fullSyncs);

    public void CountPartialSync(bool isGranted) =>
        Interlocked.Increment(ref isGranted ? ref _partialSyncs : ref _refusedPartialSyncs);

    internal void Sample(long monotonicMs)
    {
        _inputRate.Add(InputBytes, monotonicMs);
        _outputRate.Add(OutputBytes, monotonicMs);
    }

    internal void Reset()
    {
        _inputBytes = _outputBytes = _fullSyncs = _partialSyncs = _refusedPartialSyncs = 0;
        _inputRate.Clear();
        _outputRate.Clear();
    }
}
