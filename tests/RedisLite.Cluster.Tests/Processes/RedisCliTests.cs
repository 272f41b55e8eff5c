using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.Cluster.Tests.Processes.Load;
using RedisLite.EndToEnd.Tests.Support;
using Xunit.Abstractions;

namespace RedisLite.Cluster.Tests.Processes;

/// <summary>redis-cli --cluster, unmodified, on processes; redis-server's cluster passes the same scenarios.</summary>
[Collection(AloneCollection.Name)]
public sealed class RedisCliTests(ITestOutputHelper output)
{
    private const string Covered = "[OK] All 16384 slots covered.";
    private const string Agreed = "[OK] All nodes agree about slots configuration.";

    // Else a primary becomes a replica with its last slot, while redis-cli still takes it for a primary.
    private static readonly NodeSettings Settings = new() { More = ["--cluster-allow-replica-migration", "no"] };

    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task Slots_are_moved_under_load_and_nodes_come_and_go(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 4, Settings, async cluster =>
        {
            // A replica of the third primary is told by redis-cli to follow it: three primaries need six nodes else.
            await CreateWithOneReplicaAsync(cluster);
            var load = new ListAppendLoad(() => cluster.EndPoints, new ListAppendLoad.Options());
            await using var _ = load;
            await load.UntilAllGrowAsync();

            await ReshardAsync(cluster, cluster.Nodes[0], cluster.Nodes[1], slots: 150);
            await load.UntilAllGrowAsync();
            await RebalanceAsync(cluster);
            var primary = (await cluster.AddAsync(1))[0];
            await AddPrimaryAsync(cluster, primary);
            await ReshardAsync(cluster, cluster.Nodes[2], primary, slots: 60);
            await load.UntilAllGrowAsync();
            var replica = (await cluster.AddAsync(1))[0];
            await cluster.AddReplicaAsync(replica, primary);
            await load.UntilAllGrowAsync();

            await DeleteAsync(cluster, replica);
            await EmptyAsync(cluster, primary);
            await DeleteAsync(cluster, primary);
            await load.UntilAllGrowAsync();
            output.WriteLine(await load.VerifyAsync());
        });

    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task It_asks_and_repairs_and_imports(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 3, Settings, async cluster =>
        {
            await cluster.CreateAsync(replicas: 0);
            await ImportAsync(cluster);
            await AskAsync(cluster);
            await FixOpenSlotAsync(cluster);
            await FixUncoveredSlotAsync(cluster);
        });

    private static async Task CreateWithOneReplicaAsync(ProcessCluster cluster)
    {
        var last = cluster.Nodes[3];
        var three = cluster.Nodes.Take(3).Select(node => node.Address);
        var said = await RedisCli.ClusterAsync(["create", .. three, "--cluster-yes"]);
        RedisCli.RequireSaid(said, Agreed);
        RedisCli.RequireSaid(said, Covered);
        await cluster.AddReplicaAsync(last, cluster.Nodes[2]);
    }

    private static async Task ReshardAsync(ProcessCluster cluster, NodeProcess from, NodeProcess to, int slots)
    {
        cluster.Tell($"reshard {slots} slots from {from} to {to}");
        var before = await CountSlotsAsync(to);
        var said = await RedisCli.ClusterAsync(
            "reshard", from.Address, "--cluster-from", from.Id, "--cluster-to", to.Id, "--cluster-slots", $"{slots}",
            "--cluster-yes");
        RedisCli.RequireSaid(said, $"Moving slot ");
        Assert.DoesNotContain("[ERR]", said, StringComparison.Ordinal);
        await cluster.SettleAsync();
        Assert.Equal(before + slots, await CountSlotsAsync(to));
        await CheckAsync(cluster);
    }

    private static async Task RebalanceAsync(ProcessCluster cluster)
    {
        cluster.Tell("rebalance");
        var said = await RedisCli.ClusterAsync("rebalance", cluster.Nodes[0].Address, "--cluster-threshold", "1");
        RedisCli.RequireSaid(said, "Moving ");
        await cluster.SettleAsync();
        foreach (var node in cluster.Nodes.Take(3))
            Assert.InRange(await CountSlotsAsync(node), 5_461, 5_462);
        await CheckAsync(cluster);
    }

    private static async Task AddPrimaryAsync(ProcessCluster cluster, NodeProcess node)
    {
        cluster.Tell($"add {node}");
        var said = await RedisCli.ClusterAsync("add-node", node.Address, cluster.Nodes[0].Address);
        RedisCli.RequireSaid(said, "[OK] New node added correctly.");
        await cluster.SettleAsync();
        Assert.Equal(0, await CountSlotsAsync(node));
    }

    /// <summary>Takes all slots from a node, as one does before it goes.</summary>
    private static async Task EmptyAsync(ProcessCluster cluster, NodeProcess node)
    {
        cluster.Tell($"{node} gives its slots away");
        await RedisCli.ClusterAsync("rebalance", cluster.Nodes[0].Address, "--cluster-weight", $"{node.Id}=0");
        await cluster.SettleAsync();
        Assert.Equal(0, await CountSlotsAsync(node));
        await CheckAsync(cluster);
    }

    /// <summary>The node is forgotten, and is alone again.</summary>
    private static async Task DeleteAsync(ProcessCluster cluster, NodeProcess node)
    {
        cluster.Tell($"delete {node}");
        var said = await RedisCli.ClusterAsync("del-node", cluster.Nodes[0].Address, node.Id);
        RedisCli.RequireSaid(said, "Sending CLUSTER FORGET messages to the cluster");
        await Wait.UntilAsync(async () => (await node.ViewAsync()).Count == 1, $"{node} is alone");
        await node.KillAsync();
        foreach (var other in cluster.Answering)
        {
            await Wait.UntilAsync(
                async () => (await other.ViewAsync()).All(line => line.Id != node.Id), $"{other} has forgotten {node}");
        }

        await cluster.SettleAsync();
    }

    private static async Task CheckAsync(ProcessCluster cluster)
    {
        var said = await RedisCli.ClusterAsync("check", cluster.Nodes[0].Address);
        RedisCli.RequireSaid(said, Covered);
        RedisCli.RequireSaid(said, Agreed);
        Assert.DoesNotContain("[WARNING]", said, StringComparison.Ordinal);
        Assert.DoesNotContain("[ERR]", said, StringComparison.Ordinal);
    }

    /// <summary>info, call, set-timeout.</summary>
    private static async Task AskAsync(ProcessCluster cluster)
    {
        var said = await RedisCli.ClusterAsync("info", cluster.Nodes[0].Address);
        RedisCli.RequireSaid(said, "[OK] 300 keys in 3 masters.");
        said = await RedisCli.ClusterAsync("call", cluster.Nodes[0].Address, "CONFIG", "GET", "cluster-node-timeout");
        foreach (var node in cluster.Nodes)
            RedisCli.RequireSaid(said, $"{node.Address}: cluster-node-timeout\n15000");
        said = await RedisCli.ClusterAsync("set-timeout", cluster.Nodes[0].Address, "20000");
        RedisCli.RequireSaid(said, ">>> New node timeout set. 3 OK, 0 ERR.");
        foreach (var node in cluster.Nodes)
            Assert.Equal("20000", (await node.AskAsync("CONFIG", "GET", "cluster-node-timeout")).Items[1].Text);
    }

    /// <summary>A slot whose move was given up half way.</summary>
    private static async Task FixOpenSlotAsync(ProcessCluster cluster)
    {
        const string Tag = "{open}";
        cluster.Tell("fix an open slot");
        var slot = KeySlot.Of(Tag);
        var from = await cluster.OwnerAsync(slot);
        var to = cluster.Nodes.First(node => node != from);
        for (var i = 0; i < 20; i++)
            Assert.Equal("OK", await from.CallAsync("SET", $"{Tag}{i}", $"{i}"));
        Assert.Equal("OK", await to.CallAsync("CLUSTER", "SETSLOT", $"{slot}", "IMPORTING", from.Id));
        Assert.Equal("OK", await from.CallAsync("CLUSTER", "SETSLOT", $"{slot}", "MIGRATING", to.Id));
        Assert.Equal("OK", await from.CallAsync(
            "MIGRATE", $"{to.EndPoint.Address}", $"{to.EndPoint.Port}", $"{Tag}7", "0", "10000"));
        var (exitCode, said) = await RedisCli.TryClusterAsync("check", from.Address);
        Assert.NotEqual(0, exitCode);
        RedisCli.RequireSaid(said, "has slots in migrating state");

        said = await RedisCli.ClusterAsync("fix", from.Address, "--cluster-yes");
        RedisCli.RequireSaid(said, Covered);
        await cluster.SettleAsync();
        await CheckAsync(cluster);
        await RequireKeysAsync(cluster, Tag, 20);
    }

    /// <summary>A slot that nobody owns.</summary>
    private static async Task FixUncoveredSlotAsync(ProcessCluster cluster)
    {
        cluster.Tell("fix a slot that nobody owns");
        var slot = KeySlot.Of("{nobody}");
        await RedisCli.ClusterAsync("call", cluster.Nodes[0].Address, "CLUSTER", "DELSLOTS", $"{slot}");
        await Wait.UntilAsync(
            async () =>
            {
                foreach (var node in cluster.Nodes)
                {
                    if ((await node.ClusterInfoAsync())["cluster_slots_assigned"] != "16383")
                        return false;
                }

                return true;
            },
            "nobody owns the slot");
        var (exitCode, said) = await RedisCli.TryClusterAsync("check", cluster.Nodes[0].Address);
        Assert.NotEqual(0, exitCode);
        RedisCli.RequireSaid(said, "[ERR] Not all 16384 slots are covered by nodes.");

        await RedisCli.AnswerAsync("yes\n", "fix", cluster.Nodes[0].Address);
        await cluster.SettleAsync();
        await CheckAsync(cluster);
        Assert.Equal("OK", await (await cluster.OwnerAsync(slot)).CallAsync("SET", "{nobody}", "1"));
    }

    /// <summary>The keys of a redis-server that is no node of any cluster.</summary>
    private static async Task ImportAsync(ProcessCluster cluster)
    {
        cluster.Tell("import");
        await using var source = await RedisOracle.StartAsync();
        await using (var client = await RespClient.ConnectAsync(source.EndPoint))
        {
            for (var i = 0; i < 300; i++)
                await client.CallAsync("SET", $"imported:{i}", $"{i}");
        }

        await RedisCli.ClusterAsync(
            "import", cluster.Nodes[0].Address, "--cluster-from", $"127.0.0.1:{source.EndPoint.Port}",
            "--cluster-replace");
        await RequireKeysAsync(cluster, "imported:", 300);
        await using var left = await RespClient.ConnectAsync(source.EndPoint);
        Assert.Equal(0, (await left.CallAsync("DBSIZE")).Integer);
    }

    /// <summary>Keys that end in their value.</summary>
    private static async Task RequireKeysAsync(ProcessCluster cluster, string prefix, int count)
    {
        await using var reader = new ClusterClient(() => cluster.EndPoints, Wait.SafetyNet);
        for (var i = 0; i < count; i++)
        {
            var reply = (await reader.SendAsync(KeySlot.Of($"{prefix}{i}"), "GET", $"{prefix}{i}")).Reply!;
            Assert.Equal($"{i}", reply.Text);
        }
    }

    private static async Task<int> CountSlotsAsync(NodeProcess node) =>
        (await node.ViewAsync()).Single(line => line.IsMyself).SlotCount;
}
