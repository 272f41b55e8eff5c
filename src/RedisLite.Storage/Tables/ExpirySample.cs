namespace RedisLite.Storage.Tables;

/// <summary>A weighted mean of times to live.</summary>
internal struct ExpirySample
{
    private double _sum;
    private double _weight;

    /// <summary>In milliseconds; 0 of nothing.</summary>
    public readonly long MeanMs => _weight == 0 ? 0 : (long)(_sum / _weight);

    /// <summary>Adds a time to live, unless it is over.</summary>
    /// <param name="ttlMs">In milliseconds.</param>
    /// <param name="weight">How many keys it stands for.</param>
    public void Add(long ttlMs, double weight)
    {
        if (ttlMs <= 0)
            return;
        _sum += ttlMs * weight;
        _weight += weight;
    }
}
