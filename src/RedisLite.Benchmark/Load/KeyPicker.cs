namespace RedisLite.Benchmark.Load;

/// <summary>Chooses the number of the next key. Not thread-safe: a worker has its own.</summary>
internal abstract class KeyPicker
{
    /// <summary>The next key's number, in [0, key count).</summary>
    public abstract long Next();
}

/// <summary>Every key as likely as any other.</summary>
internal sealed class UniformKeyPicker(long keyCount, SeededRandom random) : KeyPicker
{
    /// <inheritdoc/>
    public override long Next() => random.NextBelow(keyCount);
}

/// <summary>Each key of a range in order, then again from its start.</summary>
internal sealed class SequentialKeyPicker(long first, long count) : KeyPicker
{
    private long _next;

    /// <inheritdoc/>
    public override long Next()
    {
        var key = first + _next;
        _next = _next + 1 == count ? 0 : _next + 1;
        return key;
    }
}

/// <summary>
/// Key k (from 0) with a probability proportional to 1 / (k + 1)^theta: a few keys get most requests.
/// </summary>
/// <remarks>
/// Rejection-inversion for monotone discrete distributions (Hörmann, Derflinger, "Rejection-inversion to generate
/// variates from monotone discrete distributions", 1996): constant memory and time for any key count, with no table
/// of sums to compute at the start, and valid for theta above 1, which YCSB's generator is not.
/// </remarks>
internal sealed class ZipfKeyPicker : KeyPicker
{
    private readonly long _keyCount;
    private readonly double _theta;
    private readonly SeededRandom _random;
    private readonly double _areaFirst;
    private readonly double _areaAll;
    private readonly double _acceptAtOnce;

    public ZipfKeyPicker(long keyCount, double theta, SeededRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(keyCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(theta);
        _keyCount = keyCount;
        _theta = theta;
        _random = random;
        _areaFirst = Area(1.5) - 1;
        _areaAll = Area(keyCount + 0.5);
        _acceptAtOnce = 2 - AreaInverse(Area(2.5) - Density(2));
    }

    /// <inheritdoc/>
    public override long Next()
    {
        while (true)
        {
            var area = _areaAll + (_random.NextDouble() * (_areaFirst - _areaAll));
            var x = AreaInverse(area);
            var rank = Math.Clamp((long)(x + 0.5), 1, _keyCount);
            if (rank - x <= _acceptAtOnce || area >= Area(rank + 0.5) - Density(rank))
                return rank - 1;
        }
    }

    private bool IsHarmonic => Math.Abs(1 - _theta) < 1e-9;

    private double Density(double x) => Math.Pow(x, -_theta);

    /// <summary>The integral of the density from 1 to x.</summary>
    private double Area(double x) => IsHarmonic ? Math.Log(x) : (Math.Pow(x, 1 - _theta) - 1) / (1 - _theta);

    private double AreaInverse(double area) =>
        IsHarmonic ? Math.Exp(area) : Math.Pow(Math.Max(0, 1 + (area * (1 - _theta))), 1 / (1 - _theta));
}
