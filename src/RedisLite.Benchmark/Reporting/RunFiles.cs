using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using RedisLite.Benchmark.Measurement;

namespace RedisLite.Benchmark.Reporting;

/// <summary>A run's results as files.</summary>
internal static class RunFiles
{
    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Every figure of every turn.</summary>
    public static string ToJson<T>(T report) => JsonSerializer.Serialize(report, JsonOptions) + "\n";

    /// <summary>The throughput of each test on each server.</summary>
    public static string ToSvg(RunReport report)
    {
        var tests = report.Results.Select(result => result.Test).Distinct();
        var servers = report.Header.Servers.Select(server => server.Name).ToList();
        return SvgBarChart.Render(new BarChart
        {
            Title = "Throughput",
            Subtitle = $"requests a second, median of {report.Header.Turns} with spread; higher is better",
            Series = servers,
            Groups =
            [
                .. from test in tests
                   let bars = servers.Select(server => BarOf(report, test, server))
                   select new BarGroup(test.ToUpperInvariant(), [.. bars]),
            ],
        });
    }

    /// <summary>The table with what is needed to repeat it.</summary>
    public static string ToMarkdown(RunReport report)
    {
        var (headers, rows) = RunTable.Build(report);
        var table = new MarkdownTable(headers);
        foreach (var row in rows)
            table.Add(row);
        return new StringBuilder()
            .Append("# Benchmark\n\n")
            .Append(MarkdownHeader.Render(report.Header))
            .Append('\n')
            .Append(table)
            .Append($"\nLatencies in milliseconds; medians of {report.Header.Turns} turn(s), maximum and peak over "
                + "all.\n")
            .ToString();
    }

    private static Bar? BarOf(RunReport report, string test, string server)
    {
        var result = report.Results.FirstOrDefault(result => result.Test == test && result.Server == server);
        var values = result?.Values(turn => turn.RequestsPerSecond);
        return values is { Count: > 0 } ? new Bar(Statistics.Median(values), values.Min(), values.Max()) : null;
    }
}
