using System.Diagnostics;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>
/// Scripts that never end, against clients who do not need their keys; scripts on different keys at once.
/// </summary>
public sealed class ScriptTests
{
    // So many that each event loop of a small machine reads some of them.
    private const int ClientsOfEveryLoop = 8;

    public static TheoryData<string> Endless =>
    [
        "while true do end",
        "redis.call('set',KEYS[1],'dirty') while true do end",
        "while true do pcall(function() while true do end end) end",
        "while true do redis.call('set',KEYS[1],'dirty') end",
        "while true do string.rep('a', 100000) end",
        "return string.find(string.rep('a',100000), string.rep('a*',100)..'b')",
        "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
    ];

    [Theory]
    [MemberData(nameof(Endless))]
    public async Task An_endless_script_keeps_only_its_own_keys_and_leaves_nothing_when_it_is_killed(string script)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        await using var endless = await server.ConnectAsync();
        await client.CallAsync("CONFIG", "SET", "busy-reply-threshold", "50");
        await client.CallAsync("SET", "mine", "clean");
        var running = endless.CallAsync("EVAL", script, "1", "mine");
        await UntilSlowAsync(client);

        Assert.Equal("PONG", (await client.CallAsync("PING")).Text);
        Assert.Equal("OK", (await client.CallAsync("SET", "free", "1")).Text);
        Assert.Equal("1", (await client.CallAsync("EVAL", "return redis.call('get',KEYS[1])", "1", "free")).Text);
        Assert.StartsWith("BUSY ", (await client.CallAsync("GET", "mine")).Text, StringComparison.Ordinal);
        Assert.Equal("OK", (await client.CallAsync("SCRIPT", "KILL")).Text);
        Assert.StartsWith(
            "ERR Script killed by user with SCRIPT KILL. script: ", (await running).Text, StringComparison.Ordinal);
        Assert.Equal("clean", (await client.CallAsync("GET", "mine")).Text);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task An_endless_script_in_a_transaction_keeps_no_thread_that_reads_sockets()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        await using var endless = await server.ConnectAsync();
        await client.CallAsync("CONFIG", "SET", "busy-reply-threshold", "50");
        await endless.CallAsync("MULTI");
        await endless.CallAsync("EVAL", "redis.call('set',KEYS[1],'dirty') while true do end", "1", "mine");
        var running = endless.CallAsync("EXEC");
        await UntilSlowAsync(client);

        for (var i = 0; i < ClientsOfEveryLoop; i++)
        {
            await using var another = await server.ConnectAsync();
            Assert.Equal("PONG", (await another.CallAsync("PING")).Text);
            Assert.StartsWith("BUSY ", (await another.CallAsync("GET", "mine")).Text, StringComparison.Ordinal);
        }

        Assert.Equal("OK", (await client.CallAsync("SCRIPT", "KILL")).Text);
        Assert.StartsWith("ERR Script killed by user with SCRIPT KILL. script: ", (await running).Items[
            0].Text, StringComparison.Ordinal);
        Assert.Equal("0", (await client.CallAsync("EXISTS", "mine")).Text);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task An_endless_function_is_ended_by_its_own_command()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        await using var endless = await server.ConnectAsync();
        await client.CallAsync("CONFIG", "SET", "busy-reply-threshold", "50");
        await client.CallAsync("FUNCTION", "LOAD",
            "#!lua name=l\nredis.register_function('f', function(keys) redis.call('set', keys[1], 'dirty') while "
                + "true do end end)");
        var running = endless.CallAsync("FCALL", "f", "1", "mine");
        await UntilSlowAsync(client);
        Assert.StartsWith("BUSY ", (await client.CallAsync("SCRIPT", "KILL")).Text, StringComparison.Ordinal);
        Assert.Equal("OK", (await client.CallAsync("FUNCTION", "KILL")).Text);
        Assert.StartsWith("ERR Script killed by user", (await running).Text, StringComparison.Ordinal);
        Assert.Equal("0", (await client.CallAsync("EXISTS", "mine")).Text);
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData("local t = {} while true do t[#t + 1] = string.rep('x', 100000) end", "not enough memory")]
    [InlineData("return string.rep('x', 2000000000)", "not enough memory")]
    [InlineData("local function f() return 1 + f() end return f()", "stack overflow")]
    [InlineData("local t = setmetatable({}, {__index = function(t, k) return t[k] end}) return t.x", "stack overflow")]
    [InlineData("local t = {} t[1] = t return t", "reached lua stack limit")]
    [InlineData("local e = {} e.err = e error(e)", "no field 'err'")]
    [InlineData("_G.x = 1", "Attempt to modify a readonly table")]
    public async Task A_hostile_script_ends_with_an_error_and_its_client_is_served_on(string script, string error)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.CallAsync("SET", "mine", "clean");
        Assert.Contains(
            error, (await client.CallAsync("EVAL", "redis.call('set',KEYS[1],'dirty') " + script, "1", "mine")).Text,
            StringComparison.Ordinal);
        Assert.Equal("PONG", (await client.CallAsync("PING")).Text);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task The_server_ends_while_a_script_does_not()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        await using var endless = await server.ConnectAsync();
        await client.CallAsync("CONFIG", "SET", "busy-reply-threshold", "50");
        _ = endless.CallAsync("EVAL", "redis.call('flushall') while true do end", "0");
        await UntilSlowAsync(client);
        Assert.StartsWith("UNKILLABLE ", (await client.CallAsync("SCRIPT", "KILL")).Text, StringComparison.Ordinal);
        Assert.StartsWith("BUSY ", (await client.CallAsync("SHUTDOWN")).Text, StringComparison.Ordinal);
    }

    private static async Task UntilSlowAsync(RespClient client)
    {
        var started = Stopwatch.GetTimestamp();
        while ((await client.CallAsync("FUNCTION", "STATS")).Items[1].Items.Count == 0)
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "the script did not become slow");
    }
}
