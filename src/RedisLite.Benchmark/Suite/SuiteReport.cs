using System.Text.Json.Serialization;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Reporting;

namespace RedisLite.Benchmark.Suite;

/// <summary>All that a suite measured.</summary>
internal sealed record SuiteReport(RunHeader Header, SuiteSettings Settings, IReadOnlyList<ScenarioResult> Results)
{
    /// <summary>True when every server played every scenario to its end.</summary>
    public bool IsComplete => Results.All(result => result.Failures.Count == 0);

    /// <summary>The values of one measure, or none.</summary>
    public IReadOnlyList<double> Values(string scenarioId, string measureKey, string server) =>
        Results.FirstOrDefault(result => result.Scenario.Id == scenarioId)?.Values(measureKey, server) ?? [];

    /// <summary>How a server compares with the baseline in a measure; null when either has no values.</summary>
    public Ratio? Compare(string scenarioId, string measureKey, string server) => Statistics.Compare(
        Values(scenarioId, measureKey, server), Values(scenarioId, measureKey, Header.Baseline));
}

/// <summary>What one scenario gave.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Turns">For each server, for each measure, its values turn by turn.</param>
/// <param name="Failures">For each server that could not play it to its end, why.</param>
internal sealed record ScenarioResult(
    [property: JsonIgnore] Scenario Scenario,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, IReadOnlyList<double>>> Turns,
    IReadOnlyDictionary<string, string> Failures)
{
    /// <summary>The scenario's name, for files.</summary>
    public string Id => Scenario.Id;

    public IReadOnlyList<double> Values(string measureKey, string server) =>
        Turns.TryGetValue(server, out var measures) && measures.TryGetValue(measureKey, out var values) ? values : [];
}
