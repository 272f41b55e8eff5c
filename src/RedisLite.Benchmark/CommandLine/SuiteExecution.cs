using System.Globalization;
using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Reporting;
using RedisLite.Benchmark.Servers;
using RedisLite.Benchmark.Suite;
using Spectre.Console;

namespace RedisLite.Benchmark.CommandLine;

/// <summary>Carries out a suite: servers, scenarios, page and charts.</summary>
internal static class SuiteExecution
{
    private const string ChartPrefix = "benchmark-";

    /// <summary>Runs, prints the goals, writes the files.</summary>
    /// <returns>0 when everything was measured, whether or not goals were reached; 1 when a server failed.</returns>
    /// <exception cref="LoadException">The suite could not be begun.</exception>
    public static async Task<int> RunAsync(
        SuiteOptions options, IAnsiConsole console, CancellationToken cancellationToken)
    {
        var report = await TerminalProgress.RunAsync(
            options.ShowProgress, progress => MeasureAsync(options, progress, cancellationToken));
        var charts = SuiteCharts.Create(report).ToList();
        var document = new SuiteDocument(
            report, options.Subject, [.. charts.Select(chart => (chart.Chart.Title, ChartFile(chart.Name)))]);
        WriteGoals(document, console);
        if (options.DocumentFile is { } file)
        {
            var directory = Path.GetDirectoryName(Path.GetFullPath(file))!;
            Directory.CreateDirectory(directory);
            foreach (var (name, chart) in charts)
            {
                var path = Path.Combine(directory, ChartFile(name));
                await File.WriteAllTextAsync(path, SvgBarChart.Render(chart), cancellationToken);
            }

            await File.WriteAllTextAsync(file, document.Render(), cancellationToken);
        }

        if (options.JsonFile is { } json)
            await File.WriteAllTextAsync(json, RunFiles.ToJson(report), cancellationToken);
        foreach (var result in report.Results)
        {
            foreach (var (server, reason) in result.Failures)
                console.MarkupLineInterpolated($"[red]{result.Id}: {server}: {reason}[/]");
        }

        return report.IsComplete ? 0 : 1;
    }

    private static async Task<SuiteReport> MeasureAsync(
        SuiteOptions options, ILoadProgress progress, CancellationToken cancellationToken)
    {
        await using var servers = await ServerGroup.OpenAsync(options.Servers.Servers, progress, cancellationToken);
        if (!options.MayFlush)
            await RefuseKeysAsync(servers, cancellationToken);
        var runner = new SuiteRunner(options.Settings, servers, progress);
        await runner.WarmUpAsync(cancellationToken);
        var results = new List<ScenarioResult>();
        foreach (var scenario in options.Scenarios)
            results.Add(await runner.RunAsync(scenario, cancellationToken));
        var header = new RunHeader
        {
            Date = TimeProvider.System.GetLocalNow(),
            Machine = MachineInfo.Read(),
            CommandLine = options.CommandLine,
            Turns = options.Settings.Turns,
            Servers = [.. servers.Instances.Select(ReportedServer.From)],
            Baseline = options.Servers.Baseline,
        };
        return new SuiteReport(header, options.Settings, results);
    }

    private static async Task RefuseKeysAsync(ServerGroup servers, CancellationToken cancellationToken)
    {
        foreach (var server in servers.Instances.Where(server => !server.Spec.CanRestart))
        {
            var keys = await server.SendAsync(cancellationToken, "DBSIZE");
            if (long.Parse(keys, CultureInfo.InvariantCulture) == 0)
                continue;
            throw new LoadException(
                $"{server.Name} holds {keys} keys, and the suite empties what it measures; --flush allows it.");
        }
    }

    private static void WriteGoals(SuiteDocument document, IAnsiConsole console)
    {
        var (headers, rows) = document.BuildGoals();
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var header in headers)
            table.AddColumn(new TableColumn(Markup.Escape(header)));
        foreach (var row in rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        console.Write(table);
    }

    private static string ChartFile(string name) => $"{ChartPrefix}{name}.svg";
}
