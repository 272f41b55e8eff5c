using System.Net;
using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>Servers that end and come back, and Debian's Sentinel that watches over them.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task A_primary_that_comes_back_with_its_snapshot_goes_on_with_its_replica()
    {
        using var folder = new TemporaryFolder();
        var port = FreePort.Next();
        await using var replica = await Node.StartAsync(isOurs: true);
        await using (var first = Start(folder, port))
        {
            await ServerProgram.WaitForPortAsync(first);
            await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            await replica.FollowAsync(new IPEndPoint(IPAddress.Loopback, port));
            await client.CallAsync("SELECT", "3");
            await client.CallAsync("SET", "a", "1");
            await Eventually.IsAsync(async () => (await client.CallAsync("WAIT", "1", "1000")).Integer, 1L);
            first.Terminate();
            Assert.Equal(0, await first.WaitForExitAsync());
        }

        await using var second = Start(folder, port);
        await ServerProgram.WaitForPortAsync(second);
        await using var again = await Node.OfAsync(new RunningServer(port));
        await replica.UntilAsync("master_link_status", "up");
        await again.CallAsync("SET", "b", "2");
        await replica.AgreesWithAsync(again);
        Assert.Equal(
            ("0", "1"),
            (await again.FieldAsync("sync_full", "stats"), await again.FieldAsync("sync_partial_ok", "stats")));
    }

    [SkippableFact]
    public async Task Sentinel_promotes_a_replica_when_the_primary_has_gone()
    {
        var program = ExternalProgram.Require("redis-sentinel");
        using var folder = new TemporaryFolder();
        var primary = await Node.StartAsync(isOurs: true);
        await using var first = await Node.StartAsync(isOurs: true);
        await using var second = await Node.StartAsync(isOurs: true);
        await first.FollowAsync(primary.EndPoint);
        await second.FollowAsync(primary.EndPoint);
        await primary.CallAsync("SET", "a", "1");
        await primary.Client.CallAsync("WAIT", "2", "10000");
        var conf = Path.Combine(folder.Path, "sentinel.conf");
        await File.WriteAllTextAsync(conf,
            $"port {FreePort.Next()}\nsentinel monitor mymaster 127.0.0.1 {primary.EndPoint.Port} 1\n"
            + "sentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 10000\n");
        await using var sentinel = ChildProcess.Start(program, [conf], folder.Path);
        await sentinel.WaitForLineAsync($"+slave slave 127.0.0.1:{first.EndPoint.Port}");
        await sentinel.WaitForLineAsync($"+slave slave 127.0.0.1:{second.EndPoint.Port}");
        await primary.DisposeAsync();

        await sentinel.WaitForLineAsync("+switch-master");
        var (one, two) = (first.EndPoint, second.EndPoint);
        await Eventually.IsAsync(
            async () => string.Join(' ', new[] { await AskAsync(one, "role"), await AskAsync(two, "role") }.Order()),
            "master slave");
        var (newPrimary, follower) = await AskAsync(one, "role") == "master" ? (one, two) : (two, one);
        await Eventually.IsAsync(() => AskAsync(follower, "master_port"), $"{newPrimary.Port}");
        await Eventually.IsAsync(() => AskAsync(follower, "master_link_status"), "up");
        await using var promoted = await Node.OfAsync(new RunningServer(newPrimary.Port));
        await using var other = await Node.OfAsync(new RunningServer(follower.Port));
        Assert.Equal("OK", await promoted.CallAsync("SET", "b", "2"));
        await other.AgreesWithAsync(promoted);
        Assert.Equal("1", await other.CallAsync("GET", "a"));
    }

    /// <summary>
    /// By a connection of its own each time: Sentinel closes those of clients when it changes a role.
    /// </summary>
    private static async Task<string> AskAsync(IPEndPoint endPoint, string field)
    {
        try
        {
            await using var node = await Node.OfAsync(new RunningServer(endPoint.Port));
            return await node.FieldAsync(field);
        }
        catch (Exception e) when (e is IOException or EndOfStreamException)
        {
            return "";
        }
    }

    private static ChildProcess Start(TemporaryFolder folder, int port) => ServerProgram.Start(
        folder, "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder.Path, "--appendonly", "no",
        "--save", "3600 1",
        "--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes");

    private sealed class RunningServer(int port) : ITestServer
    {
        public string Name => "redislite-server";

        public IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, port);

        public ValueTask DisposeAsync() => default;
    }
}
