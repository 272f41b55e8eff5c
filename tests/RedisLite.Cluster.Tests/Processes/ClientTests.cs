using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.Cluster.Tests.Processes.Load;
using RedisLite.EndToEnd.Tests.Support;
using Xunit.Abstractions;

namespace RedisLite.Cluster.Tests.Processes;

/// <summary>Cluster clients as they are, through moves of slots and failovers.</summary>
[Collection(AloneCollection.Name)]
public sealed class ClientTests(ITestOutputHelper output)
{
    private static readonly NodeSettings Settings = new() { NodeTimeoutMs = 5_000 };

    /// <summary>Nothing fails, so nothing may be lost: what a counter says never goes back.</summary>
    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task They_lose_nothing_while_slots_move_and_roles_change_by_hand(NodeKind kind) =>
        PlayAsync(kind, mayLose: false, async cluster =>
        {
            var primaries = await cluster.PrimariesAsync();
            cluster.Tell($"reshard from {primaries[0]} to {primaries[1]}");
            await RedisCli.ClusterAsync(
                "reshard", primaries[0].Address, "--cluster-from", primaries[0].Id, "--cluster-to", primaries[1].Id,
                "--cluster-slots", "200", "--cluster-yes");
            await cluster.SettleAsync();
            var replica = (await cluster.ReplicasOfAsync(primaries[2]))[0];
            cluster.Tell($"CLUSTER FAILOVER from {primaries[2]} to {replica}");
            Assert.Equal("OK", await replica.CallAsync("CLUSTER", "FAILOVER"));
            await Wait.UntilAsync(
                async () => (await replica.ViewAsync()).Single(line => line.IsMyself).IsPrimary,
                "the roles are changed");
            await cluster.SettleAsync();
        });

    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task They_go_on_when_a_primary_is_killed_and_comes_back(NodeKind kind) =>
        PlayAsync(kind, mayLose: true, async cluster =>
        {
            var slot = KeySlot.Of("any");
            var primary = await cluster.OwnerAsync(slot);
            cluster.Tell($"SIGKILL {primary}");
            await primary.KillAsync();
            await cluster.UntilSucceededAsync(primary, slot);
            await primary.StartAsync();
            await cluster.SettleAsync();
        });

    private async Task PlayAsync(NodeKind kind, bool mayLose, Func<ProcessCluster, Task> play)
    {
        NodeClientLoad.RequireNode();
        await ProcessCluster.RunAsync(kind, 6, Settings, async cluster =>
        {
            await cluster.CreateAsync(replicas: 1);
            var endPoint = cluster.EndPoints[0];
            await using var stackExchange = await StackExchangeLoad.StartAsync(endPoint, mayLose);
            await using var ioredis = await NodeClientLoad.StartAsync("ioredis", endPoint, mayLose);
            await using var nodeRedis = await NodeClientLoad.StartAsync("node-redis", endPoint, mayLose);
            IClientLoad[] loads = [stackExchange, ioredis, nodeRedis];
            foreach (var load in loads)
                await load.UntilAllWorkAsync();
            await play(cluster);
            cluster.Tell(await cluster.DescribeAsync());
            foreach (var load in loads)
                await load.UntilAllWorkAsync();
            foreach (var load in loads)
                output.WriteLine(await load.EndAsync());
        });
    }
}
