using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Processes;

/// <summary>Nodes that are told to meet whom they should not, and clusters that redis-cli refuses to make.</summary>
[Collection(AloneCollection.Name)]
public sealed class JoiningTests
{
    private static readonly NodeSettings Settings = new() { NodeTimeoutMs = 5_000 };

    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task Whoever_is_no_node_is_not_met(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 3, Settings, async cluster =>
        {
            await using var plain = await RedisOracle.StartAsync();
            await cluster.CreateAsync(replicas: 0);
            var node = cluster.Nodes[0];
            Assert.Equal("OK", await node.CallAsync("CLUSTER", "MEET", "127.0.0.1", $"{plain.EndPoint.Port}"));
            Assert.Equal("OK", await node.CallAsync("CLUSTER", "MEET", "127.0.0.1", $"{node.EndPoint.Port}"));
            Assert.Equal("OK", await node.CallAsync("CLUSTER", "MEET", "127.0.0.1", $"{FreePort.Next()}", "1"));
            Assert.StartsWith(
                "ERR Invalid node address specified: 127.0.0.1:99999",
                await node.CallAsync("CLUSTER", "MEET", "127.0.0.1", "99999"), StringComparison.Ordinal);
            Assert.StartsWith(
                "ERR Invalid node address specified: somewhere:1",
                await node.CallAsync("CLUSTER", "MEET", "somewhere", "1"), StringComparison.Ordinal);

            // A redis-server lists whom it tries to meet until it gives up.
            await Wait.UntilAsync(async () => (await node.ViewAsync()).Count == 3, "only the three nodes are known");
            await cluster.SettleAsync();
            Assert.Equal("OK", await node.CallAsync("CLUSTER", "SAVECONFIG"));
        });

    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task Redis_cli_refuses_nodes_that_are_in_use(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 3, Settings, async cluster =>
        {
            var used = cluster.Nodes[2];
            Assert.Equal("OK", await used.CallAsync("CLUSTER", "ADDSLOTSRANGE", "0", "16383"));
            await Wait.UntilAsync(async () => await used.CallAsync("SET", "key", "1") == "OK", "the node serves");
            var (_, said) = await RedisCli.TryClusterAsync(
                ["create", .. cluster.Nodes.Select(node => node.Address), "--cluster-yes"]);
            RedisCli.RequireSaid(said, "is not empty");
            Assert.Equal(
                "ERR CLUSTER RESET can't be called with master nodes containing keys",
                await used.CallAsync("CLUSTER", "RESET", "HARD"));
            Assert.Equal("OK", await used.CallAsync("FLUSHALL"));
            Assert.Equal("OK", await used.CallAsync("CLUSTER", "RESET", "HARD"));
            await used.RereadIdAsync();
            await cluster.CreateAsync(replicas: 0);
        });
}
