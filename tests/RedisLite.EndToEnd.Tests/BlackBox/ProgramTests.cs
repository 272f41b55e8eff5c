using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>The programs that come with Redis, against RedisLite.</summary>
public sealed class ProgramTests
{
    [SkippableFact]
    public async Task Redis_cli_sets_and_gets()
    {
        await using var server = await ServerUnderTest.StartAsync();
        Assert.Equal("PONG\n", await CliAsync(server, "PING"));
        Assert.Equal("OK\n", await CliAsync(server, "SET", "user:1000", "alice"));
        Assert.Equal("alice\n", await CliAsync(server, "GET", "user:1000"));
        Assert.Equal("(integer) 1\n", await CliAsync(server, "--no-raw", "EXISTS", "user:1000"));
        Assert.Equal("1) \"alice\"\n2) (nil)\n", await CliAsync(server, "--no-raw", "MGET", "user:1000", "nobody"));
        Assert.Equal("(integer) 1\n", await CliAsync(server, "--no-raw", "DEL", "user:1000"));
        Assert.Equal("(nil)\n", await CliAsync(server, "--no-raw", "GET", "user:1000"));
        Assert.Equal(
            "1# \"maxmemory\" => \"0\"\n", await CliAsync(server, "-3", "--no-raw", "CONFIG", "GET", "maxmemory"));
        Assert.Equal("(error) ERR syntax error\n", await CliAsync(server, "--no-raw", "SET", "k", "v", "BAD"));
        await server.StopAndCheckAsync();
    }

    [SkippableFact]
    public async Task Redis_cli_reads_commands_from_its_input_and_scans()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var commands = string.Concat(Enumerable.Range(0, 500).Select(i => $"SET key:{i} {i}\n"));
        Assert.Equal(string.Concat(Enumerable.Repeat("OK\n", 500)), await RunCliAsync(server, commands));
        var scanned = await CliAsync(server, "--scan", "--pattern", "key:*");
        Assert.Equal(500, scanned.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
        await server.StopAndCheckAsync();
    }

    [SkippableFact]
    public async Task Redis_cli_loads_raw_requests_by_pipe()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var requests = string.Concat(
            Enumerable.Range(0, 5000).Select(i => $"*3\r\n$3\r\nSET\r\n$5\r\n{i:D5}\r\n$1\r\nv\r\n"));
        Assert.Contains(
            "errors: 0, replies: 5000", await RunCliAsync(server, requests, "--pipe"), StringComparison.Ordinal);
        Assert.Equal("5000\n", await CliAsync(server, "DBSIZE"));
        await server.StopAndCheckAsync();
    }

    // Its replies to plain lines would be plain; HELLO, which -3 sends first, makes them RESP.
    [SkippableFact]
    public async Task Redis_cli_loads_plain_lines_by_pipe()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var lines = string.Concat(Enumerable.Range(0, 5000).Select(i => $"SET key:{i} v\n"));
        Assert.Contains(
            "errors: 0, replies: 5000", await RunCliAsync(server, lines, "-3", "--pipe"), StringComparison.Ordinal);
        Assert.Equal("5000\n", await CliAsync(server, "DBSIZE"));
        await server.StopAndCheckAsync();
    }

    [SkippableFact]
    public async Task Redis_cli_finds_the_biggest_keys_of_each_type()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var oracle = await RedisOracle.StartAsync();
        await using var client = await server.ConnectAsync();
        await FillAsync(client);
        await using (var oracleClient = await RespClient.ConnectAsync(oracle.EndPoint))
            await FillAsync(oracleClient);

        Assert.Equal(await SummaryAsync(oracle), await SummaryAsync(server));

        var byMemory = await CliAsync(server, "--memkeys");
        Assert.Contains("Sampled 309 keys", byMemory, StringComparison.Ordinal);
        foreach (var (type, key) in BiggestKeys)
        {
            var bytes = (await client.CallAsync("MEMORY", "USAGE", key)).Integer;
            Assert.Matches($@"Biggest +{type} found '""{key}""' has {bytes} bytes", byMemory);
        }

        await server.StopAndCheckAsync();

        // Above it is what was found in the order of SCAN, which is each server's own.
        static async Task<string> SummaryAsync(ITestServer server)
        {
            var output = await RunCliAsync(server, "", "--bigkeys");
            return output[output.IndexOf("-------- summary -------", StringComparison.Ordinal)..];
        }
    }

    [SkippableFact]
    public async Task Redis_benchmark_runs_its_whole_default_list()
    {
        var settings = ServerUnderTest.Settings();
        await using var server = await ServerUnderTest.StartAsync(
            settings with { Protocol = settings.Protocol with { InlineReplies = InlineReplies.Resp } });
        await using var oracle = await RedisOracle.StartAsync();
        Assert.Equal(await BenchmarkAsync(oracle), await BenchmarkAsync(server));
        await using var client = await server.ConnectAsync();
        await using var oracleClient = await RespClient.ConnectAsync(oracle.EndPoint);
        var digest = await oracleClient.CallAsync("DEBUG", "DIGEST");
        Assert.Equal(digest.Text, (await client.CallAsync("DEBUG", "DIGEST")).Text);
        await server.StopAndCheckAsync();

        static async Task<IEnumerable<string>> BenchmarkAsync(ITestServer server)
        {
            var (exitCode, output, error) = await ChildProcess.RunAsync(
                ExternalProgram.Require("redis-benchmark"),
                ["-h", "127.0.0.1", "-p", $"{server.EndPoint.Port}", "--csv", "-n", "1000"]);
            Assert.Equal((0, ""), (exitCode, error));
            var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var tests = lines.Select(line => line.Split(',')[0]).ToList();
            Assert.Contains("\"LRANGE_600 (first 600 elements)\"", tests);
            return tests;
        }
    }

    [SkippableTheory]
    [InlineData("-t", "set,get", "-c", "50", "-P", "16", "-n", "50000", "-r", "10000")]
    [InlineData("-t", "set,get", "-c", "50", "-P", "1", "-n", "20000", "-r", "10000", "-d", "1024")]
    [InlineData("-t", "ping_inline,ping_mbulk,incr,mset", "-c", "20", "-P", "4", "-n", "20000", "-r", "1000")]
    public async Task Redis_benchmark_runs_clean(params string[] arguments)
    {
        var benchmark = ExternalProgram.Require("redis-benchmark");
        var settings = ServerUnderTest.Settings();
        await using var server = await ServerUnderTest.StartAsync(
            settings with { Protocol = settings.Protocol with { InlineReplies = InlineReplies.Resp } });
        var (exitCode, output, error) = await ChildProcess.RunAsync(
            benchmark, ["-h", "127.0.0.1", "-p", $"{server.EndPoint.Port}", "--csv", .. arguments]);
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("rror", output + error, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", output + error, StringComparison.Ordinal);
        var tests = arguments[1].Split(',').Length;
        Assert.Equal(tests + 1, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        await server.StopAndCheckAsync();
    }

    private static readonly (string Type, string Key)[] BiggestKeys =
    [
        ("string", "big:string"), ("list", "big:list"), ("hash", "big:hash"),
        ("set", "big:set"), ("zset", "big:zset"), ("stream", "big:stream"),
    ];

    private static async Task FillAsync(RespClient client)
    {
        string[] members = [.. Enumerable.Range(1, 1000).Select(i => $"{i}")];
        string[] pairs = [.. members.SelectMany(member => new[] { member, member })];
        for (var i = 0; i < 300; i++)
            await client.CallAsync("SET", $"small:{i}", "x");
        await client.CallAsync("SET", "big:string", new string('x', 10_000));
        await client.CallAsync("RPUSH", "small:list", "x");
        await client.CallAsync(["RPUSH", "big:list", .. members]);
        await client.CallAsync("HSET", "small:hash", "f", "x");
        await client.CallAsync(["HSET", "big:hash", .. pairs]);
        await client.CallAsync(["SADD", "big:set", .. members]);
        await client.CallAsync(["ZADD", "big:zset", .. pairs]);
        await client.CallAsync("XADD", "small:stream", "1-1", "f", "x");
        for (var i = 1; i <= 200; i++)
            await client.CallAsync("XADD", "big:stream", $"{i}-1", "f", $"{i}");
    }

    private static Task<string> CliAsync(ServerUnderTest server, params string[] arguments) =>
        RunCliAsync(server, "", arguments);

    private static async Task<string> RunCliAsync(ITestServer server, string input, params string[] arguments)
    {
        var cli = ExternalProgram.Require("redis-cli");
        var (_, output, error) = await ChildProcess.RunAsync(
            cli, ["-h", "127.0.0.1", "-p", $"{server.EndPoint.Port}", .. arguments], input);
        Assert.Equal("", error);
        return output;
    }
}
