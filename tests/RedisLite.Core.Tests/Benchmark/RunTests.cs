using System.Text.Json;
using System.Xml.Linq;
using RedisLite.Benchmark.CommandLine;
using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Reporting;
using RedisLite.Benchmark.Servers;
using Spectre.Console;

namespace RedisLite.Core.Tests.Benchmark;

/// <summary>Whole runs, against servers that answer everything alike.</summary>
public sealed class RunTests
{
    [Fact]
    public async Task A_run_prints_a_table_and_writes_its_files()
    {
        await using var first = new LoopbackServer("+OK\r\n");
        await using var second = new LoopbackServer("+OK\r\n");
        var directory = Directory.CreateTempSubdirectory("redislite-benchmark-test-");
        try
        {
            var options = Options(first, second) with
            {
                Turns = 2,
                JsonFile = Path.Combine(directory.FullName, "run.json"),
                SvgFile = Path.Combine(directory.FullName, "run.svg"),
                MarkdownFile = Path.Combine(directory.FullName, "run.md"),
            };
            var (exitCode, text) = await RunAsync(options);
            Assert.Equal(0, exitCode);
            Assert.Contains("SET", text, StringComparison.Ordinal);
            Assert.Contains("against a", text, StringComparison.Ordinal);

            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(options.JsonFile));
            var results = json.RootElement.GetProperty("results");
            Assert.Equal(2, results.GetArrayLength());
            Assert.Equal(2, results[0].GetProperty("turns").GetArrayLength());
            Assert.Equal(300, results[0].GetProperty("turns")[0].GetProperty("requests").GetInt64());
            XDocument.Parse(await File.ReadAllTextAsync(options.SvgFile));
            Assert.Contains("| SET", await File.ReadAllTextAsync(options.MarkdownFile), StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(200, 4)]
    [InlineData(28, 3)]
    [InlineData(10, 2)]
    public void A_narrow_terminal_does_without_the_least_telling_columns(int width, int columns)
    {
        string[] headers = ["test", "ops/s", "p90", "p99.9"];
        Assert.Equal(columns, RunTable.ChooseColumns(headers, [["SET", "52,311", "1.2", "3.4"]], width).Count);
    }

    [Fact]
    public async Task Error_replies_are_shown_and_fail_the_run()
    {
        // The first request is INFO.
        await using var server = new LoopbackServer("-OOM command not allowed\r\n");
        var (exitCode, text) = await RunAsync(Options(server));
        Assert.Equal(1, exitCode);
        Assert.Contains("OOM command not allowed", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_that_reads_has_its_keys_set_first()
    {
        await using var server = new LoopbackServer("+OK\r\n");
        var options = Options(server);
        var get = options.Profiles[
            0] with
        { Test = TestCatalog.Create("get", 1, 1)!, Keys = new KeySpace { Count = 40 } };
        var (exitCode, _) = await RunAsync(options with { Profiles = [get], Fill = FillPolicy.Auto });
        Assert.Equal(0, exitCode);
        Assert.Equal(1 + 40 + 300, server.Requests);
    }

    [Fact]
    public async Task The_form_of_inline_replies_is_found_out()
    {
        await using var plain = new LoopbackServer("PONG\n", isInline: true);
        var instance = await ServerInstance.OpenAsync(Spec("plain", plain), default);
        Assert.Equal(WireProtocol.Plain, await instance.DetectInlineProtocolAsync(default));
        await using var resp = new LoopbackServer("+PONG\r\n", isInline: true);
        instance = await ServerInstance.OpenAsync(Spec("resp", resp), default);
        Assert.Equal(WireProtocol.InlineResp, await instance.DetectInlineProtocolAsync(default));
    }

    [Fact]
    public async Task A_server_that_cannot_be_started_or_ends_at_once_is_explained()
    {
        var missing = new ServerSpec { Name = "ghost", StartCommand = ["no-such-program-anywhere", "{port}"] };
        var e = await Assert.ThrowsAsync<LoadException>(() => ServerInstance.OpenAsync(missing, default));
        Assert.Contains("ghost", e.Message, StringComparison.Ordinal);

        var ending = new ServerSpec { Name = "brief", StartCommand = ["dotnet", "no-such-command-{port}"] };
        e = await Assert.ThrowsAsync<LoadException>(() => ServerInstance.OpenAsync(ending, default));
        Assert.Contains("brief ended with code", e.Message, StringComparison.Ordinal);
    }

    private static RunOptions Options(params LoopbackServer[] servers) => new()
    {
        Servers = new ServerSelection(
            [.. servers.Select((server, index) => Spec($"{(char)('a' + index)}", server))], "a"),
        Profiles =
        [
            new LoadProfile
            {
                Test = TestCatalog.Create("set", 1, 1)!,
                Connections = 4,
                WarmUp = TimeSpan.Zero,
                Phase = new LoadPhase { Requests = 300 },
            },
        ],
        Fill = FillPolicy.Never,
        ShowProgress = false,
        CommandLine = "redislite-benchmark test",
    };

    private static ServerSpec Spec(string name, LoopbackServer server) =>
        new() { Name = name, EndPoint = server.EndPoint };

    private static async Task<(int ExitCode, string Text)> RunAsync(RunOptions options)
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 250;
        var exitCode = await RunExecution.RunAsync(options, console, default);
        return (exitCode, output.ToString());
    }
}
