using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using RedisLite.Configuration;

namespace RedisLite.EndToEnd.Tests.Web;

/// <summary>What the console lets through, and whom it keeps out.</summary>
public sealed class ConsoleApiTests
{
    [Fact]
    public async Task Replies_of_all_kinds_come_as_JSON()
    {
        await using var server = await StartAsync(ConsoleAccess.ReadWrite);
        var token = await LogInAsync(server);
        var replies = await RunAsync(
            server, token, ["SET", "a", "ä"], ["GET", "a"], ["GET", "b"], ["INCR", "n"], ["LPUSH", "a", "1"],
            ["CONFIG", "GET", "hz"], ["ZADD", "z", "1.5", "m"], ["ZSCORE", "z", "m"], ["NOSUCH"]);
        Assert.Equal(
            """[{"s":"OK"},{"s":"\u00E4"},null,{"i":"1"},"""
            + """{"e":"WRONGTYPE Operation against a key holding the wrong kind of value"},"""
            + """{"m":[[{"s":"hz"},{"s":"10"}]]},{"i":"1"},{"d":"1.5"},"""
            + """{"e":"ERR unknown command \u0027NOSUCH\u0027, with args beginning with: "}]""",
            replies);
    }

    [Fact]
    public async Task Bytes_come_and_go_as_they_are()
    {
        await using var server = await StartAsync(ConsoleAccess.ReadWrite);
        var token = await LogInAsync(server);
        Assert.Equal("""[{"s":"OK"},{"x":"/wBB"}]""", await RunAsync(
            server, token, ["SET", "k", new JsonObject { ["x"] = "/wBB" }], ["GET", "k"]));
    }

    [Theory]
    [InlineData(true, "SET", "a", "1")]
    [InlineData(true, "FLUSHALL")]
    [InlineData(true, "CONFIG", "SET", "maxmemory", "1")]
    [InlineData(true, "SHUTDOWN", "NOSAVE")]
    [InlineData(true, "EVAL", "return 1", "0")]
    [InlineData(true, "DEBUG", "SLEEP", "0")]
    [InlineData(true, "BLPOP", "a", "0")]
    [InlineData(true, "CLIENT", "KILL", "TYPE", "normal")]
    [InlineData(true, "SLOWLOG", "RESET")]
    [InlineData(true, "PUBLISH", "a", "b")]
    [InlineData(true, "MULTI")]
    [InlineData(true, "GETDEL", "a")]
    [InlineData(true, "SORT", "a", "STORE", "b")]
    [InlineData(true, "REPLICAOF", "NO", "ONE")]
    [InlineData(true, "MONITOR")]
    [InlineData(true, "SUBSCRIBE", "a")]
    [InlineData(true, "HELLO", "2")]
    [InlineData(true, "DEL", "help")]
    [InlineData(true, "GETDEL", "HELP")]
    [InlineData(true, "NOSUCH", "help")]
    [InlineData(true, "NOSUCH")]
    [InlineData(true, "EVAL_RO", "return 1", "0")]
    [InlineData(true, "EVALSHA_RO", "0123456789012345678901234567890123456789", "0")]
    [InlineData(true, "FCALL_RO", "f", "0")]
    [InlineData(false, "CLIENT", "Help")]
    [InlineData(false, "GET", "help")]
    [InlineData(false, "GET", "a")]
    [InlineData(false, "INFO")]
    [InlineData(false, "SLOWLOG", "GET")]
    [InlineData(false, "CLIENT", "LIST")]
    [InlineData(false, "CONFIG", "GET", "maxmemory")]
    [InlineData(false, "MEMORY", "USAGE", "a")]
    public async Task A_read_only_console_changes_nothing(bool isRefused, params string[] command)
    {
        await using var server = await StartAsync();
        var token = await LogInAsync(server);
        var replies = await RunAsync(server, token, command);
        Assert.Equal(isRefused, replies.Contains("{\"e\":\"ERR", StringComparison.Ordinal));
        if (isRefused)
            Assert.Matches("the console is read-only|is not for the console", replies);
    }

    [Fact]
    public async Task A_read_only_console_knows_commands_by_the_names_that_the_server_gives_them()
    {
        var settings = WebServerUnderTest.Settings();
        await using var server = await WebServerUnderTest.StartAsync(settings with
        {
            Security = settings.Security with
            {
                RenameCommands =
                [
                    new ConfigLine("FLUSHALL \"w\\x69pe\""), new ConfigLine("EVAL ev"), new ConfigLine("CONFIG cfg"),
                    new ConfigLine("GET ''"), new ConfigLine("DEL get"), new ConfigLine("STRLEN length"),
                    new ConfigLine("cfg conf"),
                ],
            },
        });
        var token = await LogInAsync(server);
        await using var client = await server.ConnectAsync();
        await client.CallAsync("SET", "a", "12345");
        foreach (var refused in (string[][])
                 [
                     ["wipe"], ["ev", "return 1", "0"], ["conf", "set", "maxmemory", "0"], ["cfg", "get", "hz"],
                     ["get", "a"], ["STRLEN", "a"], ["FLUSHALL"],
                 ])
            Assert.Contains("read-only", await RunAsync(server, token, refused), StringComparison.Ordinal);
        Assert.Equal("""[{"i":"5"},{"m":[[{"s":"hz"},{"s":"10"}]]}]""",
            await RunAsync(server, token, ["LENGTH", "a"], ["conf", "get", "hz"]));

        using var response = await AskAsync(server, HttpMethod.Get, "api/reference", token);
        var names = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsArray()
            .Select(command => (string)command!["name"]!).ToList();
        Assert.Contains("LENGTH", names);
        Assert.Contains("CONF GET", names);
        Assert.DoesNotContain("STRLEN", names);
        Assert.DoesNotContain("CONFIG GET", names);
        Assert.DoesNotContain("GET", names);
    }

    [SkippableFact]
    public async Task From_another_machine_only_a_user_with_a_password_comes_in()
    {
        var own = (await Dns.GetHostAddressesAsync(Dns.GetHostName())).FirstOrDefault(address =>
            address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
        Skip.If(own is null, "this machine has no other address");
        var settings = WebServerUnderTest.Settings();
        await using var server = await WebServerUnderTest.StartAsync(settings with
        {
            Http = settings.Http with { Bind = ["*"] },
        });
        await using var client = await server.ConnectAsync();
        await client.CallAsync("ACL", "SETUSER", "ada", "on", ">engine", "+@all", "~*");
        await client.CallAsync("ACL", "SETUSER", "open", "on", "nopass", "+@all", "~*");
        foreach (var (user, password, status) in ((string, string, HttpStatusCode)[])
                 [
                     ("", "", HttpStatusCode.Unauthorized), ("", "x", HttpStatusCode.Unauthorized),
                     ("default", "x", HttpStatusCode.Unauthorized), ("open", "x", HttpStatusCode.Unauthorized),
                     ("ada", "x", HttpStatusCode.Unauthorized), ("ada", "engine", HttpStatusCode.OK),
                 ])
        {
            var address = new Uri($"http://{own}:{server.Http.BaseAddress!.Port}/api/session");
            using var response = await server.Http.PostAsJsonAsync(address, new { user, password });
            Assert.Equal(status, response.StatusCode);
        }
    }

    [Fact]
    public async Task Without_a_session_there_is_nothing()
    {
        await using var server = await StartAsync();
        foreach (var path in (string[])["api/reference", "api/stripes", "api/none"])
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.Http.GetAsync(path)).StatusCode);
        var token = await LogInAsync(server);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, HttpMethod.Get, "api/stripes", token)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent,
            (await AskAsync(server, HttpMethod.Delete, "api/session", token)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized,
            (await AskAsync(server, HttpMethod.Get, "api/stripes", token)).StatusCode);
    }

    [Fact]
    public async Task The_password_is_that_of_the_server()
    {
        await using var server = await StartAsync(password: "swordfish");
        foreach (var (user, password, isRight) in ((string, string, bool)[])
                 [("", "", false), ("", "wrong", false), ("nobody", "swordfish", false), ("", "swordfish", true),
                     ("default", "swordfish", true)])
        {
            var response = await server.Http.PostAsJsonAsync("api/session", new { user, password });
            var body = await response.Content.ReadAsStringAsync();
            if (response.StatusCode == HttpStatusCode.OK)
            {
                var token = (string)JsonNode.Parse(body)!["token"]!;
                var replies = await RunAsync(server, token, ["GET", "a"]);
                Assert.Equal(isRight, replies == "[null]");
            }
            else
            {
                Assert.False(isRight, body);
                Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            }
        }
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task A_page_of_another_site_is_refused(string header, string value)
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/session")
        {
            Content = JsonContent.Create(new { user = "", password = "" }),
            Headers = { { header, value } },
        };
        using var response = await server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_browser_s_preflight_is_not_answered()
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Options, "api/commands")
        {
            Headers = { { "Origin", "http://evil.example" }, { "Access-Control-Request-Method", "POST" } },
        };
        using var response = await server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.DoesNotContain(response.Headers, header =>
            header.Key.StartsWith("Access-Control", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rebound.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("redis.internal", HttpStatusCode.OK)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]", HttpStatusCode.OK)]
    public async Task A_name_that_is_not_this_machine_s_is_refused(string host, HttpStatusCode status)
    {
        var settings = WebServerUnderTest.Settings();
        await using var server = await WebServerUnderTest.StartAsync(settings with
        {
            Http = settings.Http with { AllowedHosts = ["redis.internal"] },
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = host } };
        Assert.Equal(status, (await server.Http.SendAsync(request)).StatusCode);
        using var metrics = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Host = host } };
        Assert.Equal(status, (await server.Http.SendAsync(metrics)).StatusCode);
    }

    [Fact]
    public async Task Pages_may_load_nothing_from_elsewhere()
    {
        await using var server = await StartAsync();
        using var response = await server.Http.GetAsync("/");
        Assert.Contains("default-src 'none'; script-src 'self'",
            response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("text/javascript", (await server.Http.GetAsync("/app.js")).Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task The_console_can_be_off()
    {
        await using var server = await StartAsync(ConsoleAccess.Off);
        Assert.Equal("/metrics\n/healthz\n/readyz\n", await server.Http.GetStringAsync("/"));
        foreach (var path in (string[])["/app.js", "/index.html", "/api/stripes"])
            Assert.Equal(HttpStatusCode.NotFound, (await server.Http.GetAsync(path)).StatusCode);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"commands\":[[]]}")]
    [InlineData("{\"commands\":[[1]]}")]
    [InlineData("{\"commands\":[[{\"x\":\"?\"}]]}")]
    [InlineData("no JSON")]
    public async Task A_request_that_is_none_is_refused_and_the_session_goes_on(string body)
    {
        await using var server = await StartAsync();
        var token = await LogInAsync(server);
        using var content = new StringContent(body);
        Assert.Equal(
            HttpStatusCode.BadRequest,
                (await AskAsync(server, HttpMethod.Post, "api/commands", token, content)).StatusCode);
        Assert.Equal("""[{"s":"PONG"}]""", await RunAsync(server, token, ["PING"]));
    }

    [Fact]
    public async Task A_reply_that_is_too_large_costs_no_session()
    {
        await using var server = await StartAsync(ConsoleAccess.ReadWrite);
        var token = await LogInAsync(server);
        await RunAsync(server, token, ["SETRANGE", "big", "20000000", "x"]);
        var get = JsonContent.Create(new { commands = new[] { new[] { "GET", "big" } } });
        using var response = await AskAsync(server, HttpMethod.Post, "api/commands", token, get);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("""[{"s":"PONG"}]""", await RunAsync(server, token, ["PING"]));
    }

    [Fact]
    public async Task Replies_that_are_too_large_together_cost_no_session()
    {
        await using var server = await StartAsync(ConsoleAccess.ReadWrite);
        var token = await LogInAsync(server);
        await RunAsync(server, token, ["SETRANGE", "big", "2000000", "x"]);
        foreach (var (count, status) in ((int, HttpStatusCode)[])
                 [(1, HttpStatusCode.OK), (60, HttpStatusCode.BadGateway)])
        {
            var gets = JsonContent.Create(new { commands = Enumerable.Repeat<string[]>(["GET", "big"], count) });
            using var response = await AskAsync(server, HttpMethod.Post, "api/commands", token, gets);
            Assert.Equal(status, response.StatusCode);
        }

        Assert.Equal("""[{"s":"PONG"}]""", await RunAsync(server, token, ["PING"]));
    }

    [Fact]
    public async Task A_request_that_is_too_large_is_told_so()
    {
        await using var server = await StartAsync();
        var token = await LogInAsync(server);

        // The server closes after its answer: a client that still sent would see that alone.
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/commands")
        {
            Content = new StringContent(new string(' ', 2 * 1024 * 1024)),
            Headers = { { "X-RedisLite-Session", token }, { "Expect", "100-continue" } },
        };
        using var response = await server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    private static Task<WebServerUnderTest> StartAsync(ConsoleAccess access = ConsoleAccess.ReadOnly, string password =
        "")
    {
        var settings = WebServerUnderTest.Settings();
        return WebServerUnderTest.StartAsync(settings with
        {
            Http = settings.Http with { Console = access },
            Security = settings.Security with { RequirePass = password },
        });
    }

    private static async Task<string> LogInAsync(WebServerUnderTest server)
    {
        using var response = await server.Http.PostAsJsonAsync("api/session", new { user = "", password = "" });
        return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["token"]!;
    }

    private static async Task<string> RunAsync(WebServerUnderTest server, string token, params object[][] commands)
    {
        using var content = JsonContent.Create(new { commands });
        using var response = await AskAsync(server, HttpMethod.Post, "api/commands", token, content);
        return await response.Content.ReadAsStringAsync();
    }

    private static Task<HttpResponseMessage> AskAsync(
        WebServerUnderTest server, HttpMethod method, string path, string token, HttpContent? content = null) =>
        server.Http.SendAsync(new HttpRequestMessage(method, path)
        {
            Content = content,
            Headers = { { "X-RedisLite-Session", token } },
        });
}
