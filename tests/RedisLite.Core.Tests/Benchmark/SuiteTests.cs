using System.Xml.Linq;
using RedisLite.Benchmark.CommandLine;
using RedisLite.Benchmark.Reporting;
using RedisLite.Benchmark.Servers;
using RedisLite.Benchmark.Suite;

namespace RedisLite.Core.Tests.Benchmark;

public sealed class SuiteTests
{
    [Fact]
    public void The_page_judges_goals_by_ratio_and_by_figure()
    {
        var report = Report(
            Result("p1-set", LoadScenario.ThroughputKey, [100, 100, 100], [96, 97, 110]),
            Result("keys", DisturbedScenario.LongestWaitKey, [555, 560, 540], [4, 12, 5]),
            Result("keys", DisturbedScenario.KeptKey, [0.005, 0.004, 0.006], [0.5, 0.4, 0.7]));
        var (_, rows) = new SuiteDocument(report, "redislite", []).BuildGoals();
        Assert.Contains(
            rows, row => row[0] == "SET at P=1: throughput" && row[^1] == "yes" && row[3] == "0.97 (0.96 to 1.10)");
        Assert.Contains(rows, row => row[0].Contains("longest wait", StringComparison.Ordinal) && row[^1] == "yes"
            && row[1] == "at most 10 ms");
        Assert.Contains(rows, row => row[0].Contains("kept", StringComparison.Ordinal) && row[^1] == "no");
    }

    [Fact]
    public void The_page_names_machine_command_servers_and_charts()
    {
        var report = Report(Result("p16-get", LoadScenario.CpuKey, [2, 2], [1, 1]));
        var charts = SuiteCharts.Create(report).ToList();
        var page = new SuiteDocument(
            report, "redislite", [.. charts.Select(chart => (chart.Chart.Title, $"{chart.Name}.svg"))]).Render();
        Assert.Contains("Test Processor, 2 cores", page, StringComparison.Ordinal);
        Assert.Contains("`redislite-benchmark suite`", page, StringComparison.Ordinal);
        Assert.Contains("redis 7.0.15", page, StringComparison.Ordinal);
        Assert.Contains("(cpu.svg)", page, StringComparison.Ordinal);
        Assert.Contains("0.50 (0.50 to 0.50)", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Charts_exist_for_what_was_measured_and_hold_the_ratios()
    {
        var report = Report(
            Result("p1-set", LoadScenario.ThroughputKey, [100], [130]),
            Result("keys", DisturbedScenario.LongestWaitKey, [555], [4]));
        var charts = SuiteCharts.Create(report).ToDictionary(chart => chart.Name, chart => chart.Chart);
        Assert.Equal(["throughput", "wait"], charts.Keys.Order());
        Assert.Equal(1.3, charts["throughput"].Groups.Single().Bars[1]!.Value, 6);
        Assert.Equal(1, charts["throughput"].Reference);
        Assert.Equal(4, charts["wait"].Groups.Single().Bars[1]!.Value);
        Assert.All(charts.Values, chart => XDocument.Parse(SvgBarChart.Render(chart)));
    }

    [Fact]
    public void A_server_without_a_figure_leaves_its_cells_empty()
    {
        var report = Report(Result("start", StartScenario.ReadyKey, [15], []));
        var (_, rows) = new SuiteDocument(report, "redislite", []).BuildGoals();
        Assert.Equal(["Start: start to ready", "at most 300 ms", "15.0", "", ""], Assert.Single(rows));
    }

    [Fact]
    public async Task A_server_that_fails_is_left_out_and_the_others_go_on()
    {
        await using var good = new LoopbackServer("+OK\r\n");
        await using var bad = new LoopbackServer(request => request < 10 ? "+OK\r\n" : "-ERR unknown command\r\n");
        await using var servers = await ServerGroup.OpenAsync(
            [new ServerSpec { Name = "bad", EndPoint = bad.EndPoint },
                new ServerSpec { Name = "good", EndPoint = good.EndPoint }],
            new TerminalProgress.SilentProgress(), default);
        var settings =
            SuiteSettings.Quick with { Keys = 20, Duration = TimeSpan.FromMilliseconds(10), WarmUp = TimeSpan.Zero };
        var scenario = ScenarioCatalog.All.Single(scenario => scenario.Id == "p1-get");
        var result = await new SuiteRunner(settings, servers, new TerminalProgress.SilentProgress()).RunAsync(
            scenario, default);
        Assert.Contains("unknown command", result.Failures["bad"], StringComparison.Ordinal);
        Assert.Empty(result.Values(LoadScenario.ThroughputKey, "bad"));
        Assert.Equal(2, result.Values(LoadScenario.ThroughputKey, "good").Count);
    }

    [Fact]
    public void A_json_report_names_scenarios_servers_and_turns()
    {
        var json = RunFiles.ToJson(Report(Result("p1-set", LoadScenario.ThroughputKey, [100], [130])));
        Assert.Contains("\"id\": \"p1-set\"", json, StringComparison.Ordinal);
        Assert.Contains("130", json, StringComparison.Ordinal);
    }

    private static SuiteReport Report(params ScenarioResult[] results) => new(
        new RunHeader
        {
            Date = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Machine = new MachineInfo("Test Processor", 2, 8L << 30, "6.1", "Test OS", ".NET 10"),
            CommandLine = "redislite-benchmark suite",
            Turns = 3,
            Servers = [new ReportedServer("redis", "redis 7.0.15", "redis-server"), new ReportedServer(
                "redislite", "redislite 0.1", "x")],
            Baseline = "redis",
        },
        new SuiteSettings(),
        results);

    private static ScenarioResult Result(string id, string key, double[] redis, double[] redislite) => new(
        ScenarioCatalog.All.Single(scenario => scenario.Id == id),
        new Dictionary<string, IReadOnlyDictionary<string, IReadOnlyList<double>>>
        {
            ["redis"] = new Dictionary<string, IReadOnlyList<double>> { [key] = redis },
            ["redislite"] = new Dictionary<string, IReadOnlyList<double>> { [key] = redislite },
        },
        new Dictionary<string, string>());
}
