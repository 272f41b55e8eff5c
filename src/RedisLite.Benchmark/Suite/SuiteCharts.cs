using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Reporting;

namespace RedisLite.Benchmark.Suite;

/// <summary>The charts of a suite: which measures stand side by side, and how.</summary>
internal static class SuiteCharts
{
    private static readonly Definition[] Definitions =
    [
        new("throughput", "Throughput", LoadScenario.ThroughputKey, Kind.Ratio, HigherIsBetter: true)
        {
            Scenarios =
            [
                ("p1-set", "SET P=1"), ("p1-get", "GET P=1"), ("p16-set", "SET P=16"), ("p16-get", "GET P=16"),
                ("p128-set", "SET P=128"), ("p128-get", "GET P=128"),
            ],
        },
        new("values", "Throughput with large values and many keys", LoadScenario.ThroughputKey, Kind.Ratio,
            HigherIsBetter: true)
        {
            Scenarios =
            [
                ("1k-set", "SET 1 KiB"), ("1k-get", "GET 1 KiB"), ("64k-set", "SET 64 KiB"), ("64k-get", "GET 64 KiB"),
                ("mget-mget", "MGET 100 keys"), ("mset-mset", "MSET 100 keys"),
            ],
        },
        new("cpu", "Server CPU per request", LoadScenario.CpuKey, Kind.Ratio, HigherIsBetter: false)
        {
            Scenarios =
            [
                ("p1-set", "SET P=1"), ("p1-get", "GET P=1"), ("p16-set", "SET P=16"), ("p16-get", "GET P=16"),
                ("p128-set", "SET P=128"), ("p128-get", "GET P=128"),
            ],
        },
        new("latency", "99th percentile of latency", LoadScenario.P99Key, Kind.Figure, HigherIsBetter: false)
        {
            Unit = "milliseconds",
            Scenarios =
            [
                ("p1-set", "SET P=1"), ("p1-get", "GET P=1"), ("p16-set", "SET P=16"), ("p16-get", "GET P=16"),
                ("open-get", "GET at a fixed rate"),
            ],
        },
        new("kept", "GET throughput kept beside a heavy client", DisturbedScenario.KeptKey, Kind.Figure,
            HigherIsBetter: true)
        {
            Unit = "share of the undisturbed",
            Scenarios = [("keys", "beside KEYS nomatch*"), ("hog", "beside 10,000 SETs of 10 KiB at a time")],
        },
        new("wait", "Longest wait of a GET beside a heavy client", DisturbedScenario.LongestWaitKey,
            Kind.Logarithm, false)
        {
            Unit = "milliseconds, each line ten times the one below",
            Scenarios = [("keys", "beside KEYS nomatch*"), ("hog", "beside 10,000 SETs of 10 KiB at a time")],
        },
        new("memory", "Memory", "resident", Kind.Ratio, HigherIsBetter: false)
        {
            Scenarios = [("bytes-per-key", "per key"), ("idle", "per idle connection")],
        },
    ];

    private enum Kind
    {
        Ratio,
        Figure,
        Logarithm,
    }

    /// <summary>The charts for which a report has values.</summary>
    public static IEnumerable<(string Name, BarChart Chart)> Create(SuiteReport report)
    {
        foreach (var definition in Definitions)
        {
            // Ratios need something to compare; with one server the figures themselves are all there is to draw.
            var isRatio = definition.Kind == Kind.Ratio && report.Header.Servers.Count > 1;
            var servers = report.Header.Servers.Select(server => server.Name).ToList();
            var groups = definition.Scenarios
                .Select(scenario => new BarGroup(
                    scenario.Label,
                    [.. servers.Select(server => BarOf(report, scenario.Id, definition.MeasureKey, server, isRatio))]))
                .Where(group => group.Bars.Any(bar => bar is not null))
                .ToList();
            if (groups.Count > 0)
                yield return (definition.Name, Draw(report, definition, isRatio, servers, groups));
        }
    }

    private static BarChart Draw(
        SuiteReport report, Definition definition, bool isRatio, IReadOnlyList<string> servers,
        IReadOnlyList<BarGroup> groups)
    {
        var better = definition.HigherIsBetter ? "higher is better" : "lower is better";
        var unit = isRatio ? $"relative to {report.Header.Baseline}" : definition.Unit;
        return new BarChart
        {
            Title = definition.Title,
            Subtitle = $"{unit}, median of {report.Header.Turns} turns with spread, {better}".TrimStart(',', ' '),
            Series = servers,
            Groups = groups,
            IsLogarithmic = definition.Kind == Kind.Logarithm,
            Reference = isRatio ? 1 : null,
            ReferenceLabel = isRatio ? report.Header.Baseline : null,
        };
    }

    private static Bar? BarOf(SuiteReport report, string scenario, string measure, string server, bool isRatio)
    {
        if (isRatio)
        {
            return report.Compare(scenario, measure, server) is { } ratio
                ? new Bar(ratio.Value, ratio.Min, ratio.Max)
                : null;
        }

        var values = report.Values(scenario, measure, server);
        return values.Count > 0 ? new Bar(Statistics.Median(values), values.Min(), values.Max()) : null;
    }

    private sealed record Definition(string Name, string Title, string MeasureKey, Kind Kind, bool HigherIsBetter)
    {
        public string Unit { get; init; } = "";

        public required IReadOnlyList<(string Id, string Label)> Scenarios { get; init; }
    }
}
