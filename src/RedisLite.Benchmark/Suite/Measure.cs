namespace RedisLite.Benchmark.Suite;

/// <summary>How a measure of one server is judged.</summary>
internal enum Comparison
{
    /// <summary>By its ratio to the baseline server's, measured in the same turns.</summary>
    ToBaseline,

    /// <summary>By itself.</summary>
    Absolute,
}

/// <summary>One figure that a scenario gives for each server and turn.</summary>
/// <param name="Key">Its name within the scenario.</param>
/// <param name="Title">What the document calls it.</param>
/// <param name="Unit">Unit of the figure itself; empty for a plain number.</param>
internal sealed record Measure(string Key, string Title, string Unit)
{
    public bool HigherIsBetter { get; init; }

    public Comparison Comparison { get; init; }

    /// <summary>
    /// What the project wants to reach, as a ratio or as the figure itself; null when it is only told.
    /// </summary>
    public double? Goal { get; init; }

    /// <summary>The goal as text: at least, where higher is better, or at most.</summary>
    public string GoalText => Goal is not { } goal
        ? ""
        : $"{(HigherIsBetter ? "at least" : "at most")} {Reporting.Numbers.Short(goal)}"
            + (Comparison == Comparison.Absolute && Unit.Length > 0 ? $" {Unit}" : "");

    /// <summary>True when a ratio or figure is as good as the goal.</summary>
    public bool IsReached(double value) => Goal is { } goal && (HigherIsBetter ? value >= goal : value <= goal);
}

/// <summary>A figure of one turn.</summary>
internal readonly record struct MeasuredValue(string Key, double Value);
