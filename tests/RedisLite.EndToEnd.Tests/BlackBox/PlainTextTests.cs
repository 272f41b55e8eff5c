using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>What somebody sees who types commands into nc or telnet: DESIGN.md, section 2.</summary>
public sealed class PlainTextTests
{
    private const string Said =
        "PING\nSET user:1000 alice\nGET user:1000\nEXISTS user:1000\nDEL user:1000\nGET user:1000\nEXIT\n";
    private const string Heard = "PONG\nOK\nalice\n1\n1\n(nil)\n";

    [SkippableFact]
    public async Task The_conversation_of_the_design_over_nc_is_the_same_byte_for_byte()
    {
        var nc = ExternalProgram.Require("nc");
        await using var server = await ServerUnderTest.StartAsync();
        var (exitCode, heard, _) = await ChildProcess.RunAsync(nc, ["127.0.0.1", $"{server.EndPoint.Port}"], Said);
        Assert.Equal(0, exitCode);
        Assert.Equal(Heard, heard);
        await server.StopAndCheckAsync();
    }

    [SkippableFact]
    public async Task A_client_that_says_no_more_gets_its_replies_over_nc()
    {
        var nc = ExternalProgram.Require("nc");
        await using var server = await ServerUnderTest.StartAsync();
        var (_, heard, _) = await ChildProcess.RunAsync(
            nc, ["-N", "127.0.0.1", $"{server.EndPoint.Port}"], "PING\r\nECHO bye\r\n");
        Assert.Equal("PONG\nbye\n", heard);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_client_that_closes_its_half_gets_every_reply_and_then_the_end()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendRawAsync(string.Concat(Enumerable.Repeat("PING\r\n", 1000)));
        client.HalfClose();
        Assert.Equal(string.Concat(Enumerable.Repeat("PONG\n", 1000)), await client.ReadToEndAsync());
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task The_conversation_is_the_same_line_by_line()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        var replies = Heard.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var (line, reply) in Said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Zip(replies))
        {
            await client.SendRawAsync($"{line}\r\n");
            Assert.Equal(reply, await client.ReadLineAsync());
        }

        await client.SendRawAsync("exit\n");
        Assert.Equal("", await client.ReadToEndAsync());
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task The_conversation_is_the_same_however_its_bytes_are_cut()
    {
        await using var server = await ServerUnderTest.StartAsync();
        for (var cut = 1; cut < Said.Length; cut++)
        {
            await using var client = await server.ConnectAsync();
            await client.SendRawAsync(Said[..cut]);
            await client.SendRawAsync(Said[cut..]);
            Assert.Equal(Heard, await client.ReadToEndAsync());
        }

        await using var slow = await server.ConnectAsync();
        foreach (var letter in Said)
            await slow.SendRawAsync($"{letter}");
        Assert.Equal(Heard, await slow.ReadToEndAsync());
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData("SET k \"a b\\x00\\n\"", "OK\n")]
    [InlineData("set 'it''s' x", "ERR Protocol error: unbalanced quotes in request\n")]
    [InlineData("GET missing", "(nil)\n")]
    [InlineData("MGET missing missing", "(nil)\n(nil)\n")]
    [InlineData("KEYS *", "(empty array)\n")]
    [InlineData("INCR n", "1\n")]
    [InlineData("NOSUCH a b", "ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' \n")]
    [InlineData("GET", "ERR wrong number of arguments for 'get' command\n")]
    [InlineData("   PING   ", "PONG\n")]
    [InlineData("\t ECHO \t two\twords", "ERR wrong number of arguments for 'echo' command\n")]
    [InlineData("\r\n\r\nPING", "PONG\n")]
    [InlineData("ECHO \"\"", "\n")]
    public async Task A_line_gets_a_plain_answer(string line, string answer)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendRawAsync($"{line}\r\n");
        client.HalfClose();
        Assert.Equal(answer, await client.ReadToEndAsync());
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Each_request_is_answered_in_its_own_form_and_after_the_first_RESP_request_all_in_RESP()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendRawAsync("PING\r\n*1\r\n$4\r\nPING\r\nPING\r\nGET missing\r\n");
        client.HalfClose();
        Assert.Equal("PONG\n+PONG\r\n+PONG\r\n$-1\r\n", await client.ReadToEndAsync());
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Inline_requests_are_answered_in_RESP_where_the_setting_says_so()
    {
        var settings = ServerUnderTest.Settings();
        await using var server = await ServerUnderTest.StartAsync(
            settings with { Protocol = settings.Protocol with { InlineReplies = InlineReplies.Resp } });
        await using var client = await server.ConnectAsync();
        await client.SendRawAsync("PING\r\nSET k v\r\nGET k\r\nGET missing\r\nEXISTS k\r\n");
        client.HalfClose();
        Assert.Equal("+PONG\r\n+OK\r\n$1\r\nv\r\n$-1\r\n:1\r\n", await client.ReadToEndAsync());
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_transaction_can_be_typed()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendRawAsync("MULTI\r\nSET k 1\r\nINCR k\r\nGET k\r\nEXEC\r\nEXIT\r\n");
        Assert.Equal("OK\nQUEUED\nQUEUED\nQUEUED\nOK\n2\n2\n", await client.ReadToEndAsync());
        await server.StopAndCheckAsync();
    }
}
