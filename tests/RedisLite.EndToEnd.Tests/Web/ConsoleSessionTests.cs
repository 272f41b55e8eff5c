using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RedisLite.Commands;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Web.Console;

namespace RedisLite.EndToEnd.Tests.Web;

/// <summary>What the end of a session of the console ends, and what a session is told of the server.</summary>
public sealed class ConsoleSessionTests
{
    [Fact]
    public async Task The_end_of_a_session_ends_its_messages()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        var token = await LogInAsync(server);
        var body = JsonContent.Create(new { channels = new[] { "news" }, patterns = Array.Empty<string>() });
        using var response = await SendAsync(server, HttpMethod.Post, "api/messages", token, body);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Contains("subscribe", await lines.ReadLineAsync(), StringComparison.Ordinal);

        await SendAsync(server, HttpMethod.Delete, "api/session", token);

        Assert.Null(await lines.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)));
        await WaitForNoConsoleAsync(client);
        Assert.Equal(0, (await client.CallAsync("PUBLISH", "news", "hello")).Integer);
    }

    [Fact]
    public async Task The_end_of_a_session_ends_its_waiting_commands_and_connects_no_more()
    {
        await using var server = await StartAsync(ConsoleAccess.ReadWrite);
        await using var client = await server.ConnectAsync();
        var token = await LogInAsync(server);
        var waiting = Enumerable.Range(0, 5).Select(_ => SendAsync(
            server, HttpMethod.Post, "api/commands", token,
            JsonContent.Create(new { commands = new[] { new[] { "BLPOP", "none", "0" } } }))).ToList();
        while (!(await ClientsAsync(client)).Contains("cmd=blpop", StringComparison.Ordinal))
            await Task.Delay(20);

        await SendAsync(server, HttpMethod.Delete, "api/session", token);

        foreach (var response in await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(20)))
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        await WaitForNoConsoleAsync(client);
    }

    [Fact]
    public async Task A_session_that_is_not_used_ends_by_itself()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        var (session, _) = await ConsoleSession.OpenAsync(
            server.Server.EndPoint, CommandTable.Default, "", "", TimeSpan.FromMilliseconds(200),
            CancellationToken.None);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Task.Delay(TimeSpan.FromSeconds(30), session!.Ended));

        Assert.False(session!.TryUse());
        await WaitForNoConsoleAsync(client);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            session.MayRunAsync(["PING"], CancellationToken.None));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.ConnectAsync(CancellationToken.None));
        await WaitForNoConsoleAsync(client);
    }

    [Theory]
    [InlineData("-@all +hello", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData("-@all +info", HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData("-@all +command", HttpStatusCode.Forbidden, HttpStatusCode.OK)]
    public async Task Who_may_not_ask_the_server_is_not_told_by_the_console(
        string rights, HttpStatusCode stripes, HttpStatusCode reference)
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        await client.CallAsync(["ACL", "SETUSER", "ada", "on", ">engine", .. rights.Split(' ')]);
        var token = await LogInAsync(server, "ada", "engine");
        Assert.Equal(stripes, (await SendAsync(server, HttpMethod.Get, "api/stripes", token)).StatusCode);
        Assert.Equal(reference, (await SendAsync(server, HttpMethod.Get, "api/reference", token)).StatusCode);
    }

    [Fact]
    public async Task Commands_with_other_names_are_called_by_those()
    {
        var settings = WebServerUnderTest.Settings();
        await using var server = await WebServerUnderTest.StartAsync(settings with
        {
            Security = settings.Security with
            {
                RenameCommands =
                [
                    new ConfigLine("HELLO greet"), new ConfigLine("SELECT use"), new ConfigLine("CLIENT peer"),
                    new ConfigLine("SUBSCRIBE tune"),
                ],
            },
        });
        await using var client = await server.ConnectAsync();
        await client.CallAsync("USE", "3");
        await client.CallAsync("SET", "k", "three");
        var token = await LogInAsync(server);
        Assert.Equal("""[{"s":"OK"},{"s":"three"}]""", await RunAsync(server, token, 3, ["GET", "k"]));
        Assert.Equal("""[{"s":"OK"},null]""", await RunAsync(server, token, 0, ["GET", "k"]));
        Assert.Contains("name=console", (await client.CallAsync("PEER", "LIST")).Text, StringComparison.Ordinal);
        var body = JsonContent.Create(new { channels = new[] { "news" }, patterns = Array.Empty<string>() });
        using var response = await SendAsync(server, HttpMethod.Post, "api/messages", token, body);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Contains("subscribe", await lines.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HELLO", "the console needs HELLO")]
    [InlineData("SELECT", "There is no SELECT")]
    [InlineData("CLIENT", null)]
    public async Task What_is_missing_of_them_is_said(string name, string? said)
    {
        var settings = WebServerUnderTest.Settings();
        await using var server = await WebServerUnderTest.StartAsync(settings with
        {
            Security = settings.Security with { RenameCommands = [new ConfigLine($"{name} \"\"")] },
        });
        using var session = await server.Http.PostAsJsonAsync("api/session", new { user = "", password = "" });
        var text = await session.Content.ReadAsStringAsync();
        if (name != "HELLO")
        {
            var token = (string)JsonNode.Parse(text)!["token"]!;
            Assert.Equal("PONG", (string)JsonNode.Parse(await RunAsync(server, token, 0, ["PING"]))![1]!["s"]!);
            text = await RunAsync(server, token, 3, ["PING"]);
        }

        Assert.Contains(said ?? "PONG", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", 2_000_000)]
    [InlineData("\u0001\u0001\u0001\u0001\u0001\u0001\u0001\u0001", 400_000)]
    public async Task What_would_be_much_larger_as_JSON_costs_no_session(string element, int count)
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        await client.CallAsync(
            "EVAL", "local a = {} for i = 1, 4000 do a[i] = ARGV[1] end "
                + "for i = 1, ARGV[2] / 4000 do redis.call('rpush', 'l', unpack(a)) end", "0", element, $"{count}");
        Assert.Equal(count, (await client.CallAsync("LLEN", "l")).Integer);
        var token = await LogInAsync(server);
        var body = JsonContent.Create(new { commands = new[] { new[] { "LRANGE", "l", "0", "-1" } } });
        using var response = await SendAsync(server, HttpMethod.Post, "api/commands", token, body);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains(
            "larger than 16 MB as JSON", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("""[{"s":"OK"},{"s":"PONG"}]""", await RunAsync(server, token, 0, ["PING"]));
    }

    [Fact]
    public async Task Without_a_TCP_port_it_uses_the_Unix_socket()
    {
        using var folder = new TemporaryFolder();
        var settings = WebServerUnderTest.Settings();
        await using var server = await WebServerUnderTest.StartAsync(settings with
        {
            Network = settings.Network with { Port = 0, UnixSocket = Path.Combine(folder.Path, "r.sock") },
        });
        var token = await LogInAsync(server);
        Assert.Equal("""[{"s":"OK"},{"s":"PONG"}]""", await RunAsync(server, token, 0, ["PING"]));
    }

    private static async Task<string> RunAsync(
        WebServerUnderTest server, string token, int database, params string[][] commands)
    {
        using var response = await SendAsync(
            server, HttpMethod.Post, "api/commands", token, JsonContent.Create(new { database, commands }));
        return await response.Content.ReadAsStringAsync();
    }

    private static Task<WebServerUnderTest> StartAsync(ConsoleAccess access = ConsoleAccess.ReadOnly)
    {
        var settings = WebServerUnderTest.Settings();
        return WebServerUnderTest.StartAsync(settings with { Http = settings.Http with { Console = access } });
    }

    private static async Task<string> LogInAsync(WebServerUnderTest server, string user = "", string password = "")
    {
        using var response = await server.Http.PostAsJsonAsync("api/session", new { user, password });
        return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["token"]!;
    }

    private static async Task<string> ClientsAsync(RespClient client) =>
        (await client.CallAsync("CLIENT", "LIST")).Text!;

    private static async Task WaitForNoConsoleAsync(RespClient client)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await ClientsAsync(client)).Contains("name=console", StringComparison.Ordinal))
            await Task.Delay(20, patience.Token);
    }

    private static Task<HttpResponseMessage> SendAsync(
        WebServerUnderTest server, HttpMethod method, string path, string token, HttpContent? content = null) =>
        server.Http.SendAsync(
            new HttpRequestMessage(method, path)
            {
                Content = content,
                Headers = { { "X-RedisLite-Session", token } },
            },
            HttpCompletionOption.ResponseHeadersRead);
}
