using System.Globalization;
using System.Text;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Reporting;

namespace RedisLite.Benchmark.Suite;

/// <summary>Writes a suite's report as the Markdown page <c>docs/BENCHMARK.md</c>.</summary>
/// <param name="report">What was measured.</param>
/// <param name="subject">The server whose goals are judged.</param>
/// <param name="charts">Title and file name of each chart beside the page.</param>
internal sealed class SuiteDocument(
    SuiteReport report, string subject, IReadOnlyList<(string Title, string File)> charts)
{
    private readonly StringBuilder _text = new();

    private IEnumerable<string> Servers => report.Header.Servers.Select(server => server.Name);

    private string Baseline => report.Header.Baseline;

    public string Render()
    {
        _text.Append("# Benchmark\n\n");
        _text.Append("Rendered by `redislite-benchmark suite`; the way to change this page is to run it again.\n\n");
        AppendReading();
        _text.Append("## Where and what\n\n").Append(MarkdownHeader.Render(report.Header)).Append('\n');
        AppendGoals();
        AppendCharts();
        AppendScenarios();
        AppendTool();
        return _text.ToString();
    }

    /// <summary>Rows of the measures that have a goal: for the page and for the terminal.</summary>
    public (string[] Headers, List<string[]> Rows) BuildGoals()
    {
        var names = Servers.Select(server => server == Baseline ? $"{server} (=1)" : server);
        List<string> headers = ["measure", "wanted", .. names];
        var judges = Servers.Contains(subject);
        if (judges)
            headers.Add("reached");
        var rows = new List<string[]>();
        foreach (var result in report.Results)
        {
            foreach (var measure in result.Scenario.Measures.Where(measure => measure.Goal is not null))
            {
                List<string> row = [$"{result.Scenario.Title}: {measure.Title}", measure.GoalText];
                row.AddRange(Servers.Select(server => Judged(result, measure, server)));
                if (judges)
                    row.Add(Reached(result, measure));
                rows.Add([.. row]);
            }
        }

        return ([.. headers], rows);
    }

    private void AppendReading() => _text.Append(CultureInfo.InvariantCulture, $"""
        How to read it. All servers run on one machine together with the load generator, which takes them in turn,
        {report.Header.Turns} times each, so that a noisy moment hurts all alike. A **ratio** is a server's median over
        that of `{Baseline}`; in parentheses stand the smallest and the largest ratio of a single turn, whose two
        measurements ran directly one after the other. Compare ratios; absolute figures belong to this machine and this
        hour. Latency
        in a closed loop counts from the moment a client sends; at a fixed rate, from the moment a request was due, so a
        server that pauses is charged for every request it delayed. CPU is user and system time of the server's process,
        from the kernel. Each server had {report.Settings.ServerWarmUp.TotalSeconds:0} s of load before the first
        measurement, so that compiling its code is not measured. What it persists is what its command line says.


        """);

    private void AppendGoals()
    {
        var (headers, rows) = BuildGoals();
        if (rows.Count == 0)
            return;
        _text.Append("## What is wanted and what is reached\n\n");
        _text.Append(
            "Goals without a unit are ratios, unless the measure is a share; the others are the figure itself.\n\n");
        AppendTable(headers, rows, textColumns: 2);
    }

    private void AppendCharts()
    {
        if (charts.Count == 0)
            return;
        _text.Append("## Charts\n\n");
        foreach (var (title, file) in charts)
            _text.Append(CultureInfo.InvariantCulture, $"![{title}]({file})\n\n");
    }

    private void AppendScenarios()
    {
        _text.Append("## Every measure\n\nMedians, with the smallest and the largest turn in parentheses.\n\n");
        foreach (var result in report.Results)
        {
            _text.Append(CultureInfo.InvariantCulture, $"### {result.Scenario.Title}\n\n");
            var description = result.Scenario.Describe(report.Settings);
            _text.Append(CultureInfo.InvariantCulture, $"`--only {result.Scenario.Group}`: {description}\n\n");
            var rows = result.Scenario.Measures
                .Where(measure => Servers.Any(server => result.Values(measure.Key, server).Count > 0))
                .Select(measure => (string[])
                [
                    measure.Unit.Length > 0 ? $"{measure.Title}, {measure.Unit}" : measure.Title,
                    .. Servers.Select(server => Figure(result.Values(measure.Key, server))),
                ]);
            AppendTable(["measure", .. Servers], [.. rows]);
            foreach (var (server, reason) in result.Failures)
                _text.Append(CultureInfo.InvariantCulture, $"`{server}` did not play it to its end: {reason}\n\n");
        }
    }

    private void AppendTool() => _text.Append("""
        ## The tool itself

        The load generator shares the cores with the server, so what it costs is throughput that a server does not get;
        its own CPU per request stands in the tables above. It calls epoll directly: with .NET's asynchronous sockets,
        each reply also wakes an event loop and a pool thread, which doubled its cost in a trial. A connection's next
        batch is sent when the whole batch before it is answered, as redis-benchmark does. Replies are counted by a
        scanner that knows
        where each ends; an error reply, a missing or a surplus one fails the run.

        """);

    private void AppendTable(string[] headers, IReadOnlyList<string[]> rows, int textColumns = 1)
    {
        var table = new MarkdownTable(headers) { TextColumns = textColumns };
        foreach (var row in rows)
            table.Add(row);
        _text.Append(table).Append('\n');
    }

    private string Judged(ScenarioResult result, Measure measure, string server)
    {
        var values = result.Values(measure.Key, server);
        if (measure.Comparison == Comparison.Absolute)
            return Figure(values);
        if (server == Baseline)
            return values.Count == 0 ? "" : $"{Numbers.Full(Statistics.Median(values))} {measure.Unit}";
        return report.Compare(result.Scenario.Id, measure.Key, server) is { } ratio ? RunTable.Format(ratio) : "";
    }

    private string Reached(ScenarioResult result, Measure measure)
    {
        var values = result.Values(measure.Key, subject);
        double? judged = measure.Comparison == Comparison.Absolute
            ? values.Count > 0 ? Statistics.Median(values) : null
            : report.Compare(result.Scenario.Id, measure.Key, subject)?.Value;
        return judged is { } value ? measure.IsReached(value) ? "yes" : "no" : "";
    }

    private static string Figure(IReadOnlyList<double> values) => values.Count switch
    {
        0 => "",
        1 => Numbers.Full(values[0]),
        _ =>
            $"{Numbers.Full(Statistics.Median(values))} ({Numbers.Full(values.Min())} to {Numbers.Full(values.Max())})",
    };
}
