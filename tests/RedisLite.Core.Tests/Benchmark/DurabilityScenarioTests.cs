using RedisLite.Benchmark.CommandLine;
using RedisLite.Benchmark.Servers;
using RedisLite.Benchmark.Suite;

namespace RedisLite.Core.Tests.Benchmark;

/// <summary>The scenarios that start servers with an append only file.</summary>
public sealed class DurabilityScenarioTests
{
    private static readonly string[] Groups = ["everysec", "always", "loading", "rewrite"];

    [Fact]
    public void A_command_line_without_a_file_is_turned_into_one_with_a_file()
    {
        var spec = new ServerSpec
        {
            Name = "a",
            StartCommand = [
            "server", "--appendonly", "no", "--dir", "{dir}", "--port", "{port}"]
        };
        Assert.Equal(
            [
                "server", "--appendonly", "yes", "--dir", "{dir}", "--port", "{port}",
                "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0",
            ],
            spec.WithAppendOnlyFile("always")!.StartCommand);
        Assert.Equal("no", spec.StartCommand[2]);
    }

    [Theory]
    [InlineData("server", "--port", "{port}", "--dir", "{dir}")]
    [InlineData("server", "--port", "{port}", "--appendonly", "no")]
    [InlineData("server", "--port", "{port}", "--dir", "{dir}", "--appendonly", "yes")]
    [InlineData("server", "--port", "{port}", "--dir", "{dir}", "--appendonly")]
    public void A_server_that_does_not_say_how_it_is_kept_in_memory_is_left_alone(params string[] command) =>
        Assert.Null(new ServerSpec { Name = "a", StartCommand = command }.WithAppendOnlyFile("everysec"));

    [Fact]
    public async Task A_server_that_cannot_have_a_file_is_passed_by_without_a_failure()
    {
        await using var running = new LoopbackServer("+OK\r\n");
        await using var servers = await ServerGroup.OpenAsync(
            [new ServerSpec { Name = "running", EndPoint = running.EndPoint }],
            new TerminalProgress.SilentProgress(), default);
        var asked = running.Requests;
        var runner = new SuiteRunner(SuiteSettings.Quick, servers, new TerminalProgress.SilentProgress());
        foreach (var scenario in ScenarioCatalog.All.Where(scenario => Groups.Contains(scenario.Group)))
        {
            var result = await runner.RunAsync(scenario, default);
            Assert.Empty(result.Failures);
            Assert.All(scenario.Measures, measure => Assert.Empty(result.Values(measure.Key, "running")));
        }

        Assert.Equal(asked, running.Requests);
    }

    [Fact]
    public void Every_goal_of_durability_stands_in_the_catalog()
    {
        var goals = ScenarioCatalog.All.Where(scenario => Groups.Contains(scenario.Group))
            .SelectMany(scenario => scenario.Measures.Where(measure => measure.Goal is not null)
                .Select(measure => $"{scenario.Group}: {measure.GoalText}"));
        Assert.Equal(
            [
                "everysec: at most 10 %", "everysec: at most 25 %", "always: at least 1", "loading: at most 1",
                "rewrite: at most 2", "rewrite: at most 25 %",
            ],
            goals);
    }

    [Theory]
    [InlineData(100, 90, 10)]
    [InlineData(100, 110, -10)]
    public void What_a_file_costs_is_a_share_of_the_throughput_without(double without, double with, double percent) =>
        Assert.Equal(percent, EverysecScenario.PercentLost(without, with), 9);

    [Theory]
    [InlineData(150L, 175L, 100L, 25.0)]
    [InlineData(150L, 140L, 100L, -10.0)]
    [InlineData(null, 175L, 100L, null)]
    [InlineData(150L, 175L, 0L, null)]
    [InlineData(150L, 175L, null, null)]
    public void Extra_memory_is_a_share_of_the_data_set(long? quiet, long? loud, long? dataSet, double? percent) =>
        Assert.Equal(percent, RewriteScenario.PercentExtra(quiet, loud, dataSet));

    [Fact]
    public void Memory_of_data_is_read_as_the_kernel_writes_it()
    {
        Assert.Equal(21_432 * 1024, ProcessMemory.Parse(
            ["Rss:               84232 kB", "Pss:  49779 kB", "Pss_Anon:          21432 kB"]));
        Assert.Null(ProcessMemory.Parse(["Rss:               84232 kB"]));
        Assert.Null(ProcessMemory.OfTree(int.MaxValue));
    }

    [SkippableFact]
    public async Task A_restarted_server_has_the_files_that_it_left()
    {
        const string Program = "redis-server";
        var isInstalled = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, Program)));
        Skip.If(!isInstalled && Environment.GetEnvironmentVariable("CI") != "true", $"{Program} is not installed");

        var spec = new ServerSpec
        {
            Name = "redis",
            StartCommand = [Program, "--port", "{port}", "--bind", "127.0.0.1", "--dir", "{dir}", "--save", "",
                "--appendonly", "no"],
        }.WithAppendOnlyFile("always")!;
        await using var server = await ServerInstance.OpenAsync(spec, default);
        await server.SendAsync(default, "SET", "kept", "value");
        await using var again = await server.RestartAsync(default);
        Assert.Equal("value", await again.SendAsync(default, "GET", "kept"));
        Assert.Contains("redis 7", again.Version, StringComparison.Ordinal);
        Assert.NotNull(again.StartToReady);
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.RestartAsync(default));
    }
}
