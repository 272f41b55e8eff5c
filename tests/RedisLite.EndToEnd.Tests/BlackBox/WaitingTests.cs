using RedisLite.Commands.Server;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>
/// Clients that wait for lists, over real sockets: served, timed out, gone, with and without a disk to wait for.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class WaitingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Work_handed_from_queue_to_queue_arrives_once_and_is_on_disk_before_it_is_acknowledged(bool always)
    {
        const int Jobs = 500;
        using var folder = new TemporaryFolder();
        string digest;
        await using (var server = await StartAsync(folder, always))
        {
            var workers = Enumerable.Range(0, 8).Select(i => WorkAsync(server, i)).ToList();
            await using var producer = await server.ConnectAsync();
            for (var i = 0; i < Jobs; i++)
                await producer.CallAsync("LPUSH", i % 2 == 0 ? "jobs" : "urgent", $"{i}");
            var givenUpAt = Environment.TickCount64 + (long)RespClient.SafetyNet.TotalMilliseconds;
            while ((await producer.CallAsync("LLEN", "done")).Integer < Jobs)
                Assert.True(Environment.TickCount64 < givenUpAt, "Not all jobs were done.");
            for (var i = 0; i < workers.Count; i++)
                await producer.CallAsync("RPUSH", "jobs", "stop");
            var done = (await Task.WhenAll(workers)).SelectMany(jobs => jobs).Order().ToList();
            Assert.Equal(Enumerable.Range(0, Jobs), done);
            Assert.Equal(Jobs, (await producer.CallAsync("LLEN", "done")).Integer);
            digest = (await producer.CallAsync("DEBUG", "DIGEST")).Text;
            await server.StopAndCheckAsync();
        }

        await using var again = await StartAsync(folder, always);
        await using var client = await again.ConnectAsync();
        Assert.Equal(digest, (await client.CallAsync("DEBUG", "DIGEST")).Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Clients_that_leave_while_they_are_served_harm_nobody(bool always)
    {
        using var folder = new TemporaryFolder();
        await using var server = await StartAsync(folder, always);
        await using var producer = await server.ConnectAsync();
        for (var round = 0; round < 60; round++)
        {
            var leaving = await server.ConnectAsync();
            await using var staying = await server.ConnectAsync();
            await leaving.SendAsync("BLPOP", "q", "0");
            await UntilBlockedAsync(producer, 1);
            await staying.SendAsync("BLPOP", "q", "0");
            await UntilBlockedAsync(producer, 2);
            var pushing = producer.CallAsync("RPUSH", "q", "1", "2");
            leaving.Reset();
            await pushing;
            Assert.Contains((await staying.ReadReplyAsync()).Items[1].Text, (string[])["1", "2"]);
            await producer.CallAsync("DEL", "q");
        }

        await UntilBlockedAsync(producer, 0);
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData("0")]
    [InlineData("3600")]
    public async Task A_client_that_closes_while_it_waits_is_closed_at_once_and_takes_nothing(string timeout)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var producer = await server.ConnectAsync();
        await using var leaving = await server.ConnectAsync();
        await leaving.SendAsync("BLPOP", "q", timeout);
        await UntilBlockedAsync(producer, 1);
        leaving.HalfClose();
        Assert.Equal("", await leaving.ReadToEndAsync());
        await producer.CallAsync("RPUSH", "q", "1");
        Assert.Equal("1", (await producer.CallAsync("LPOP", "q")).Text);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Timeouts_of_a_fraction_of_a_second_end_by_themselves_and_pipelines_go_on()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        string[] pipeline = ["BLPOP a b 0.02", "BLMOVE a b LEFT LEFT 0.001", "PING", "BRPOP a 0.01", "ECHO end"];
        await client.SendRawAsync(pipeline.SelectMany(command => RespClient.Encode(command.Split(' '))).ToArray());
        Assert.True((await client.ReadReplyAsync()).IsNull);
        Assert.True((await client.ReadReplyAsync()).IsNull);
        Assert.Equal("PONG", (await client.ReadReplyAsync()).Text);
        Assert.True((await client.ReadReplyAsync()).IsNull);
        Assert.Equal("end", (await client.ReadReplyAsync()).Text);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_thousand_clients_on_one_key_are_served_in_order_and_the_rest_leaves_nothing_behind()
    {
        const int Clients = 1000;
        await using var server = await ServerUnderTest.StartAsync();
        await using var producer = await server.ConnectAsync();
        var clients = new List<RespClient>();
        for (var i = 0; i < Clients; i++)
        {
            clients.Add(await server.ConnectAsync());
            await clients[i].SendAsync("BLPOP", "q", "0");
            await UntilBlockedAsync(producer, i + 1);
        }

        for (var i = 0; i < Clients / 2; i += 50)
            await producer.CallAsync(["RPUSH", "q", .. Enumerable.Range(i, 50).Select(n => $"{n}")]);
        for (var i = 0; i < Clients / 2; i++)
            Assert.Equal($"{i}", (await clients[i].ReadReplyAsync()).Items[1].Text);
        foreach (var client in clients)
            client.Reset();
        await UntilBlockedAsync(producer, 0);
        Assert.Equal(0, (await producer.CallAsync("EXISTS", "q")).Integer);
        await server.StopAndCheckAsync();
    }

    private static async Task<List<int>> WorkAsync(ServerUnderTest server, int worker)
    {
        await using var client = await server.ConnectAsync();
        var done = new List<int>();
        while (true)
        {
            var reply = worker % 2 == 0
                ? (await client.CallAsync("BRPOP", "urgent", "jobs", "0")).Items[1]
                : (await client.CallAsync("BLMPOP", "0", "2", "jobs", "urgent", "RIGHT")).Items[1].Items[0];
            if (reply.Text == "stop")
                return done;
            done.Add(int.Parse(reply.Text, System.Globalization.CultureInfo.InvariantCulture));
            await client.CallAsync("RPUSH", "done", reply.Text);
        }
    }

    private static async Task UntilBlockedAsync(RespClient client, int clients)
    {
        var givenUpAt = Environment.TickCount64 + (long)RespClient.SafetyNet.TotalMilliseconds;
        while (!(await client.CallAsync("INFO", "clients")).Text.Contains(
            $"blocked_clients:{clients}\r\n", StringComparison.Ordinal))
            Assert.True(Environment.TickCount64 < givenUpAt, $"There are not {clients} blocked clients.");
    }

    private static Task<ServerUnderTest> StartAsync(TemporaryFolder folder, bool always)
    {
        var settings = ServerUnderTest.Settings();
        return ServerUnderTest.StartAsync(settings with
        {
            Persistence = settings.Persistence with
            {
                AppendOnly = true,
                AppendFsync = always ? AppendFsync.Always : AppendFsync.EverySec,
                Directory = folder.Path,
                LoadDump = true,
            },
        });
    }
}
