using System.Globalization;
using RedisLite.Commands.Server;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>
/// Clients that come, vanish, do not read, or are too many: each costs only itself, and leaves nothing behind.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class ClientLifeTests
{
    [Fact]
    public async Task Clients_that_vanish_in_the_middle_of_a_request_leave_nothing_behind()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var watcher = await server.ConnectAsync();
        await watcher.CallAsync("SET", "k", "v");
        await AllOthersGoneAsync(watcher);
        var before = await UsedMemoryAsync(watcher);
        for (var i = 0; i < 60; i++)
        {
            await using var client = await server.ConnectAsync();
            await client.SendRawAsync($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n{new string('x', 100_000)}");
            if (i % 2 == 0)
                client.Reset();
        }

        await AllOthersGoneAsync(watcher);
        Assert.Equal("v", (await watcher.CallAsync("GET", "k")).Text);
        Assert.Equal(before, await UsedMemoryAsync(watcher));
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Of_clients_that_take_more_than_maxmemory_clients_the_greediest_goes()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var watcher = await server.ConnectAsync();
        await using var greedy = await server.ConnectAsync();
        await using var modest = await server.ConnectAsync();
        await greedy.SendRawAsync($"*2\r\n$4\r\nECHO\r\n$40000000\r\n{new string('x', 8_000_000)}");
        await modest.SendRawAsync($"*2\r\n$4\r\nECHO\r\n$1000001\r\n{new string('x', 1_000_000)}");
        await watcher.CallAsync("CONFIG", "SET", "maxmemory-clients", "4mb");
        Assert.Equal("", await greedy.ReadToEndAsync());
        await modest.SendRawAsync("x\r\n");
        Assert.Equal(1_000_001, (await modest.ReadReplyAsync()).Text.Length);
        Assert.Contains(
            "evicted_clients:1\r\n", (await watcher.CallAsync("INFO", "stats")).Text, StringComparison.Ordinal);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task CLIENT_KILL_ends_a_client_that_does_not_read_and_what_it_was_sent()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var watcher = await server.ConnectAsync();
        await watcher.CallAsync("SET", "large", new string('x', 1_000_000));
        await using var silent = await server.ConnectAsync(receiveBufferSize: 4096);
        var id = (await silent.CallAsync("CLIENT", "ID")).Integer;
        for (var i = 0; i < 50; i++)
            await silent.SendAsync("GET", "large");
        while ((await watcher.CallAsync("CLIENT", "LIST", "ID", $"{id}")).Text.Contains(
            " omem=0 ", StringComparison.Ordinal))
            await Task.Yield();
        Assert.Equal(1, (await watcher.CallAsync("CLIENT", "KILL", "ID", $"{id}")).Integer);
        await AllOthersGoneAsync(watcher);
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData("QUIT\r\n")]
    [InlineData("*1\r\n$4\r\nQUIT\r\n")]
    [InlineData("EXIT\r\n")]
    [InlineData("PING\r\nQUIT\r\nPING\r\n")]
    [InlineData("*broken\r\n")]
    [InlineData("SUBSCRIBE a b c\r\nQUIT\r\n")]
    [InlineData("WATCH k\r\nMULTI\r\nSET k v\r\n")]
    public async Task Clients_that_say_something_and_are_gone_leave_nothing_behind(string lastWords)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var watcher = await server.ConnectAsync();
        for (var i = 0; i < 200; i++)
        {
            await using var client = await server.ConnectAsync();
            await client.SendRawAsync(lastWords);
            if (i % 3 == 0)
                client.HalfClose();
            else if (i % 3 == 1)
                client.Reset();
        }

        await AllOthersGoneAsync(watcher);
        Assert.Equal(0, (await watcher.CallAsync("EXISTS", "k")).Integer);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_client_that_does_not_read_costs_only_itself()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var watcher = await server.ConnectAsync();
        await watcher.CallAsync("SET", "big", new string('x', 1_000_000));
        await using (var deaf = await server.ConnectAsync(receiveBufferSize: 4096))
        {
            // 400 MB of replies that nobody takes: the server must stop asking for more instead of keeping them.
            await deaf.SendRawAsync(string.Concat(Enumerable.Repeat("*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n", 400)));
            for (var i = 0; i < 200; i++)
                Assert.Equal("PONG", (await watcher.CallAsync("PING")).Text);

            // By the server's own account: other tests run in this process as well.
            Assert.InRange(await ClientMemoryAsync(watcher), 0, 20_000_000);
            deaf.Reset();
        }

        await AllOthersGoneAsync(watcher);
        await server.StopAndCheckAsync();
    }

    private static async Task<long> ClientMemoryAsync(RespClient client)
    {
        var line = (await client.CallAsync("INFO", "memory")).Text.Split("\r\n").Single(
            field => field.StartsWith("mem_clients_normal:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(line.IndexOf(':') + 1), CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_is_closed_at_its_output_limit()
    {
        var settings = ServerUnderTest.Settings();
        await using var server = await ServerUnderTest.StartAsync(settings with
        {
            Clients = settings.Clients with { PubSubOutputBufferLimit = new OutputBufferLimit(4_000_000, 0, 0) },
        });
        await using var publisher = await server.ConnectAsync();
        await using var deaf = await server.ConnectAsync(receiveBufferSize: 4096);
        await using var keen = await server.ConnectAsync();
        await deaf.CallAsync("SUBSCRIBE", "news");
        await keen.CallAsync("SUBSCRIBE", "news");
        var message = new string('x', 100_000);
        var receivers = 2L;
        var published = 0;
        while (receivers == 2)
        {
            receivers = (await publisher.CallAsync("PUBLISH", "news", message)).Integer;
            Assert.Equal(message, (await keen.ReadAsync()).Items[2].Text);
            Assert.True(++published < 10_000, "1 GB was published to a client that does not read.");
        }

        Assert.Equal(1, receivers);
        await deaf.ReadToEndAsync();
        await server.Server.StopAsync();
    }

    [Fact]
    public async Task One_client_more_than_maxclients_is_told_so_and_may_come_back_when_there_is_room()
    {
        var settings = ServerUnderTest.Settings();
        await using var server = await ServerUnderTest.StartAsync(
            settings with { Network = settings.Network with { MaxClients = 10 } });
        var clients = new List<RespClient>();
        for (var i = 0; i < 10; i++)
        {
            clients.Add(await server.ConnectAsync());
            await clients[i].CallAsync("PING");
        }

        await using (var refused = await server.ConnectAsync())
            Assert.Equal("-ERR max number of clients reached\r\n", await refused.ReadToEndAsync());
        Assert.Equal("PONG", (await clients[0].CallAsync("PING")).Text);

        await clients[9].CallAsync("QUIT");
        Assert.Equal("", await clients[9].ReadToEndAsync());
        await ClientCountAsync(clients[0], 9);
        await using (var welcome = await server.ConnectAsync())
            Assert.Equal("PONG", (await welcome.CallAsync("PING")).Text);
        foreach (var client in clients)
            await client.DisposeAsync();
        await server.StopAndCheckAsync();
    }

    private static Task AllOthersGoneAsync(RespClient watcher) => ClientCountAsync(watcher, 1);

    /// <summary>Asks until so many clients are left; the client's own timeout ends it if they never are.</summary>
    private static async Task ClientCountAsync(RespClient watcher, int count)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var list = (await watcher.CallAsync("CLIENT", "LIST")).Text;
            if (list.Count(letter => letter == '\n') == count)
                return;
            Assert.True(
                TimeProvider.System.GetElapsedTime(started) < RespClient.SafetyNet, $"Clients are left:\n{list}");
        }
    }

    private static async Task<long> UsedMemoryAsync(RespClient watcher)
    {
        var memory = (await watcher.CallAsync("INFO", "memory")).Text;
        var line = memory.Split("\r\n").First(line => line.StartsWith("used_memory:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(line.IndexOf(':') + 1), CultureInfo.InvariantCulture);
    }
}
