using System.Net;
using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>
/// The real process with its event loop kept busy, so that reads are put off to the loop's next turns.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class BusyLoopTests : IAsyncLifetime
{
    private const int Clients = 64;

    private readonly ChildProcess _server = ServerProgram.Start("--port", "random", "--appendonly", "no");
    private IPEndPoint _endPoint = null!;

    public async Task InitializeAsync() =>
        _endPoint = new IPEndPoint(IPAddress.Loopback, await ServerProgram.WaitForPortAsync(_server));

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Every_client_gets_every_reply_in_order() =>
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            await using var connection = await RespClient.ConnectAsync(_endPoint);
            for (var i = 1; i <= 1000; i++)
                Assert.Equal(i, (await connection.CallAsync("INCR", $"n{client}")).Integer);
        }));

    [Fact]
    public async Task Clients_beside_one_that_sends_megabytes_are_served()
    {
        using var stop = new CancellationTokenSource();
        var heavy = SendHeavilyAsync(stop.Token);

        await Every_client_gets_every_reply_in_order();

        await stop.CancelAsync();
        Assert.True(await heavy > 0);
    }

    [Fact]
    public async Task Clients_that_vanish_while_their_read_is_put_off_leave_nothing_in_the_log()
    {
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            for (var round = 0; round < 5; round++)
            {
                await using var connection = await RespClient.ConnectAsync(_endPoint);
                for (var i = 0; i < 100; i++)
                    await connection.CallAsync("SET", $"k{client}", "v");
                await connection.SendAsync("GET", $"k{client}");
                connection.Reset();
            }
        }));

        await using var last = await RespClient.ConnectAsync(_endPoint);
        Assert.Equal("PONG", (await last.CallAsync("PING")).Text);
        Assert.DoesNotContain("dead letter", _server.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Exception", _server.Output, StringComparison.Ordinal);
    }

    /// <summary>Pipelines of a hundred values of 10 KiB, one after another.</summary>
    private async Task<int> SendHeavilyAsync(CancellationToken stop)
    {
        await using var connection = await RespClient.ConnectAsync(_endPoint);
        var value = new string('v', 10_000);
        var pipeline = Enumerable.Range(0, 100).SelectMany(i => RespClient.Encode("SET", $"heavy{i}", value)).ToArray();
        var replies = 0;
        while (!stop.IsCancellationRequested)
        {
            var sending = connection.SendRawAsync(pipeline);
            for (var i = 0; i < 100; i++, replies++)
                Assert.Equal("OK", (await connection.ReadReplyAsync()).Text);
            await sending;
        }

        return replies;
    }
}
