namespace RedisLite.Commands.Execution;

/// <summary>How fast a counter grows just now: the mean of its last sixteen samples, as INFO stats shows it.</summary>
/// <remarks>One writer; <see cref="PerSecond"/> may be read by any thread.</remarks>
internal sealed class RateSamples
{
    private const int Size = 16;

    private readonly double[] _samples = new double[Size];
    private int _next;
    private long _lastTotal;
    private long _lastMs;
    private double _perSecond;

    public double PerSecond => Volatile.Read(ref _perSecond);

    /// <summary>Takes a sample: the growth since the last one.</summary>
    /// <param name="total">The counter. One that was reset counts as not having grown.</param>
    /// <param name="ms">Milliseconds of a clock that never goes back.</param>
    public void Add(long total, long ms)
    {
        if (_lastMs != 0 && ms > _lastMs)
        {
            _samples[_next] = Math.Max(0, total - _lastTotal) * 1000.0 / (ms - _lastMs);
            _next = (_next + 1) % Size;
            Volatile.Write(ref _perSecond, _samples.Average());
        }

        _lastTotal = total;
        _lastMs = ms;
    }

    /// <summary>Forgets all samples.</summary>
    public void Clear()
    {
        Array.Clear(_samples);
        Volatile.Write(ref _perSecond, 0);
    }
}
