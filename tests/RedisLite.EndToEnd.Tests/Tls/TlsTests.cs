using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Clients;
using RedisLite.EndToEnd.Tests.Support;
using StackExchange.Redis;

namespace RedisLite.EndToEnd.Tests.Tls;

/// <summary>Clients of the TLS port: what they can do, who is let in, and how it ends.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly CertificateFolder _certificates = new();

    public void Dispose() => _certificates.Dispose();

    private static IPEndPoint TlsOf(ServerUnderTest server) => server.Server.TlsEndPoints[0];

    private Task<RespClient> ConnectAsync(ServerUnderTest server, string? certificate = null) =>
        RespClient.ConnectAsync(TlsOf(server), _certificates.Client(certificate));

    [Theory]
    [InlineData(RedisProtocol.Resp2)]
    [InlineData(RedisProtocol.Resp3)]
    public async Task The_scenario_of_StackExchange_Redis_runs_with_ssl(RedisProtocol protocol)
    {
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());
        var options = StackExchangeScenario.Options(TlsOf(server), protocol);
        options.Ssl = true;
        options.SslHost = "localhost";
        options.TrustIssuer(_certificates.CaFile);

        await using (var connection = await ConnectionMultiplexer.ConnectAsync(options))
            await new StackExchangeScenario(connection, TlsOf(server)).RunAsync();

        await server.StopAndCheckAsync();
    }

    [SkippableFact]
    public async Task The_scenario_of_ioredis_runs_with_tls()
    {
        var node = NodeClientTests.RequireNode();
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());

        var (exitCode, said, errors) = await ChildProcess.RunAsync(
            node, ["ioredis.js", "127.0.0.1", $"{TlsOf(server).Port}",
                _certificates.CaFile], workingDirectory: NodeClientTests.Scenarios);

        Assert.True(exitCode == 0, $"{said}{errors}");
        await server.StopAndCheckAsync();
    }

    [SkippableFact]
    public async Task Redis_cli_and_its_certificate_are_served()
    {
        var cli = ExternalProgram.Require("redis-cli");
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings(TlsClientAuthentication.Yes));

        var (_, said, errors) = await ChildProcess.RunAsync(
            cli, [.. _certificates.RedisCliArguments(TlsOf(server)), "PING"]);

        Assert.Equal("PONG\n", said + errors);
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Large_values_and_pipelines_come_back_as_they_went(SslProtocols protocol)
    {
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());
        var options = _certificates.Client();
        options.EnabledSslProtocols = protocol;
        await using var client = await RespClient.ConnectAsync(TlsOf(server), options);
        var large = new byte[5_000_000];
        new Random(1).NextBytes(large);

        Assert.Equal("OK", (await client.CallAsync(["SET"u8.ToArray(), "large"u8.ToArray(), large])).Text);
        Assert.Equal(large, (await client.CallAsync("GET", "large")).Bytes);

        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++)
                await client.SendAsync("ECHO", $"{i}:{new string('x', i)}");
        });
        for (var i = 0; i < 2000; i++)
            Assert.Equal($"{i}:{new string('x', i)}", (await client.ReadReplyAsync()).Text);
        await sending;
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Messages_blocked_commands_and_monitor_arrive()
    {
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());
        await using var subscriber = await ConnectAsync(server);
        await using var waiter = await ConnectAsync(server);
        await using var monitor = await ConnectAsync(server);
        await using var client = await ConnectAsync(server);
        await subscriber.CallAsync("SUBSCRIBE", "news");
        await waiter.SendAsync("BLPOP", "queue", "0");
        await monitor.CallAsync("MONITOR");
        while (!(await InfoAsync(client)).Contains("blocked_clients:1", StringComparison.Ordinal))
            await Task.Yield();

        await client.CallAsync("PUBLISH", "news", "hello");
        await client.CallAsync("RPUSH", "queue", "job");

        Assert.Contains("hello", (await subscriber.ReadAsync()).ToString(), StringComparison.Ordinal);
        Assert.Contains("job", (await waiter.ReadAsync()).ToString(), StringComparison.Ordinal);
        string line;
        do
            line = (await monitor.ReadAsync()).Text;
        while (!line.Contains("\"PUBLISH\" \"news\" \"hello\"", StringComparison.Ordinal));
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_killed_client_and_one_that_quits_see_the_end()
    {
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());
        await using var victim = await ConnectAsync(server);
        await using var client = await ConnectAsync(server);
        var id = (await victim.CallAsync("CLIENT", "ID")).Text;

        Assert.Equal("1", (await client.CallAsync("CLIENT", "KILL", "ID", id)).Text);
        Assert.Equal("", await victim.ReadToEndAsync());
        Assert.Equal("OK", (await client.CallAsync("QUIT")).Text);
        Assert.Equal("", await client.ReadToEndAsync());
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_client_that_only_closes_its_half_gets_its_replies_and_close_notify()
    {
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(TlsOf(server));
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(_certificates.Client());

        await tls.WriteAsync("PING\r\nPING\r\n"u8.ToArray());
        await tls.ShutdownAsync();
        using var reader = new StreamReader(tls);
        var said = await reader.ReadToEndAsync()
            .WaitAsync(RespClient.SafetyNet); // a stream without close_notify would be an error

        Assert.Equal("PONG\nPONG\n", said);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_is_closed_at_its_limit()
    {
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());
        await using var subscriber = await RespClient.ConnectAsync(
            TlsOf(server), _certificates.Client(), receiveBufferSize: 4096);
        await using var client = await ConnectAsync(server);
        await client.CallAsync("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 0 0");
        await subscriber.CallAsync("SUBSCRIBE", "news");
        var message = new string('x', 100_000);

        var receivers = "1";
        for (var i = 0; i < 2000 && receivers == "1"; i++)
            receivers = (await client.CallAsync("PUBLISH", "news", message)).Text;

        Assert.Equal("0", receivers);
        await server.Server.StopAsync();
        Assert.Contains(server.Log.Complaints, line => line.Contains("does not read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_client_too_many_is_dropped_before_its_handshake()
    {
        var settings = _certificates.Settings();
        await using var server = await ServerUnderTest.StartAsync(
            settings with { Network = settings.Network with { MaxClients = 2 } });
        await using var first = await ConnectAsync(server);
        await using var second = await ConnectAsync(server);
        await second.CallAsync("PING");

        await Assert.ThrowsAnyAsync<IOException>(() => ConnectAsync(server));
        Assert.Equal("PONG", (await first.CallAsync("PING")).Text);
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData(TlsClientAuthentication.Yes, null, false)]
    [InlineData(TlsClientAuthentication.Yes, "stranger", false)]
    [InlineData(TlsClientAuthentication.Yes, "client", true)]
    [InlineData(TlsClientAuthentication.Optional, null, true)]
    [InlineData(TlsClientAuthentication.Optional, "stranger", false)]
    [InlineData(TlsClientAuthentication.Optional, "client", true)]
    [InlineData(TlsClientAuthentication.No, null, true)]
    public async Task Certificates_of_clients_are_checked(
        TlsClientAuthentication asked, string? certificate, bool isLetIn)
    {
        using var others = new CertificateFolder();
        var options = certificate == "stranger" ? others.Client("client") : _certificates.Client(certificate);
        options.CertificateChainPolicy = _certificates.Client().CertificateChainPolicy;
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings(asked));

        var served = false;
        try
        {
            await using var client = await RespClient.ConnectAsync(TlsOf(server), options);
            served = (await client.CallAsync("PING")).Text == "PONG";
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
        }

        Assert.Equal(isLetIn, served);
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData("default", "default")]
    [InlineData("alice", "alice")]
    [InlineData("disabled", "")]
    [InlineData("nobody", "")]
    public async Task The_name_in_a_certificate_signs_in_who_is_a_user(string name, string user)
    {
        _certificates.Make("named", name);
        var settings = _certificates.Settings(TlsClientAuthentication.Yes);
        await using var server = await ServerUnderTest.StartAsync(settings with
        {
            Security = settings.Security with
            {
                RequirePass = "secret",
                Users = [new ConfigLine("alice on +acl|whoami"), new ConfigLine("disabled off nopass +@all")],
            },
            Tls = settings.Tls with { AuthClientsUser = TlsCertificateUser.Cn },
        });

        await using var client = await ConnectAsync(server, "named");
        await client.SendAsync("ACL", "WHOAMI");
        var said = "";
        try
        {
            said = (await client.ReadReplyAsync()).Text;
        }
        catch (IOException)
        {
        }

        Assert.Equal(user, said);
    }

    [Fact]
    public async Task A_new_certificate_serves_new_clients_and_disturbs_nobody()
    {
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());
        await using var early = await ConnectAsync(server);
        var before = await FieldAsync(early);

        _certificates.Make("server", "localhost", days: 500);
        Assert.Equal(
            "OK", (await early.CallAsync("CONFIG", "SET", "tls-cert-file", _certificates.PathOf("server.crt"))).Text);

        await using var late = await ConnectAsync(server);
        Assert.Equal("PONG", (await early.CallAsync("PING")).Text);
        Assert.True(await FieldAsync(late) > before);

        _certificates.Make("locked", "localhost", password: "open");
        Assert.StartsWith(
            "ERR CONFIG SET failed (possibly related to argument 'tls-key-file') - "
                + "Unable to update TLS configuration. Check server logs.",
            (await late.CallAsync("CONFIG", "SET", "tls-key-file", _certificates.PathOf("locked.key")))
                .Text, StringComparison.Ordinal);
        Assert.Equal("OK", (await late.CallAsync(
            "CONFIG", "SET", "tls-key-file", _certificates.PathOf(
                "locked.key"), "tls-cert-file", _certificates.PathOf("locked.crt"),
            "tls-key-file-pass", "open")).Text);
        await using var last = await ConnectAsync(server);
        Assert.Equal("PONG", (await last.CallAsync("PING")).Text);
    }

    [Fact]
    public async Task A_server_with_TLS_only_has_no_plain_port()
    {
        var settings = _certificates.Settings();
        await using var server = await ServerUnderTest.StartAsync(
            settings with { Network = settings.Network with { Port = 0 } });

        Assert.Empty(server.Server.EndPoints);
        Assert.Equal($"{TlsOf(server)},ssl=true", server.Server.ConnectionString);
        await using var client = await ConnectAsync(server);
        Assert.Contains($"tcp_port:{TlsOf(server).Port}", await InfoAsync(client, "server"), StringComparison.Ordinal);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Clients_are_told_of_a_shutdown_by_close_notify()
    {
        await using var server = await ServerUnderTest.StartAsync(_certificates.Settings());
        await using var client = await ConnectAsync(server);
        await using var waiter = await ConnectAsync(server);
        await client.CallAsync("PING");
        await waiter.SendAsync("BLPOP", "queue", "0");

        await server.StopAndCheckAsync();

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal("", await waiter.ReadToEndAsync());
    }

    private static async Task<string> InfoAsync(RespClient client, string section = "clients") =>
        Encoding.ASCII.GetString((await client.CallAsync("INFO", section)).Bytes!);

    private static async Task<long> FieldAsync(RespClient client)
    {
        var info = await InfoAsync(client, "server");
        var line = info.Split("\r\n")
            .Single(line => line.StartsWith("tls_certificate_not_after:", StringComparison.Ordinal));
        return long.Parse(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..],
            System.Globalization.CultureInfo.InvariantCulture);
    }
}
