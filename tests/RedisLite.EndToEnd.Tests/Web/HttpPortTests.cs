using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.EndToEnd.Tests.Tls;
using RedisLite.Hosting;
using RedisLite.Web;

namespace RedisLite.EndToEnd.Tests.Web;

/// <summary>The HTTP port: what it tells, and that it harms nobody.</summary>
public sealed class HttpPortTests
{
    [Fact]
    public async Task Metrics_are_in_Prometheus_s_format()
    {
        await using var server = await WebServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.CallAsync("SET", "a", "1");
        await client.CallAsync("GET", "missing");

        using var response = await server.Http.GetAsync("/metrics");
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Contains("\n# TYPE redislite_command_calls_total counter\n", text, StringComparison.Ordinal);
        Assert.Contains("\nredislite_command_calls_total{command=\"set\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nredislite_keys_misses_total 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nredislite_keys_count{db=\"db0\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\n# TYPE redislite_command_duration_seconds histogram\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "\nredislite_command_duration_seconds_bucket{command=\"set\",le=\"+Inf\"} 1\n", text,
                StringComparison.Ordinal);
        PrometheusFormat.Check(text);
    }

    [Fact]
    public async Task A_server_shows_its_own_figures_and_not_those_of_its_neighbour()
    {
        await using var server = await WebServerUnderTest.StartAsync();
        await using var neighbour = await ServerUnderTest.StartAsync();
        await using var client = await neighbour.ConnectAsync();
        await client.CallAsync("SET", "a", "1");

        var text = await server.Http.GetStringAsync("/metrics");

        Assert.DoesNotContain("redislite_command_calls_total{command=\"set\"}", text, StringComparison.Ordinal);
        PrometheusFormat.Check(text);
    }

    [Fact]
    public async Task A_server_that_serves_is_alive_and_ready()
    {
        await using var server = await WebServerUnderTest.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync("/readyz")).StatusCode);
    }

    [Fact]
    public async Task A_replica_is_ready_while_its_primary_is_there()
    {
        await using var primary = await ServerUnderTest.StartAsync();
        await using var replica = await WebServerUnderTest.StartAsync(
            WebServerUnderTest.Settings().ReplicaOf(primary.EndPoint));
        await WaitForAsync(replica, HttpStatusCode.OK);

        await primary.Server.StopAsync();

        await WaitForAsync(replica, HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, (await replica.Http.GetAsync("/healthz")).StatusCode);
        Assert.Equal(ServerReadiness.Unlinked, replica.Server.View.Readiness);
    }

    [Fact]
    public async Task A_node_is_ready_when_its_cluster_is_up_and_has_its_figures()
    {
        using var folder = new TemporaryFolder();
        await using var server = await WebServerUnderTest.StartAsync(WebServerUnderTest.NodeSettings(folder));
        await using var client = await server.ConnectAsync();
        Assert.Equal("OK", (await client.CallAsync("CLUSTER", "ADDSLOTSRANGE", "0", "99")).Text);
        using var ready = await server.Http.GetAsync("/readyz");
        Assert.Equal("the cluster is down\n", await ready.Content.ReadAsStringAsync());
        Assert.Equal(ServerReadiness.ClusterDown, server.Server.View.Readiness);
        var health = await new RedisLiteHealthCheck(server.Server).CheckHealthAsync(new HealthCheckContext());
        Assert.Equal((HealthStatus.Unhealthy, "The cluster is down"), (health.Status, health.Description));

        Assert.Equal("OK", (await client.CallAsync("CLUSTER", "ADDSLOTSRANGE", "100", "16383")).Text);
        await WaitForAsync(server, HttpStatusCode.OK);
        var page = await server.Http.GetStringAsync("/metrics");
        foreach (var line in (string[])["enabled 1", "serving 1", "nodes 1", "size 1", "slots_assigned 16384",
            "slots_failed 0", "slots_owned 16384"])
        {
            Assert.Contains($"\nredislite_cluster_{line}\n", page, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421)]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: evil.example:80\r\n\r\n", 421)]
    [InlineData("GET /readyz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421)]
    [InlineData("GET /nothing HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: scraped.example:9121\r\n\r\n", 200)]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: 10.1.2.3:9121\r\n\r\n", 200)]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 200)]
    [InlineData("GET /healthz HTTP/1.0\r\n\r\n", 200)]
    public async Task Names_that_nobody_allowed_are_answered_nothing(string request, int status)
    {
        var settings = WebServerUnderTest.Settings();
        await using var server = await WebServerUnderTest.StartAsync(settings with
        {
            Http = settings.Http with { AllowedHosts = ["scraped.example"], Console = ConsoleAccess.Off },
        });
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Http.BaseAddress!.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(socket.GetStream());
        Assert.StartsWith($"HTTP/1.1 {status} ", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /healthz HT")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    public async Task Connections_that_say_nothing_more_are_closed(string said)
    {
        await using var server = await WebServerUnderTest.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Http.BaseAddress!.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(said));
        using var reader = new StreamReader(socket.GetStream());
        await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_server_with_TLS_alone_says_that_it_has_no_console()
    {
        using var certificates = new CertificateFolder();
        var settings = certificates.Settings();
        settings = settings with
        {
            Http = settings.Http with { Port = NetworkSettings.RandomPort },
            Network = settings.Network with { Port = 0 },
        };
        var log = new LogRecorder();
        var web = new RedisLiteWeb(settings, log);
        await using var server = await RedisLiteServer.StartAsync(settings, null, web);
        using var http = new HttpClient { BaseAddress = web.Addresses[0] };
        using var response = await http.PostAsJsonAsync("api/session", new { user = "", password = "" });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("without TLS", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(log.Lines, line => line.Contains("The console does not work", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_files_are_loaded_the_server_is_alive_and_not_ready()
    {
        var settings = WebServerUnderTest.Settings();
        await using var web = new RedisLiteWeb(settings);
        var asked = new AskedBeforeLoading(web);
        await using var server = await RedisLiteServer.StartAsync(settings, null, asked);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK], asked.Answers);
    }

    [Fact]
    public async Task What_is_not_there_is_said_so()
    {
        await using var server = await WebServerUnderTest.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await server.Http.GetAsync("/nothing")).StatusCode);
        Assert.Equal(
            HttpStatusCode.MethodNotAllowed,
                (await server.Http.PostAsync("/metrics", new StringContent("x"))).StatusCode);
    }

    [Fact]
    public async Task A_Redis_client_on_the_HTTP_port_gets_an_error_and_harms_nobody()
    {
        await using var server = await WebServerUnderTest.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Http.BaseAddress!.Port);
        var requests = "*1\r\n$4\r\nPING\r\n*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$1\r\n1\r\n"u8.ToArray();
        await socket.GetStream().WriteAsync(requests);
        using var reader = new StreamReader(socket.GetStream());
        Assert.StartsWith("HTTP/1.1 400 ", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync("/healthz")).StatusCode);
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\nSET evil 1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\nSET evil 1\r\n")]
    [InlineData("OPTIONS / HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\n\r\nSET evil 1\r\n")]
    public async Task An_HTTP_client_on_the_Redis_port_changes_nothing(string request)
    {
        await using var server = await ServerUnderTest.StartAsync();
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(server.EndPoint);
            await using var stream = socket.GetStream();
            try
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
                socket.Client.Shutdown(SocketShutdown.Send);
                using var reader = new StreamReader(stream);
                await reader.ReadToEndAsync();
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // Closed with what it had not read.
            }
        }

        await using var client = await server.ConnectAsync();
        Assert.Equal(0, (await client.CallAsync("EXISTS", "evil")).Integer);
    }

    [Fact]
    public async Task Without_a_port_the_program_loads_nothing_of_it()
    {
        using var folder = new TemporaryFolder();
        await using var process = ServerProgram.Start(folder, "--port", "random", "--bind", "127.0.0.1");
        await ServerProgram.WaitForPortAsync(process);
        Assert.DoesNotContain(await LoadedAsync(process), name =>
            name.Contains("AspNetCore", StringComparison.Ordinal)
                || name.Contains("RedisLite.Web", StringComparison.Ordinal)
            || name.Contains("OpenTelemetry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_program_serves_on_the_port_that_it_was_given()
    {
        using var folder = new TemporaryFolder();
        await using var process = ServerProgram.Start(
            folder, "--port", "random", "--bind", "127.0.0.1", "--redislite.http.port", "random");
        await ServerProgram.WaitForPortAsync(process);
        var line = await process.WaitForLineAsync("Metrics, health and console on ");
        using var http =
            new HttpClient { BaseAddress = new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..]) };
        Assert.Equal("ready\n", await http.GetStringAsync("/readyz"));
        process.Terminate();
        Assert.Equal(0, await process.WaitForExitAsync());
    }

    [Fact]
    public async Task A_port_that_is_taken_stops_the_start()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var settings = WebServerUnderTest.Settings();
        settings = settings with
        {
            Http = settings.Http with { Port = ((IPEndPoint)taken.LocalEndpoint).Port },
        };
        var failure = await Assert.ThrowsAsync<ServerStartException>(() =>
            RedisLiteServer.StartAsync(settings, null, new RedisLiteWeb(settings)));
        Assert.StartsWith("redislite.http: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_not_this_machine_s_stops_the_start()
    {
        // 192.0.2.0/24 is for documentation: nobody has it.
        var settings = WebServerUnderTest.Settings();
        settings = settings with { Http = settings.Http with { Bind = ["192.0.2.1"] } };
        var failure = await Assert.ThrowsAsync<ServerStartException>(() =>
            RedisLiteServer.StartAsync(settings, null, new RedisLiteWeb(settings)));
        Assert.StartsWith("redislite.http: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("192.0.2.1", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<string>> LoadedAsync(ChildProcess process) =>
        OperatingSystem.IsLinux() ? await File.ReadAllLinesAsync($"/proc/{process.Id}/maps") : [];

    private static async Task WaitForAsync(WebServerUnderTest server, HttpStatusCode status)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await server.Http.GetAsync("/readyz", patience.Token)).StatusCode != status)
            await Task.Delay(20, patience.Token);
    }

    /// <summary>Asks for all pages in the moment before the server listens and loads.</summary>
    private sealed class AskedBeforeLoading(RedisLiteWeb web) : IServerCompanion
    {
        public List<HttpStatusCode> Answers { get; } = [];

        public async Task StartAsync(ServerView server, CancellationToken cancellationToken)
        {
            await web.StartAsync(server, cancellationToken);
            using var http = new HttpClient { BaseAddress = web.Addresses[0] };
            foreach (var path in (string[])["/healthz", "/readyz", "/metrics"])
                Answers.Add((await http.GetAsync(path, cancellationToken)).StatusCode);
        }

        public Task StopAsync() => Task.CompletedTask;
    }
}
