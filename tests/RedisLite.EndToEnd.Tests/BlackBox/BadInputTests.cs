using RedisLite.EndToEnd.Tests.Replication;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>
/// Bytes that are no request: a clear error, a closed connection, and a server that goes on as if nothing had been.
/// </summary>
public sealed class BadInputTests
{
    private const int InlineLimit = 64 * 1024;

    /// <summary>
    /// Breaches of the protocol that begin a multi-bulk request: RESP replies, the same as redis-server's.
    /// </summary>
    public static TheoryData<string> BrokenRequests =>
    [
        "*abc\r\n",
        "*2147483648\r\n",
        "*99999999999999999999\r\n",
        "* 1\r\n",
        "*1\r\n+PING\r\n",
        "*1\r\nPING\r\n",
        "*1\r\n:4\r\n",
        "*1\r\n\r\n",
        "*1\r\n$-1\r\n",
        "*1\r\n$-5\r\n",
        "*1\r\n$abc\r\n",
        "*1\r\n$536870913\r\n",
        "*1\r\n$99999999999999999999\r\n",
        "*1\r\n$ 4\r\nPING\r\n",
        "*2\r\n$4\r\nECHO\r\n$x\r\n",
        "*2\r\n$4\r\nPING\r\n*1\r\n",
        "*1\r\n$4\r\nPING\r\n*x\r\n",
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*2\r\n$3\r\nGET\r\n#1\r\nk\r\n",
        "*" + new string('1', InlineLimit + 100),
        "*1\r\n$" + new string('1', InlineLimit + 100),
    ];

    /// <summary>What other programs send by mistake, or on purpose; none of it begins a multi-bulk request.</summary>
    public static TheoryData<string, string> Strangers => new()
    {
        { "an endless line", new string('a', InlineLimit + 10) },
        { "an endless line of words", string.Concat(Enumerable.Repeat("word ", InlineLimit / 5 + 10)) },
        { "an open quote", "SET k \"never closed\r\n" },
        { "words glued to a quote", "SET k \"a\"b\r\n" },
        { "a TLS hello", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + new string('\x7f', 500) + "\r\n" },
        { "an SSH hello and more", "SSH-2.0-OpenSSH_9.2\r\n\0\0\x05\xdc\n" },
    };

    /// <summary>What a browser sends, when a web page has it speak to this port.</summary>
    public static TheoryData<string> HttpRequests =>
    [
        "POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 18\r\n\r\nSET stolen secret\r\n",
        "GET /index.html HTTP/1.1\r\nHost: example.org\r\nUser-Agent: x\r\n\r\nSET stolen secret\r\n",
        "OPTIONS /SET HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\n"
            + "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Private-Network: true\r\n\r\n",
        "POST /\r\nSET stolen secret\r\n",
        "post\r\nSET stolen secret\r\n",
        "PING\r\nHost: 127.0.0.1\r\nSET stolen secret\r\n",
        "*2\r\n$5\r\nhost:\r\n$1\r\nx\r\nSET stolen secret\r\n",
    ];

    [SkippableTheory]
    [MemberData(nameof(BrokenRequests))]
    public async Task A_broken_request_gets_the_oracles_error_and_the_connection_is_closed(string bytes)
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var server = await ServerUnderTest.StartAsync();
        var right = await AnswerAsync(oracle, bytes);
        Assert.Contains("-ERR Protocol error: ", right, StringComparison.Ordinal);
        Assert.Equal(right, await AnswerAsync(server, bytes));
        await AssertGoesOnAsync(server);
    }

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task A_stranger_is_told_and_shown_the_door(string what, string bytes)
    {
        await using var server = await ServerUnderTest.StartAsync();
        var answer = await AnswerAsync(server, bytes);
        Assert.True(answer.Contains("ERR Protocol error", StringComparison.Ordinal), $"{what} was answered: {answer}");
        await AssertGoesOnAsync(server);
    }

    [SkippableTheory]
    [MemberData(nameof(HttpRequests))]
    public async Task Http_ends_the_connection_as_in_redis_server_and_is_told_to_the_operator_once(string bytes)
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var server = await ServerUnderTest.StartAsync();
        foreach (var target in (ITestServer[])[oracle, server])
        {
            for (var i = 0; i < 3; i++)
                await AnswerAsync(target, bytes);
            await using var client = await RespClient.ConnectAsync(target.EndPoint);
            Assert.Equal(0, (await client.CallAsync("EXISTS", "stolen")).Integer);
        }

        // Lines take a way of their own to the log, and some may be lost when the server ends.
        await Eventually.IsAsync(() => Task.FromResult(server.Log.Complaints.Any(IsNotice)), true);
        await server.StopAndCheckAsync("Possible SECURITY ATTACK detected");
        Assert.Single(server.Log.Complaints, IsNotice);

        static bool IsNotice(string line) => line.Contains("SECURITY ATTACK", StringComparison.Ordinal)
            && line.Contains("Connection from 127.0.0.1:", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Random_junk_closes_or_answers_but_never_hangs_or_breaks_anything()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var random = new Random(20260101);
        for (var i = 0; i < 300; i++)
        {
            var junk = new byte[random.Next(1, 3000)];
            random.NextBytes(junk);
            if (i % 2 == 0)
                junk[0] = (byte)"*$+-:\r\n\0"[random.Next(8)];
            await using var client = await server.ConnectAsync();
            await SendUnlessClosedAsync(client, junk);
            await client.ReadToEndAsync();
        }

        await AssertGoesOnAsync(server);
    }

    [Fact]
    public async Task A_line_of_just_under_64_KiB_is_a_request()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        var text = new string('x', InlineLimit - 100);
        await client.SendRawAsync($"ECHO {text}\r\n");
        Assert.Equal(text, await client.ReadLineAsync());
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData("*0\r\n")]
    [InlineData("*-1\r\n")]
    [InlineData("*-5\r\n")]
    [InlineData("*-2147483649\r\n")]
    [InlineData("\r\n")]
    [InlineData("\n\n\r\n")]
    public async Task An_empty_request_gets_no_answer(string empty)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendRawAsync($"{empty}*1\r\n$4\r\nPING\r\n");
        client.HalfClose();
        Assert.Equal("+PONG\r\n", await client.ReadToEndAsync());
        await server.StopAndCheckAsync();
    }

    private static async Task<string> AnswerAsync(ITestServer server, string bytes)
    {
        await using var client = await RespClient.ConnectAsync(server.EndPoint);
        await SendUnlessClosedAsync(client, System.Text.Encoding.Latin1.GetBytes(bytes));
        return await client.ReadToEndAsync();
    }

    // The server may close, rightly, while the rest of the junk is still being sent.
    private static async Task SendUnlessClosedAsync(RespClient client, byte[] bytes)
    {
        try
        {
            await client.SendRawAsync(bytes);
            client.HalfClose();
        }
        catch (IOException)
        {
        }
        catch (System.Net.Sockets.SocketException)
        {
        }
    }

    private static async Task AssertGoesOnAsync(ServerUnderTest server)
    {
        await using (var client = await server.ConnectAsync())
            Assert.Equal("PONG", (await client.CallAsync("PING")).Text);
        await server.StopAndCheckAsync();
    }
}
