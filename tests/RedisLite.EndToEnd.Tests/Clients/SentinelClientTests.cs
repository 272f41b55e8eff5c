using System.Net;
using RedisLite.EndToEnd.Tests.Replication;
using RedisLite.EndToEnd.Tests.Support;
using StackExchange.Redis;

namespace RedisLite.EndToEnd.Tests.Clients;

/// <summary>Clients that ask Debian's redis-sentinel for the primary, and go on when that is another one.</summary>
public sealed class SentinelClientTests
{
    private const string Service = "mymaster";

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StackExchange_goes_on_with_the_new_primary_when_the_old_one_has_gone(bool isOurs)
    {
        var program = ExternalProgram.Require("redis-sentinel");
        using var folder = new TemporaryFolder();
        var primary = await Node.StartAsync(isOurs);
        await using var replica = await Node.StartAsync(isOurs);
        await replica.FollowAsync(primary.EndPoint);
        var (sentinel, endPoint) = await StartSentinelAsync(program, folder, primary, replica, downAfterMs: 5_000);
        await using var _ = sentinel;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
        {
            EndPoints = { endPoint },
            ServiceName = Service,
            ConnectTimeout = 30_000,
            SyncTimeout = 30_000,
            AsyncTimeout = 30_000,
        });
        var database = connection.GetDatabase();
        Assert.Equal("master", await RoleAsync(database));
        await database.StringSetAsync("before", "1");
        Assert.Equal(1, (int)await database.ExecuteAsync("WAIT", 1, 20_000));
        await primary.DisposeAsync();

        await sentinel.WaitForLineAsync("+switch-master");
        await UntilAsync(
            async () => await database.StringSetAsync("after", "2") && await database.StringGetAsync("before") == "1");

        // Sentinel has closed the connections of the server that it promoted.
        await using var client = await RespClient.ConnectAsync(replica.EndPoint);
        Assert.Equal("2", (await client.CallAsync("GET", "after")).Text);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ioredis_goes_on_with_the_new_primary_when_the_roles_are_changed(bool isOurs)
    {
        var program = ExternalProgram.Require("redis-sentinel");
        var node = NodeClientTests.RequireNode();
        using var folder = new TemporaryFolder();
        await using var primary = await Node.StartAsync(isOurs);
        await using var replica = await Node.StartAsync(isOurs);
        await replica.FollowAsync(primary.EndPoint);
        var (sentinel, endPoint) = await StartSentinelAsync(program, folder, primary, replica, downAfterMs: 60_000);
        await using var _ = sentinel;
        var (exitCode, said, errors) = await ChildProcess.RunAsync(
            node, ["sentinel.js", $"{endPoint.Address}", $"{endPoint.Port}", Service],
            workingDirectory: NodeClientTests.Scenarios);
        Assert.True(exitCode == 0, $"{said}{errors}{sentinel.Output}");
    }

    /// <summary>Starts a Sentinel; another program may be quicker to take a port that was free.</summary>
    /// <param name="program">redis-sentinel.</param>
    /// <param name="folder">For its files.</param>
    /// <param name="primary">What it watches over.</param>
    /// <param name="replica">Known to it on return.</param>
    /// <param name="downAfterMs">
    /// How long a silent server counts as there: long enough for one that is only slow. A failover may take as long,
    /// and is tried again after twice that.
    /// </param>
    private static async Task<(ChildProcess Process, IPEndPoint EndPoint)> StartSentinelAsync(
        string program, TemporaryFolder folder, Node primary, Node replica, int downAfterMs)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Next();
            var conf = Path.Combine(folder.Path, $"sentinel-{attempt}.conf");
            await File.WriteAllTextAsync(conf,
                $"port {port}\nbind 127.0.0.1\nsentinel monitor {Service} 127.0.0.1 {primary.EndPoint.Port} 1\n"
                + $"sentinel down-after-milliseconds {Service} {downAfterMs}\n"
                + $"sentinel failover-timeout {Service} {downAfterMs}\n");
            var process = ChildProcess.Start(program, [conf], folder.Path);
            try
            {
                await process.WaitForLineAsync($"+slave slave 127.0.0.1:{replica.EndPoint.Port}");
                return (process, new IPEndPoint(IPAddress.Loopback, port));
            }
            catch (InvalidOperationException) when (attempt < 5 && process.Output.Contains("already in use"))
            {
                await process.DisposeAsync();
            }
        }
    }

    private static async Task<string?> RoleAsync(IDatabase database) =>
        (string?)((RedisResult[])(await database.ExecuteAsync("ROLE"))!)[0];

    /// <summary>Asks again while the client has no connection to a primary.</summary>
    private static async Task UntilAsync(Func<Task<bool>> act)
    {
        using var timeout = new CancellationTokenSource(RespClient.SafetyNet);
        while (true)
        {
            try
            {
                if (await act())
                    return;
                timeout.Token.ThrowIfCancellationRequested();
            }
            catch (Exception e) when (e is RedisException or TimeoutException && !timeout.IsCancellationRequested)
            {
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }
}
