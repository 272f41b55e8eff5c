using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>Thousands of clients at once.</summary>
[Collection(AloneCollection.Name)]
public sealed class CrowdTests
{
    private const int ConnectingAtOnce = 100;

    [SkippableFact]
    public async Task Five_thousand_idle_clients_are_held_while_another_works()
    {
        const int crowd = 5000;
        SkipUnlessFilesSuffice(2 * crowd);
        await using var server = await ServerUnderTest.StartAsync();
        var idle = await ConnectAsync(server, crowd);
        await using (var worker = await server.ConnectAsync())
        {
            for (var i = 0; i < 2000; i++)
            {
                Assert.Equal("OK", (await worker.CallAsync("SET", $"k{i}", $"{i}")).Text);
                Assert.Equal($"{i}", (await worker.CallAsync("GET", $"k{i}")).Text);
            }

            Assert.Contains($"connected_clients:{crowd + 1}\r\n", (
                await worker.CallAsync("INFO", "clients")).Text, StringComparison.Ordinal);
        }

        // They were idle, not dead.
        for (var i = 0; i < crowd; i += 50)
            Assert.Equal("PONG", (await idle[i].CallAsync("PING")).Text);
        await DisposeAsync(idle);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Two_thousand_clients_at_work_all_get_their_own_replies()
    {
        const int crowd = 2000;
        await using var server = await ServerUnderTest.StartAsync();
        var clients = await ConnectAsync(server, crowd);
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            for (var round = 0; round < 5; round++)
            {
                Assert.Equal("OK", (await client.CallAsync("SET", $"own{i}", $"{i}-{round}")).Text);
                Assert.Equal($"{i}-{round}", (await client.CallAsync("GET", $"own{i}")).Text);
                await client.CallAsync("INCR", "all");
            }
        }));
        Assert.Equal($"{crowd * 5}", (await clients[0].CallAsync("GET", "all")).Text);
        await DisposeAsync(clients);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_thousand_clients_are_closed_in_order_when_the_server_stops()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var clients = await ConnectAsync(server, 1000);
        var ends = Task.WhenAll(clients.Select(client => client.ReadToEndAsync()));
        await server.StopAndCheckAsync();
        Assert.All(await ends, rest => Assert.Equal("", rest));
        await DisposeAsync(clients);
    }

    [Fact]
    public async Task A_client_in_mid_pipeline_gets_the_reply_to_everything_that_took_effect()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        var requests = Enumerable.Repeat(RespClient.Encode("INCR", "n"), 200_000).SelectMany(bytes => bytes).ToArray();
        var sending = SendUntilClosedAsync(client, requests);
        var replies = 0;
        while (replies < 1000)
            Assert.Equal(++replies, (await client.ReadReplyAsync()).Integer);

        var stopping = server.StopAndCheckAsync();
        var rest = await client.ReadToEndAsync();
        await stopping;
        await sending;
        var lines = rest.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        // Whole replies, one for each request up to the last that ran, and nothing after it.
        Assert.True(rest.Length == 0 || rest.EndsWith("\r\n", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(1001, lines.Length).Select(i => $":{i}"), lines);
    }

    [Fact]
    public async Task Two_servers_live_in_one_process_without_knowing_each_other()
    {
        await using var first = await ServerUnderTest.StartAsync();
        await using var second = await ServerUnderTest.StartAsync();
        await using (var client = await first.ConnectAsync())
            await client.CallAsync("SET", "k", "first");
        await using (var client = await second.ConnectAsync())
            Assert.True((await client.CallAsync("GET", "k")).IsNull);
        await first.StopAndCheckAsync();
        await using (var client = await second.ConnectAsync())
            Assert.Equal("OK", (await client.CallAsync("SET", "k", "second")).Text);
        await second.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_port_in_use_is_told_by_its_address()
    {
        await using var first = await ServerUnderTest.StartAsync();
        var settings = ServerUnderTest.Settings();
        settings = settings with { Network = settings.Network with { Port = first.EndPoint.Port } };
        var refused = await Assert.ThrowsAsync<ServerStartException>(() => ServerUnderTest.StartAsync(settings));
        Assert.Contains($"127.0.0.1:{first.EndPoint.Port}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        await first.StopAndCheckAsync();
    }

    private static async Task SendUntilClosedAsync(RespClient client, byte[] requests)
    {
        try
        {
            await client.SendRawAsync(requests);
        }
        catch (IOException)
        {
            // The server has stopped reading, as it should.
        }
    }

    private static async Task<RespClient[]> ConnectAsync(ServerUnderTest server, int count)
    {
        var clients = new RespClient[count];
        await Parallel.ForAsync(
            0, count, new ParallelOptions { MaxDegreeOfParallelism = ConnectingAtOnce }, async (i, _) =>
        {
            clients[i] = await server.ConnectAsync();
            await clients[i].CallAsync("PING");
        });
        return clients;
    }

    private static async Task DisposeAsync(RespClient[] clients)
    {
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    private static void SkipUnlessFilesSuffice(int needed)
    {
        const string limits = "/proc/self/limits";
        if (!File.Exists(limits))
            return;
        // .NET raises its own soft limit to the hard one.
        var line = File.ReadLines(limits).First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var hard = line["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        ExternalProgram.SkipUnless(
            hard == "unlimited" || int.Parse(hard, System.Globalization.CultureInfo.InvariantCulture) > needed + 500,
            $"{needed} open files are needed, and the system allows {hard}");
    }
}
