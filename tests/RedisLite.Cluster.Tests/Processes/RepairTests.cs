using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.Cluster.Tests.Processes.Load;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Processes;

/// <summary>
/// redis-cli --cluster fix, of everything that it can repair; redis-server's cluster passes the same.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class RepairTests
{
    private const int Keys = 20;

    private static readonly NodeSettings Settings =
        new() { NodeTimeoutMs = 5_000, More = ["--cluster-allow-replica-migration", "no"] };

    /// <summary>Slots that are open at one node, and those whose keys are at two.</summary>
    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task Open_slots_are_closed_and_no_key_is_lost(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 3, Settings, async cluster =>
        {
            await cluster.CreateAsync(replicas: 0);
            await FixAsync(cluster, "{going}", async slot => await slot.From.SetSlotAsync("MIGRATING", slot.To));
            await FixAsync(cluster, "{coming}", async slot => await slot.To.SetSlotAsync("IMPORTING", slot.From));
            await FixAsync(cluster, "{begun}", slot => slot.OpenAsync());
            await FixAsync(cluster, "{few}", slot => slot.OpenAsync(moved: 1));
            await FixAsync(cluster, "{many}", slot => slot.OpenAsync(moved: Keys - 3));
            await FixAsync(cluster, "{all}", slot => slot.OpenAsync(moved: Keys));
            await FixAsync(cluster, "{half closed}", async slot =>
            {
                await slot.OpenAsync(moved: Keys / 2);
                await slot.From.SetSlotAsync("STABLE");
            });
            await FixAsync(cluster, "{closed by who takes}", async slot =>
            {
                await slot.OpenAsync(moved: Keys / 2);
                await slot.To.SetSlotAsync("STABLE");
            });
        });

    /// <summary>Slots that nobody owns, with keys at nobody, at one node, at two.</summary>
    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task Slots_that_nobody_owns_get_an_owner_and_no_key_is_lost(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 3, Settings, async cluster =>
        {
            await cluster.CreateAsync(replicas: 0);
            await FixAsync(cluster, "{without keys}", DropAsync, keys: 0);
            await FixAsync(cluster, "{at one}", DropAsync);
            await FixAsync(cluster, "{at two}", async slot =>
            {
                await slot.OpenAsync(moved: Keys / 3);
                await slot.From.SetSlotAsync("STABLE");
                await slot.To.SetSlotAsync("STABLE");
                await DropAsync(slot);
            });

            Task DropAsync(OpenSlot slot) => slot.DropAsync(cluster);
        });

    /// <summary>Slots of a primary that is gone, and has no replica.</summary>
    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task Slots_of_a_primary_that_is_gone_get_an_owner_where_that_is_wanted(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 4, Settings, async cluster =>
        {
            var gone = cluster.Nodes[3];
            var three = cluster.Nodes.Take(3).Select(node => node.Address);
            await RedisCli.ClusterAsync(["create", .. three, "--cluster-yes"]);
            await RedisCli.ClusterAsync("add-node", gone.Address, cluster.Nodes[0].Address);
            await cluster.SettleAsync();
            await RedisCli.ClusterAsync(
                "reshard", cluster.Nodes[0].Address, "--cluster-from", cluster.Nodes[0].Id, "--cluster-to", gone.Id,
                "--cluster-slots", "20", "--cluster-yes");
            await cluster.SettleAsync();
            var goneId = gone.Id;
            cluster.Tell($"SIGKILL {gone}, which has 20 slots");
            await gone.KillAsync();
            await Wait.UntilAsync(
                async () => (await cluster.Nodes[0].ViewAsync()).Single(line => line.Id == goneId).IsFailed,
                $"{gone} counts as failed");

            var (exitCode, said) = await RedisCli.TryClusterAsync("fix", cluster.Nodes[0].Address, "--cluster-yes");
            Assert.NotEqual(0, exitCode);
            RedisCli.RequireSaid(said, "with 1 unreachable masters is dangerous");
            await RedisCli.AnswerAsync(
                "yes\n", "fix", cluster.Nodes[0].Address, "--cluster-fix-with-unreachable-masters", "--cluster-yes");
            await cluster.SettleAsync();
            Assert.Equal(0, (await cluster.Nodes[1].ViewAsync()).Single(line => line.Id == goneId).SlotCount);
        });

    private static async Task FixAsync(
        ProcessCluster cluster, string tag, Func<OpenSlot, Task> breakIt, int keys = Keys)
    {
        var number = KeySlot.Of(tag);
        var from = await cluster.OwnerAsync(number);
        var to = cluster.Nodes.First(node => node != from);
        for (var i = 0; i < keys; i++)
            Assert.Equal("OK", await from.CallAsync("SET", $"{tag}{i}", $"{i}"));
        cluster.Tell($"{tag}: slot {number} of {from}, to {to}");
        await breakIt(new OpenSlot(tag, new SlotSide(from, to, number), new SlotSide(to, from, number)));

        var said = await RedisCli.AnswerAsync("yes\n", "fix", from.Address, "--cluster-yes");
        cluster.Tell(said);
        await cluster.SettleAsync();
        said = await RedisCli.ClusterAsync("check", from.Address);
        RedisCli.RequireSaid(said, "[OK] All 16384 slots covered.");
        RedisCli.RequireSaid(said, "[OK] All nodes agree about slots configuration.");
        Assert.DoesNotContain("[WARNING]", said, StringComparison.Ordinal);
        await using var reader = new ClusterClient(() => cluster.EndPoints, Wait.SafetyNet);
        for (var i = 0; i < keys; i++)
            Assert.Equal($"{i}", (await reader.SendAsync(number, "GET", $"{tag}{i}")).Reply!.Text);
        foreach (var node in cluster.Nodes.Where(node => node != from && node != to))
            Assert.Equal("0", await node.CallAsync("CLUSTER", "COUNTKEYSINSLOT", $"{number}"));
    }

    /// <summary>One of the two nodes of a move.</summary>
    private sealed record SlotSide(NodeProcess Node, NodeProcess Other, int Slot)
    {
        public async Task SetSlotAsync(string state, SlotSide? other = null) => Assert.Equal("OK", await Node.CallAsync(
            ["CLUSTER", "SETSLOT", $"{Slot}", state, .. other is null ? (string[])[] : [other.Node.Id]]));
    }

    /// <summary>A slot with keys, and the nodes that it is between.</summary>
    private sealed record OpenSlot(string Tag, SlotSide From, SlotSide To)
    {
        /// <summary>A move begins, and gets so far.</summary>
        public async Task OpenAsync(int moved = 0)
        {
            await To.SetSlotAsync("IMPORTING", From);
            await From.SetSlotAsync("MIGRATING", To);
            var to = To.Node.EndPoint;
            for (var i = 0; i < moved; i++)
                Assert.Equal("OK", await From.Node.CallAsync(
                    "MIGRATE", $"{to.Address}", $"{to.Port}", $"{Tag}{i}", "0", "10000"));
        }

        /// <summary>No node owns it any more.</summary>
        public async Task DropAsync(ProcessCluster cluster)
        {
            await RedisCli.ClusterAsync("call", From.Node.Address, "CLUSTER", "DELSLOTS", $"{From.Slot}");
            foreach (var node in cluster.Nodes)
                await Wait.UntilAsync(
                    async () => (await node.ClusterInfoAsync())["cluster_slots_assigned"] == "16383",
                    $"{node} knows no owner of slot {From.Slot}");
        }
    }
}
