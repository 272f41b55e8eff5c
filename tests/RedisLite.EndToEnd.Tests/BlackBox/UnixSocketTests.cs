using System.Net.Sockets;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Clients;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Hosting;
using StackExchange.Redis;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>Clients that come by a Unix socket: served as others are, and shown as redis-server shows them.</summary>
public sealed class UnixSocketTests : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();

    private string Socket => Path.Combine(_folder.Path, "r.sock");

    [SkippableFact]
    public async Task Clients_are_shown_as_by_redis_server()
    {
        await using var oracle = await RedisOracle.StartAsync(
            "--unixsocket", Path.Combine(_folder.Path, "o.sock"), "--unixsocketperm", "700");
        await using var server = await ServerUnderTest.StartAsync(Settings());
        var seen = new List<string>();
        foreach (var path in (string[])[Path.Combine(_folder.Path, "o.sock"), Socket])
        {
            await using var client = await RespClient.ConnectAsync(new UnixDomainSocketEndPoint(path));
            await using var monitor = await RespClient.ConnectAsync(new UnixDomainSocketEndPoint(path));
            var list = (await client.CallAsync("CLIENT", "INFO")).Text;
            await monitor.CallAsync("MONITOR");
            await client.CallAsync("GET", "k");
            var line = (await monitor.ReadAsync()).Text;
            await client.CallAsync("CONFIG", "SET", "slowlog-log-slower-than", "0");
            await client.CallAsync("GET", "k");
            var slow = (await client.CallAsync("SLOWLOG", "GET", "1")).Items[0].Items[4].Text;
            var killed = (await client.CallAsync("CLIENT", "KILL", "ADDR", $"{path}:0")).Integer;
            var configured = (await client.CallAsync("CONFIG", "GET", "unixsocket*")).Items.Select(item => item.Text);
            seen.Add(string.Join('\n',
            [
                .. list.Split(' ').Where(field => field.StartsWith("addr=", StringComparison.Ordinal)
                    || field.StartsWith("laddr=", StringComparison.Ordinal)
                    || field.StartsWith("flags=", StringComparison.Ordinal)),
                line[line.IndexOf('[')..], slow, $"{killed}",
            ]).Replace(path, "PATH", StringComparison.Ordinal));
            Assert.Equal(
                new HashSet<string> { "unixsocket", path, "unixsocketperm", "700" }, configured.ToHashSet());
        }

        Assert.Equal(seen[0], seen[1]);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task It_may_be_the_only_way_in()
    {
        var settings = Settings();
        await using var server = await ServerUnderTest.StartAsync(
            settings with { Network = settings.Network with { Port = 0 } });
        Assert.Empty(server.Server.EndPoints);
        Assert.Equal(Socket, server.Server.UnixSocket);
        Assert.Throws<InvalidOperationException>(() => server.Server.EndPoint);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Server.ConnectionString);
        await connection.GetDatabase().StringSetAsync("k", "v");
        Assert.Equal("v", await connection.GetDatabase().StringGetAsync("k"));
        await server.StopAndCheckAsync();
        Assert.False(Path.Exists(Socket));
    }

    [Theory]
    [InlineData(RedisProtocol.Resp2)]
    [InlineData(RedisProtocol.Resp3)]
    public async Task StackExchange_Redis_runs_its_scenario(RedisProtocol protocol)
    {
        await using var server = await ServerUnderTest.StartAsync(Settings());
        var endPoint = new UnixDomainSocketEndPoint(Socket);
        await using (var connection = await ConnectionMultiplexer.ConnectAsync(
            StackExchangeScenario.Options(endPoint, protocol)))
            await new StackExchangeScenario(connection, endPoint).RunAsync();
        await server.StopAndCheckAsync();
    }

    [SkippableFact]
    public async Task Redis_cli_and_redis_benchmark_find_it()
    {
        var (cli, benchmark) = (ExternalProgram.Require("redis-cli"), ExternalProgram.Require("redis-benchmark"));
        await using var server = await ServerUnderTest.StartAsync(Settings());
        var set = await ChildProcess.RunAsync(cli, ["-s", Socket, "SET", "k", "from a socket"]);
        Assert.Equal("OK", set.Output.Trim());
        Assert.Equal("from a socket", (await ChildProcess.RunAsync(cli, ["-s", Socket, "GET", "k"])).Output.Trim());
        var run = await ChildProcess.RunAsync(
            benchmark, ["-s", Socket, "-n", "20000", "-c", "20", "-P", "16", "-t", "set,get,lrange_100", "-q"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("GET: ", run.Output, StringComparison.Ordinal);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Large_values_and_long_pipelines_go_through_unharmed()
    {
        await using var server = await ServerUnderTest.StartAsync(Settings());
        await using var client = await ConnectAsync();
        var random = new Random(7);
        foreach (var size in (int[])[0, 1, 16_384, 65_536, 300_000, 5_000_000])
        {
            var value = new byte[size];
            random.NextBytes(value);
            Assert.Equal("OK", (await client.CallAsync(["SET"u8.ToArray(), "k"u8.ToArray(), value])).Text);
            Assert.Equal(value, (await client.CallAsync("GET", "k")).Bytes);
        }

        // Far more is sent, and answered, than fits into the sockets' buffers.
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
                await client.SendAsync("GET", "k");
        });
        for (var i = 0; i < 40; i++)
            Assert.Equal(5_000_000, (await client.ReadReplyAsync()).Bytes.Length);
        await sending;
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Many_come_at_once_wait_are_killed_and_go()
    {
        await using var server = await ServerUnderTest.StartAsync(Settings());
        var clients = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => ConnectAsync()));
        Assert.All(await Task.WhenAll(clients.Select(client => client.CallAsync("INCR", "n"))), reply =>
            Assert.InRange(reply.Integer, 1, 300));
        await clients[0].SendAsync("BLPOP", "q", "0");
        await clients[1].CallAsync("SUBSCRIBE", "news");
        Assert.Equal(1, (await clients[2].CallAsync("PUBLISH", "news", "hello")).Integer);
        Assert.Equal("hello", (await clients[1].ReadAsync()).Items[2].Text);
        Assert.Equal(1, (await clients[2].CallAsync("RPUSH", "q", "x")).Integer);
        Assert.Equal("x", (await clients[0].ReadReplyAsync()).Items[1].Text);
        clients[3].HalfClose();
        Assert.Equal("", await clients[3].ReadToEndAsync());
        clients[4].Reset();
        await clients[5].CallAsync("CLIENT", "KILL", "TYPE", "normal");
        Assert.Equal("", await clients[6].ReadToEndAsync());
        foreach (var client in clients)
            await client.DisposeAsync();
        await using var last = await ConnectAsync();
        Assert.Equal("300", (await last.CallAsync("GET", "n")).Text);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Requests_that_were_sent_are_answered_before_the_server_ends()
    {
        await using var server = await ServerUnderTest.StartAsync(Settings());
        await using var client = await ConnectAsync();
        await client.CallAsync("PING");
        await client.SendRawAsync("*1\r\n$4\r\nPING\r\n*2\r\n$8\r\nSHUTDOWN\r\n$6\r\nNOSAVE\r\n");
        Assert.Equal("+PONG\r\n", await client.ReadToEndAsync());
        await server.Server.WhenStopped.WaitAsync(RespClient.SafetyNet);
        Assert.False(Path.Exists(Socket));
    }

    [Fact]
    public async Task One_client_too_many_is_told_so()
    {
        var settings = Settings();
        await using var server = await ServerUnderTest.StartAsync(
            settings with { Network = settings.Network with { MaxClients = 1 } });
        await using var client = await ConnectAsync();
        Assert.Equal("PONG", (await client.CallAsync("PING")).Text);
        await using var other = await ConnectAsync();
        Assert.Equal("-ERR max number of clients reached\r\n", await other.ReadToEndAsync());
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task What_a_crash_has_left_is_removed_and_its_mode_is_as_asked_for()
    {
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // A second name keeps the file when .NET removes the first with the socket.
            left.Bind(new UnixDomainSocketEndPoint(Socket + ".first"));
            File.Move(Socket + ".first", Socket);
        }

        Assert.True(Path.Exists(Socket));
        await using var server = await ServerUnderTest.StartAsync(Settings());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(Owner, File.GetUnixFileMode(Socket));
        await using var client = await ConnectAsync();
        Assert.Equal("PONG", (await client.CallAsync("PING")).Text);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_file_that_is_no_socket_stays_and_stops_the_start()
    {
        await File.WriteAllTextAsync(Socket, "precious");
        var e = await Assert.ThrowsAsync<ServerStartException>(() => ServerUnderTest.StartAsync(Settings()));
        Assert.Contains($"Could not listen on {Socket}: there is a file", e.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(Socket));
    }

    [Fact]
    public async Task The_socket_of_a_server_that_runs_is_not_taken_away()
    {
        await using var server = await ServerUnderTest.StartAsync(Settings());
        var settings = Settings();
        var e = await Assert.ThrowsAsync<ServerStartException>(() => ServerUnderTest.StartAsync(settings with
        {
            Persistence = settings.Persistence with { Directory = Path.Combine(_folder.Path, "other") },
        }));
        Assert.Contains("a server that runs has it", e.Message, StringComparison.Ordinal);
        await using var client = await ConnectAsync();
        Assert.Equal("PONG", (await client.CallAsync("PING")).Text);
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData("long", "a socket cannot have a path of ")]
    [InlineData("none/redis.sock", "there is no folder ")]
    public async Task A_path_that_no_socket_can_have_stops_the_start_and_says_why(string name, string why)
    {
        var settings = Settings();
        var path = Path.Combine(_folder.Path, name == "long" ? new string('x', 200) : name);
        using var log = new LogRecorder();
        var e = await Assert.ThrowsAsync<ServerStartException>(() => RedisLiteServer.StartAsync(
            settings with { Network = settings.Network with { UnixSocket = path } }, log));
        Assert.StartsWith($"Could not listen on {path}: {why}", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(log.Lines, line => line.Contains("binding again", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_pipe_in_its_place_stays_and_stops_the_start()
    {
        var made = await ChildProcess.RunAsync(ExternalProgram.Require("mkfifo"), [Socket]);
        Assert.Equal(0, made.ExitCode);

        var e = await Assert.ThrowsAsync<ServerStartException>(() => ServerUnderTest.StartAsync(Settings()));

        Assert.Contains("which is no socket", e.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Socket));
    }

    [Fact]
    public async Task A_file_that_another_has_locked_stays_and_stops_the_start()
    {
        await using (var file = new FileStream(Socket, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            var e = await Assert.ThrowsAsync<ServerStartException>(() => ServerUnderTest.StartAsync(Settings()));
            Assert.Contains("which is no socket", e.Message, StringComparison.Ordinal);
        }

        Assert.True(File.Exists(Socket));
    }

    public void Dispose() => _folder.Dispose();

    private RedisLiteSettings Settings()
    {
        var settings = ServerUnderTest.Settings();
        return settings with
        {
            Network = settings.Network with { UnixSocket = Socket, UnixSocketPermissions = "700" },
            Persistence = settings.Persistence with { Directory = _folder.Path },
        };
    }

    private Task<RespClient> ConnectAsync() => RespClient.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
}
