using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Reporting;
using RedisLite.Benchmark.Servers;
using Spectre.Console;

namespace RedisLite.Benchmark.CommandLine;

/// <summary>Carries out a single run: servers in turn for each test, then the reports.</summary>
internal static class RunExecution
{
    /// <summary>Runs, prints the table, writes the files.</summary>
    /// <returns>0, or 1 when a figure is not valid: error replies, or requests that could not be sent.</returns>
    /// <exception cref="LoadException">The run could not be finished.</exception>
    public static async Task<int> RunAsync(
        RunOptions options, IAnsiConsole console, CancellationToken cancellationToken)
    {
        var report = await TerminalProgress.RunAsync(
            options.ShowProgress, progress => MeasureAsync(options, progress, cancellationToken));
        RunTable.Write(report, console);
        if (options.JsonFile is { } json)
            await File.WriteAllTextAsync(json, RunFiles.ToJson(report), cancellationToken);
        if (options.SvgFile is { } svg)
            await File.WriteAllTextAsync(svg, RunFiles.ToSvg(report), cancellationToken);
        if (options.MarkdownFile is { } markdown)
            await File.WriteAllTextAsync(markdown, RunFiles.ToMarkdown(report), cancellationToken);
        return report.IsValid ? 0 : 1;
    }

    /// <summary>Opens the servers, measures, and ends those that were started.</summary>
    public static async Task<RunReport> MeasureAsync(
        RunOptions options, ILoadProgress progress, CancellationToken cancellationToken)
    {
        await using var servers = await ServerGroup.OpenAsync(options.Servers.Servers, progress, cancellationToken);
        var runner = new LoadRunner(progress);
        var results = new List<TestResult>();
        foreach (var profile in options.Profiles)
            results.AddRange(await MeasureTestAsync(options, profile, servers, runner, progress, cancellationToken));
        var header = new RunHeader
        {
            Date = TimeProvider.System.GetLocalNow(),
            Machine = MachineInfo.Read(),
            CommandLine = options.CommandLine,
            Turns = options.Turns,
            Servers = [.. servers.Instances.Select(ReportedServer.From)],
            Baseline = options.Servers.Baseline,
        };
        return new RunReport(header, results);
    }

    private static async Task<IEnumerable<TestResult>> MeasureTestAsync(
        RunOptions options, LoadProfile profile, ServerGroup servers, LoadRunner runner, ILoadProgress progress,
        CancellationToken cancellationToken)
    {
        var test = profile.Test;
        if (options.Fill == FillPolicy.Always || (options.Fill == FillPolicy.Auto && test.Reads))
        {
            foreach (var server in servers.Instances)
            {
                progress.Say($"filling {server.Name} with {profile.Keys.Count:#,0} keys");
                await runner.FillAsync(server, profile.Keys.Count, profile.ValueSizes, cancellationToken);
            }
        }

        var turns = servers.Instances.ToDictionary(server => server, _ => new List<LoadMeasurement>());
        for (var turn = 1; turn <= options.Turns; turn++)
        {
            foreach (var server in servers.Instances)
            {
                progress.Say($"{test.Name} on {server.Name}, turn {turn} of {options.Turns}");
                turns[server].Add(await runner.MeasureAsync(server, profile, cancellationToken));
            }
        }

        return servers.Instances.Select(server => new TestResult(test.Name, server.Name, turns[server]));
    }
}
