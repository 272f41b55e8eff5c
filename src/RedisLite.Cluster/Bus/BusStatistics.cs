namespace RedisLite.Cluster.Bus;

/// <summary>What the bus counts. Any thread.</summary>
internal sealed class BusStatistics
{
    private long _sent;
    private long _received;
    private long _renewals;

    public long Sent => Interlocked.Read(ref _sent);

    public long Received => Interlocked.Read(ref _received);

    public long Renewals => Interlocked.Read(ref _renewals);

    public void CountSent() => Interlocked.Increment(ref _sent);

    public void CountReceived() => Interlocked.Increment(ref _received);

    public void CountRenewal() => Interlocked.Increment(ref _renewals);
}
