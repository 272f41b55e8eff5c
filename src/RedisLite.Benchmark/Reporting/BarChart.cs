namespace RedisLite.Benchmark.Reporting;

/// <summary>What a chart shows: groups of bars, one bar in each group for each series.</summary>
internal sealed record BarChart
{
    public required string Title { get; init; }

    /// <summary>One line under the title: the unit, and which way is better.</summary>
    public required string Subtitle { get; init; }

    /// <summary>Names of the series, in the order of the bars.</summary>
    public required IReadOnlyList<string> Series { get; init; }

    public required IReadOnlyList<BarGroup> Groups { get; init; }

    /// <summary>Powers of ten on the axis; for values that differ by more than a bar can show.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>A dashed line across the chart: what the bars are compared with.</summary>
    public double? Reference { get; init; }

    public string? ReferenceLabel { get; init; }
}

/// <summary>Bars that belong together.</summary>
/// <param name="Label">Stands under the group.</param>
/// <param name="Bars">One for each series; null where there is no value.</param>
internal sealed record BarGroup(string Label, IReadOnlyList<Bar?> Bars);

/// <summary>A value with its spread.</summary>
internal sealed record Bar(double Value, double Min, double Max);
