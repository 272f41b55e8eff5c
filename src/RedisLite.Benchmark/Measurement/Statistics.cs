namespace RedisLite.Benchmark.Measurement;

/// <summary>Figures over turns.</summary>
internal static class Statistics
{
    /// <summary>The middle value, or the mean of the two middle ones; NaN of nothing.</summary>
    public static double Median(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            return double.NaN;
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>How <paramref name="values"/> compare with those of a baseline measured in the same turns.</summary>
    /// <remarks>
    /// The ratio is that of the medians. Its spread is that of the pairs: turn i of one over turn i of the other, which
    /// ran one after the other, so that what slowed the machine for a while slowed both.
    /// </remarks>
    /// <returns>null when there are no pairs or the baseline is zero.</returns>
    public static Ratio? Compare(IReadOnlyList<double> values, IReadOnlyList<double> baseline)
    {
        var pairs = values.Zip(baseline, (value, reference) => value / reference).Where(double.IsFinite).ToList();
        var ratio = Median(values) / Median(baseline);
        return pairs.Count == 0 || !double.IsFinite(ratio) ? null : new Ratio(ratio, pairs.Min(), pairs.Max());
    }
}

/// <summary>A ratio of medians with the smallest and the largest ratio of a pair.</summary>
internal readonly record struct Ratio(double Value, double Min, double Max);
