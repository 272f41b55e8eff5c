using HdrHistogram;

namespace RedisLite.Benchmark.Load;

/// <summary>
/// Latencies with three significant digits, from 100 ns to 10 minutes. Not thread-safe: a worker has its own.
/// </summary>
internal sealed class LatencyHistogram
{
    private const long LowestNanoseconds = 100;
    private const long HighestNanoseconds = 600_000_000_000;

    private readonly LongHistogram _histogram = new(LowestNanoseconds, HighestNanoseconds, 3);

    public long Count => _histogram.TotalCount;

    /// <summary>Mean in milliseconds; 0 when nothing was recorded.</summary>
    public double MeanMs => Count == 0 ? 0 : _histogram.GetMean() / 1e6;

    /// <summary>Longest in milliseconds; 0 when nothing was recorded.</summary>
    public double MaxMs => PercentileMs(100);

    /// <summary>Records one latency for several replies that came together.</summary>
    public void Record(long nanoseconds, long replies) =>
        _histogram.RecordValueWithCount(Math.Clamp(nanoseconds, 0, HighestNanoseconds), replies);

    /// <summary>
    /// The latency in milliseconds that <paramref name="percentile"/> percent of the replies kept within.
    /// </summary>
    public double PercentileMs(double percentile) =>
        Count == 0 ? 0 : _histogram.GetValueAtPercentile(percentile) / 1e6;

    public void Add(LatencyHistogram other) => _histogram.Add(other._histogram);
}
