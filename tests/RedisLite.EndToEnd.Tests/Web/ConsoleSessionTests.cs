using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
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
            server.Server.EndPoint, "", "", TimeSpan.FromMilliseconds(200), CancellationToken.None);

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
