namespace RedisLite.Benchmark.Reporting;

/// <summary>Maps values to [0, 1] and chooses round numbers for the grid.</summary>
internal sealed class ChartAxis
{
    private readonly bool _isLogarithmic;
    private readonly double _low;
    private readonly double _high;

    private ChartAxis(bool isLogarithmic, double low, double high, IReadOnlyList<double> ticks)
    {
        _isLogarithmic = isLogarithmic;
        _low = low;
        _high = high;
        Ticks = ticks;
    }

    /// <summary>Values of the grid lines, ascending.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>An axis that has room for all values; those below zero count as zero.</summary>
    public static ChartAxis Create(IReadOnlyCollection<double> values, bool isLogarithmic)
    {
        var largest = values.Where(double.IsFinite).DefaultIfEmpty(1).Max();
        if (largest <= 0)
            largest = 1;
        return isLogarithmic ? Logarithmic(values, largest) : Linear(largest);
    }

    /// <summary>Where a value stands, from 0 at the foot to 1 at the top.</summary>
    public double Position(double value)
    {
        var position = _isLogarithmic
            ? (Math.Log10(Math.Max(value, _low)) - Math.Log10(_low)) / (Math.Log10(_high) - Math.Log10(_low))
            : (value - _low) / (_high - _low);
        return Math.Clamp(position, 0, 1);
    }

    private static ChartAxis Linear(double largest)
    {
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(largest / 4)));
        var step = new[] { 1.0, 2, 2.5, 5, 10 }.Select(factor => factor * magnitude).First(step => largest / step <= 5);
        var high = Math.Ceiling(largest / step * 1.02) * step;
        var count = (int)Math.Round(high / step);
        return new ChartAxis(false, 0, high, [.. Enumerable.Range(0, count + 1).Select(index => index * step)]);
    }

    private static ChartAxis Logarithmic(IReadOnlyCollection<double> values, double largest)
    {
        var smallest = values.Where(value => value > 0 && double.IsFinite(value)).DefaultIfEmpty(largest).Min();
        var first = (int)Math.Floor(Math.Log10(smallest) - 0.05);
        var last = (int)Math.Ceiling(Math.Log10(largest) + 0.05);
        return new ChartAxis(
            true,
            Math.Pow(10, first),
            Math.Pow(10, last),
            [.. Enumerable.Range(first, last - first + 1).Select(power => Math.Pow(10, power))]);
    }
}
