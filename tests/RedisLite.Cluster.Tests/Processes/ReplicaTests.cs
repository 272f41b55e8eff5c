using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Processes;

/// <summary>Replicas that are told to take over, and that go where one is missing.</summary>
[Collection(AloneCollection.Name)]
public sealed class ReplicaTests
{
    private static readonly NodeSettings Settings = new() { NodeTimeoutMs = 5_000 };

    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task A_replica_goes_to_a_primary_that_has_lost_its_own(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 7, Settings, async cluster =>
        {
            await cluster.CreateAsync(replicas: 1);
            var primaries = await cluster.PrimariesAsync();
            var rich = await FindWithReplicasAsync(cluster, 2);
            var poor = primaries.First(node => node != rich);
            var lost = (await cluster.ReplicasOfAsync(poor)).Single();
            cluster.Tell($"SIGKILL {lost}, the replica of {poor}");
            await lost.KillAsync();
            await Wait.UntilAsync(
                async () => (await cluster.ReplicasOfAsync(poor)).Count == 1
                    && (await cluster.ReplicasOfAsync(rich)).Count == 1,
                $"{poor} has a replica of {rich}");
            await cluster.SettleAsync();

            await lost.StartAsync();
            await cluster.SettleAsync();
            Assert.Equal(4, (await cluster.Nodes[0].ViewAsync()).Count(line => !line.IsPrimary));
            Assert.All(await CountReplicasAsync(cluster), count => Assert.InRange(count, 1, 2));
        });

    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task A_replica_that_is_told_to_takes_over_from_a_primary_that_is_gone(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 6, Settings with { NodeTimeoutMs = 30_000 }, async cluster =>
        {
            await cluster.CreateAsync(replicas: 1);
            var primary = (await cluster.PrimariesAsync())[0];
            var replica = (await cluster.ReplicasOfAsync(primary)).Single();
            Assert.Equal(
                "ERR You should send CLUSTER FAILOVER to a replica", await primary.CallAsync("CLUSTER", "FAILOVER"));
            Assert.Equal("ERR syntax error", await replica.CallAsync("CLUSTER", "FAILOVER", "NOW"));
            cluster.Tell($"SIGKILL {primary}");
            await primary.KillAsync();
            await Wait.UntilAsync(
                async () => (await replica.InfoAsync("replication"))["master_link_status"] == "down",
                "the replica has noticed");
            Assert.Equal(
                "ERR Master is down or failed, please use CLUSTER FAILOVER FORCE",
                await replica.CallAsync("CLUSTER", "FAILOVER"));
            Assert.Equal("OK", await replica.CallAsync("CLUSTER", "FAILOVER", "FORCE"));
            await Wait.UntilAsync(
                async () => (await replica.ViewAsync()).Single(line => line.IsMyself) is { SlotCount: > 0 },
                "the replica is the primary");

            await primary.StartAsync();
            await cluster.SettleAsync();
            Assert.Equal(replica.Id, (await primary.ViewAsync()).Single(line => line.IsMyself).PrimaryId);
        });

    private static async Task<NodeProcess> FindWithReplicasAsync(ProcessCluster cluster, int count)
    {
        foreach (var primary in await cluster.PrimariesAsync())
        {
            if ((await cluster.ReplicasOfAsync(primary)).Count == count)
                return primary;
        }

        throw new InvalidOperationException($"No primary has {count} replicas.");
    }

    private static async Task<IReadOnlyList<int>> CountReplicasAsync(ProcessCluster cluster)
    {
        var counts = new List<int>();
        foreach (var primary in await cluster.PrimariesAsync())
            counts.Add((await cluster.ReplicasOfAsync(primary)).Count);
        return counts;
    }
}
