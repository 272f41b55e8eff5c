using System.CommandLine;
using RedisLite.Benchmark.CommandLine;
using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Suite;

namespace RedisLite.Core.Tests.Benchmark;

public sealed class CommandLineTests
{
    [Fact]
    public async Task A_number_alone_measures_set_and_get_on_the_usual_port()
    {
        var options = await ParseRunAsync("100000");
        Assert.Equal(["set", "get"], options.Profiles.Select(profile => profile.Test.Name));
        Assert.All(options.Profiles, profile => Assert.Equal(100_000, profile.Phase.Requests));
        Assert.All(options.Profiles, profile =>
            Assert.Equal((50, 1, 1), (profile.Connections, profile.Threads, profile.Pipeline)));
        Assert.Equal("127.0.0.1:6379", Assert.Single(options.Servers.Servers).EndPoint!.ToString());
    }

    [Fact]
    public async Task Every_option_reaches_the_run()
    {
        var options = await ParseRunAsync(
            "10k", "-h", "localhost", "-p", "7001", "-t", "mget,mixed", "-c", "9", "--threads", "2", "-P", "16",
            "-d", "32,1k",
            "-r", "1m", "--distribution", "zipf", "--zipf-theta", "1.1", "--read-ratio", "0.5",
            "--keys-per-command", "7",
            "--protocol", "plain", "--warm-up", "1s", "--rate", "5000", "--turns", "3", "--fill", "never",
            "--seed", "9",
            "--json", "a.json", "--svg", "a.svg", "--markdown", "a.md", "--no-progress");
        var profile = options.Profiles[0];
        Assert.Equal("127.0.0.1:7001", options.Servers.Servers[0].EndPoint!.ToString());
        Assert.Equal((10_000, 5_000), (profile.Phase.Requests, profile.Phase.Rate));
        Assert.Equal((9, 2, 16), (profile.Connections, profile.Threads, profile.Pipeline));
        Assert.Equal([32, 1024], profile.ValueSizes);
        Assert.Equal(
            new KeySpace { Count = 1_000_000, Distribution = KeyDistribution.Zipf, ZipfTheta = 1.1 }, profile.Keys);
        Assert.Equal(7, profile.Test.PlainLinesPerReply);
        Assert.Equal(2, options.Profiles[1].Test.Parts.Count);
        Assert.True(profile.Inline);
        Assert.Equal(TimeSpan.FromSeconds(1), profile.WarmUp);
        Assert.Equal((3, FillPolicy.Never, 9UL), (options.Turns, options.Fill, profile.Seed));
        Assert.Equal(("a.json", "a.svg", "a.md", false), (
            options.JsonFile, options.SvgFile, options.MarkdownFile, options.ShowProgress));
    }

    [Fact]
    public async Task A_duration_takes_the_place_of_a_number_of_requests()
    {
        var phase = (await ParseRunAsync("--duration", "250ms")).Profiles[0].Phase;
        Assert.Equal((long.MaxValue, TimeSpan.FromMilliseconds(250)), (phase.Requests, phase.Duration));
    }

    [Fact]
    public async Task Servers_are_named_and_the_one_called_redis_is_the_baseline()
    {
        var servers = (await ParseRunAsync(
            "--against", "mine=127.0.0.1:7001", "--pid", "mine=42", "--start-redis",
            "--start", "other=my-server --port {port} --name 'a b'")).Servers;
        Assert.Equal(["mine", "redis", "other"], servers.Servers.Select(server => server.Name));
        Assert.Equal("redis", servers.Baseline);
        Assert.Equal(42, servers.Servers[0].Pid);
        Assert.Equal(["my-server", "--port", "{port}", "--name", "a b"], servers.Servers[2].StartCommand);
        Assert.Equal("mine", (await ParseRunAsync("--against", "mine=127.0.0.1:7001")).Servers.Baseline);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("0")]
    [InlineData("-c", "0")]
    [InlineData("-P", "x")]
    [InlineData("-d", "12q")]
    [InlineData("-t", "set,nonsense")]
    [InlineData("--duration", "2h")]
    [InlineData("--duration", "-1")]
    [InlineData("--read-ratio", "2")]
    [InlineData("--against", "nothing")]
    [InlineData("--against", "a=example.org:1")]
    [InlineData("--against", "a=192.0.2.1:6379")]
    [InlineData("--against", "a=127.0.0.1:1", "--against", "a=127.0.0.1:2")]
    [InlineData("--start", "a=server")]
    [InlineData("--start", "a=server '{port}")]
    [InlineData("--pid", "ghost=1")]
    [InlineData("--baseline", "ghost")]
    [InlineData("suite", "--only", "p1,nonsense")]
    [InlineData("suite", "--turns", "0")]
    [InlineData("--no-such-option")]
    public void What_makes_no_sense_is_refused(params string[] args)
    {
        var root = new RunCommand().Build((_, _) => Task.FromResult(0));
        root.Subcommands.Add(new SuiteCommand().Build((_, _) => Task.FromResult(0)));
        Assert.NotEmpty(root.Parse(args).Errors);
    }

    [Fact]
    public async Task Another_machine_may_be_loaded_when_that_is_said()
    {
        var servers = (await ParseRunAsync("--against", "a=192.0.2.1:6379", "--allow-remote")).Servers.Servers;
        Assert.Equal("192.0.2.1:6379", servers[0].EndPoint!.ToString());
    }

    [Fact]
    public async Task A_command_of_ones_own_is_a_test()
    {
        var profile = Assert.Single((await ParseRunAsync("--command", "HSET h {key} {value}")).Profiles);
        Assert.Equal("hset", profile.Test.Name);
        Assert.Equal(["HSET", "h", "{key}", "{value}"], profile.Test.Parts[0].Tokens);
    }

    [Fact]
    public async Task A_suite_plays_what_is_asked_and_the_large_scenario_only_then()
    {
        var all = await ParseSuiteAsync("suite");
        Assert.DoesNotContain("large", all.Scenarios.Select(scenario => scenario.Group));
        Assert.Equal(5, all.Settings.Turns);
        Assert.Contains(
            "large", (await ParseSuiteAsync("suite", "--large")).Scenarios.Select(scenario => scenario.Group));
        var single = await ParseSuiteAsync("suite", "--only", "types-hget-16,start");
        Assert.Equal(["start", "types-hget-16"], single.Scenarios.Select(scenario => scenario.Id));
        var some = await ParseSuiteAsync("suite", "--only", "p16,start", "--quick", "--turns", "3", "--duration", "1s");
        Assert.Equal(["p16-set", "p16-get", "start"], some.Scenarios.Select(scenario => scenario.Id));
        Assert.Equal(
            (3, TimeSpan.FromSeconds(1), 10_000), (some.Settings.Turns, some.Settings.Duration, some.Settings.Keys));
    }

    [Fact]
    public void Scenarios_have_names_of_their_own()
    {
        var ids = ScenarioCatalog.All.Select(scenario => scenario.Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(ScenarioCatalog.All, scenario => Assert.NotEmpty(scenario.Describe(SuiteSettings.Quick)));
        Assert.All(ScenarioCatalog.All, scenario =>
            Assert.Equal(scenario.Measures.Count, scenario.Measures.Select(measure => measure.Key).Distinct().Count()));
    }

    [Theory]
    [InlineData("32", 32)]
    [InlineData("1k", 1024)]
    [InlineData("64KiB", 65_536)]
    [InlineData("1.5mb", 1_572_864)]
    public void Sizes_are_binary(string text, int bytes)
    {
        Assert.True(Units.TryParseSize(text, out var parsed));
        Assert.Equal(bytes, parsed);
    }

    [Theory]
    [InlineData("a b  c", new[] { "a", "b", "c" })]
    [InlineData("a \"b c\" ''", new[] { "a", "b c", "" })]
    [InlineData("--x='1 2'", new[] { "--x=1 2" })]
    [InlineData("", new string[0])]
    public void Command_lines_are_split_at_spaces_outside_quotes(string text, string[] words) =>
        Assert.Equal(words, Units.SplitCommandLine(text));

    private static async Task<RunOptions> ParseRunAsync(params string[] args)
    {
        RunOptions? bound = null;
        var root = new RunCommand().Build((options, _) =>
        {
            bound = options;
            return Task.FromResult(0);
        });
        var result = root.Parse(args);
        Assert.Empty(result.Errors);
        await result.InvokeAsync();
        return bound!;
    }

    private static async Task<SuiteOptions> ParseSuiteAsync(params string[] args)
    {
        SuiteOptions? bound = null;
        var root = new RunCommand().Build((_, _) => Task.FromResult(1));
        root.Subcommands.Add(new SuiteCommand().Build((options, _) =>
        {
            bound = options;
            return Task.FromResult(0);
        }));
        var result = root.Parse(args);
        Assert.Empty(result.Errors);
        await result.InvokeAsync();
        return bound!;
    }
}
