using System.Globalization;
using RedisLite.Benchmark.Measurement;
using Spectre.Console;

namespace RedisLite.Benchmark.Reporting;

/// <summary>A run's results as rows of text: one source for the terminal and for Markdown.</summary>
internal static class RunTable
{
    private static readonly (string Header, Func<TestResult, string> Cell)[] Figures =
    [
        ("requests", result => Count(result.Turns.Sum(turn => turn.Requests))),
        ("ops/s", result => Count(result.Median(turn => turn.RequestsPerSecond))),
        ("avg ms", result => Numbers.Full(result.Median(turn => turn.MeanMs))),
        ("p50", result => Numbers.Full(result.Median(turn => turn.P50Ms))),
        ("p90", result => Numbers.Full(result.Median(turn => turn.P90Ms))),
        ("p99", result => Numbers.Full(result.Median(turn => turn.P99Ms))),
        ("p99.9", result => Numbers.Full(result.Median(turn => turn.P999Ms))),
        ("max", result => Numbers.Full(result.Turns.Max(turn => turn.MaxMs))),
        ("server CPU us", result => Numbers.Full(result.Median(turn => turn.ServerCpuMicrosecondsPerRequest))),
        ("own CPU us", result => Numbers.Full(result.Median(turn => turn.OwnCpuMicrosecondsPerRequest))),
        ("server peak", result => PeakMemory(result)),
    ];

    // What a narrow terminal does without, the least telling first.
    private static readonly string[] Expendable = ["own CPU us", "p90", "p99.9", "server peak", "requests", "p50"];

    /// <summary>The header cells and, for every result, its row.</summary>
    public static (string[] Headers, List<string[]> Rows) Build(RunReport report)
    {
        var compares = report.Header.Servers.Count > 1;
        List<string> headers = ["test"];
        if (compares)
            headers.Add("server");
        headers.AddRange(Figures.Select(figure => figure.Header));
        if (compares)
            headers.Add($"against {report.Header.Baseline}");
        if (!report.IsValid)
            headers.Add("errors");
        var rows = new List<string[]>();
        foreach (var result in report.Results)
        {
            List<string> row = [result.Test.ToUpperInvariant()];
            if (compares)
                row.Add(result.Server);
            row.AddRange(Figures.Select(figure => figure.Cell(result)));
            if (compares)
                row.Add(Comparison(report, result));
            if (!report.IsValid)
                row.Add(Count(result.Turns.Sum(turn => turn.Errors + turn.Unsent)));
            rows.Add([.. row]);
        }

        return ([.. headers], rows);
    }

    /// <summary>Writes the table to a terminal or a pipe.</summary>
    public static void Write(RunReport report, IAnsiConsole console)
    {
        var (headers, rows) = Build(report);
        var columns = ChooseColumns(headers, rows, console.Profile.Width);
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var index in columns)
        {
            var column = new TableColumn(Markup.Escape(headers[index])).NoWrap();
            table.AddColumn(headers[index] is "test" or "server" ? column : column.RightAligned());
        }

        foreach (var row in rows)
            table.AddRow([.. columns.Select(index => Markup.Escape(row[index]))]);
        console.Write(table);
        foreach (var text in report.Results.SelectMany(Problems).Distinct())
            console.MarkupLineInterpolated($"[red]{text}[/]");
    }

    /// <summary>A ratio with its spread, as text.</summary>
    public static string Format(Ratio ratio) => string.Create(
        CultureInfo.InvariantCulture,
        $"{ratio.Value:0.00} ({ratio.Min:0.00} to {ratio.Max:0.00})");

    /// <summary>Indexes of the columns that fit a width.</summary>
    internal static IReadOnlyList<int> ChooseColumns(string[] headers, List<string[]> rows, int width)
    {
        var columns = Enumerable.Range(0, headers.Length).ToList();
        foreach (var header in Expendable)
        {
            if (1 + columns.Sum(ColumnWidth) <= width)
                break;
            columns.Remove(Array.IndexOf(headers, header));
        }

        return columns;

        // A space on both sides and the border.
        int ColumnWidth(int index) => 3 + rows.Select(row => row[index].Length).Append(headers[index].Length).Max();
    }

    private static IEnumerable<string> Problems(TestResult result)
    {
        if (result.Turns.Select(turn => turn.FirstError).FirstOrDefault(text => text is not null) is { } error)
            yield return $"{result.Test} on {result.Server}: the server answered with errors, the first: {error}";
        if (result.Turns.Any(turn => turn.Unsent > 0))
            yield return $"{result.Test} on {result.Server}: the server could not keep up; requests stayed unsent.";
    }

    private static string Comparison(RunReport report, TestResult result)
    {
        var baseline = report.Results.First(
            other => other.Test == result.Test && other.Server == report.Header.Baseline);
        if (ReferenceEquals(baseline, result))
            return "1";
        var ratio = Statistics.Compare(
            result.Values(turn => turn.RequestsPerSecond), baseline.Values(turn => turn.RequestsPerSecond));
        return ratio is { } value ? Format(value) : "";
    }

    private static string PeakMemory(TestResult result)
    {
        var peak = result.Turns.Max(turn => turn.ServerPeakBytes);
        return peak is { } bytes ? Numbers.Bytes(bytes) : "";
    }

    private static string Count(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
