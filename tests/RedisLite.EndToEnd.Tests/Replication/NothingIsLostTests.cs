using System.Net;
using RedisLite.EndToEnd.Tests.Replication.Faults;
using RedisLite.EndToEnd.Tests.Support;
using StackExchange.Redis;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>Under load, a change of roles that promises it loses no write that was acknowledged.</summary>
public sealed class NothingIsLostTests
{
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FAILOVER_under_load_loses_no_acknowledged_write(bool isOtherOurs)
    {
        await using var first = await Node.StartAsync(isOurs: true);
        await using var second = await Node.StartAsync(isOtherOurs);
        await second.FollowAsync(first.EndPoint);
        await using var writes = new AcknowledgedWrites(() => [first.EndPoint, second.EndPoint], replicas: 0);
        var (primary, replica) = (first, second);
        for (var times = 0; times < 6; times++)
        {
            await writes.UntilMoreAsync(200);
            await Eventually.IsAsync(
                () => primary.CallAsync(
                    "FAILOVER", "TO", "127.0.0.1", $"{replica.EndPoint.Port}", "TIMEOUT", "60000"), "OK");
            await primary.UntilAsync("role", "slave");
            await primary.UntilAsync("master_failover_state", "no-failover");
            await primary.UntilAsync("master_link_status", "up");
            Assert.Equal("master", await replica.FieldAsync("role"));
            (primary, replica) = (replica, primary);
        }

        await writes.UntilMoreAsync(200);
        await writes.VerifyAsync(primary.Client);
        await replica.AgreesWithAsync(primary);
        Assert.Equal(1, await CopiesAsync(first) + await CopiesAsync(second));
    }

    [SkippableFact]
    public async Task A_failover_by_Sentinel_loses_no_write_that_WAIT_has_seen_on_all_replicas()
    {
        var program = ExternalProgram.Require("redis-sentinel");
        using var folder = new TemporaryFolder();
        await using var primary = new FaultNode("primary", isOurs: true, Files.None);
        await using var first = new FaultNode("first", isOurs: true, Files.None);
        await using var second = new FaultNode("second", isOurs: true, Files.None);
        FaultNode[] all = [primary, first, second];
        await primary.StartAsync(null);
        await first.StartAsync(primary);
        await second.StartAsync(primary);
        await using var writes = new AcknowledgedWrites(
            () => [.. all.Select(node => node.EndPoint).OfType<IPEndPoint>()], replicas: 2);
        await writes.UntilMoreAsync(100);
        var (conf, port) = (Path.Combine(folder.Path, "sentinel.conf"), FreePort.Next());
        await File.WriteAllTextAsync(conf,
            $"port {port}\nsentinel monitor mymaster 127.0.0.1 {primary.Link.EndPoint.Port} 1\n"
            + "sentinel down-after-milliseconds mymaster 2000\nsentinel failover-timeout mymaster 20000\n");
        await using var sentinel = ChildProcess.Start(program, [conf], folder.Path);
        await sentinel.WaitForLineAsync($"+slave slave 127.0.0.1:{first.Link.EndPoint.Port}");
        await sentinel.WaitForLineAsync($"+slave slave 127.0.0.1:{second.Link.EndPoint.Port}");
        await writes.UntilMoreAsync(200);
        await using var redis = await ConnectionMultiplexer.SentinelConnectAsync(
            $"127.0.0.1:{port},abortConnect=false");
        await using var served = redis.GetSentinelMasterConnection(
            ConfigurationOptions.Parse("serviceName=mymaster,abortConnect=false,connectRetry=1"));
        await served.GetDatabase().StringSetAsync("of StackExchange.Redis", "before");
        await primary.KillAsync();

        await sentinel.WaitForLineAsync("+switch-master");
        await Eventually.IsAsync(async () =>
            $"{await RoleAsync(first)} {await RoleAsync(second)}" is "master slave" or "slave master", true);
        var promoted = await RoleAsync(first) == "master" ? first : second;

        // The former primary comes back as one, and Sentinel makes it a replica: three again, as WAIT asks for.
        await primary.StartAsync(null);
        await Eventually.IsAsync(async () => (await promoted.InfoAsync("replication"))["connected_slaves"], "2");
        await writes.UntilMoreAsync(100);
        await using var reader = await RespClient.ConnectAsync(promoted.EndPoint!);
        await writes.VerifyAsync(reader);

        // A client that asks Sentinel goes on by itself.
        await Eventually.IsAsync(() => TrySetAsync(served.GetDatabase()), true);
        Assert.Equal("after", (await reader.CallAsync("GET", "of StackExchange.Redis")).Text);
    }

    private static async Task<bool> TrySetAsync(IDatabase database)
    {
        try
        {
            return await database.StringSetAsync("of StackExchange.Redis", "after");
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return false;
        }
    }

    private static async Task<string> RoleAsync(FaultNode node) => (await node.InfoAsync("replication"))["role"];

    private static async Task<long> CopiesAsync(Node node) => long.Parse(await node.FieldAsync("sync_full", "stats"));
}
