using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.Cluster.Tests.Processes.Load;
using RedisLite.EndToEnd.Tests.Support;
using Xunit.Abstractions;

namespace RedisLite.Cluster.Tests.Processes;

/// <summary>Primaries that are killed and frozen, and whole clusters that are started again, under load.</summary>
[Collection(AloneCollection.Name)]
public sealed class FailoverTests(ITestOutputHelper output)
{
    // Long enough for a node on a busy machine not to seem dead.
    private static readonly NodeSettings Settings = new() { NodeTimeoutMs = 5_000, AppendOnly = true };

    // One of two replicas would be given to a primary that has none, before it can take over.
    private static readonly NodeSettings WithoutMigration =
        Settings with { More = ["--cluster-allow-replica-migration", "no"] };

    private static readonly ListAppendLoad.Options Load = new() { Waits = true, Patience = TimeSpan.FromSeconds(2) };

    /// <summary>
    /// A primary is killed, another is frozen and thawed, the roles are changed by hand, and all are killed at once.
    /// </summary>
    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task What_WAIT_has_confirmed_survives(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 6, Settings, async cluster =>
        {
            await cluster.CreateAsync(replicas: 1);
            await using var load = new ListAppendLoad(() => cluster.EndPoints, Load);
            await load.UntilAllGrowAsync();
            await KillAPrimaryAsync(cluster, load);
            await FreezeAPrimaryAsync(cluster, load);
            await FailOverByHandAsync(cluster, load);
            await KillAllAsync(cluster, load);
            output.WriteLine(await load.VerifyAsync());
        });

    /// <summary>
    /// A primary that was frozen has requests in its sockets when it goes on, and its successor has begun.
    /// </summary>
    /// <remarks>redis-server answers them: it notices what time it is only when it has served them.</remarks>
    [SkippableFact]
    public Task A_thawed_primary_acknowledges_nothing() =>
        ProcessCluster.RunAsync(NodeKind.Ours, 6, Settings, async cluster =>
        {
            await cluster.CreateAsync(replicas: 1);
            var slot = KeySlot.Of("k");
            var former = await cluster.OwnerAsync(slot);
            await using var client = await former.ConnectAsync();
            await using var other = await former.ConnectAsync();
            Assert.Equal(1, (await client.CallAsync("RPUSH", "k", "before")).Integer);
            Assert.Equal(1, (await client.CallAsync("WAIT", "1", "30000")).Integer);

            former.Freeze();
            cluster.Tell($"{former} is frozen");
            for (var i = 0; i < 50; i++)
            {
                await client.SendAsync("RPUSH", "k", $"late:{i}");
                await other.SendAsync("MULTI");
                await other.SendAsync("RPUSH", "k", $"late too:{i}");
                await other.SendAsync("EXEC");
            }

            await cluster.UntilSucceededAsync(former, slot);
            var successor = await cluster.OwnerAsync(slot);
            await Wait.UntilAsync(
                async () => (await successor.AskAsync("RPUSH", "k", "after")).Kind == RespKind.Integer,
                "the successor takes writes");
            former.Resume();
            cluster.Tell($"{former} goes on");
            Assert.All(await ReadAllAsync(client), reply => Assert.NotEqual(RespKind.Integer, reply.Kind));
            Assert.All(await ReadAllAsync(other), reply => Assert.False(IsExecuted(reply), $"{reply}"));
            await cluster.SettleAsync();
            Assert.Equal(
                "[\"before\", \"after\"]", $"{await successor.AskAsync("LRANGE", "k", "0", "-1")}");
        });

    /// <summary>Of two replicas the one that WAIT spoke of takes over, though the other is there as well.</summary>
    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task The_replica_that_has_more_takes_over(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 3, WithoutMigration, async cluster =>
        {
            await cluster.CreateAsync(replicas: 0);
            var key = "{a}key";
            var primary = await cluster.OwnerAsync(KeySlot.Of(key));
            var behind = (await cluster.AddAsync(1))[0];
            await cluster.AddReplicaAsync(behind, primary);
            var ahead = (await cluster.AddAsync(1))[0];
            await cluster.AddReplicaAsync(ahead, primary);
            Assert.Equal("OK", await primary.CallAsync("SET", key, "both"));
            Assert.Equal("2", await primary.CallAsync("WAIT", "2", "60000"));
            behind.Freeze();

            // Its kernel takes what it is sent, frozen or not: only without a link does it get nothing. The other
            // replica, which goes on, links itself again.
            Assert.NotEqual("0", await primary.CallAsync("CLIENT", "KILL", "TYPE", "replica"));
            cluster.Tell($"{behind} is frozen, and its link cut");
            await using (var client = await primary.ConnectAsync())
            {
                Assert.Equal("OK", (await client.CallAsync("SET", key, "one")).Text);
                Assert.Equal(1, (await client.CallAsync("WAIT", "1", "60000")).Integer);
            }

            await primary.KillAsync();
            behind.Resume();
            cluster.Tell($"{primary} is killed, {behind} goes on");
            await cluster.UntilSucceededAsync(primary, KeySlot.Of(key));
            await cluster.SettleAsync();
            Assert.Equal(ahead, await cluster.OwnerAsync(KeySlot.Of(key)));
            Assert.Equal("one", await ahead.CallAsync("GET", key));
        });

    /// <summary>A primary without a majority refuses writes; when the others are back, all goes on.</summary>
    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task A_primary_alone_stops(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 3, Settings, async cluster =>
        {
            await cluster.CreateAsync(replicas: 0);
            var key = "{a}key";
            var owner = await cluster.OwnerAsync(KeySlot.Of(key));
            var others = cluster.Nodes.Where(node => node != owner).ToList();
            Assert.Equal("OK", await owner.CallAsync("SET", key, "1"));
            foreach (var other in others)
                other.Freeze();
            await Wait.UntilAsync(
                async () => (await owner.CallAsync("SET", key, "2"))!.StartsWith(
                    "CLUSTERDOWN", StringComparison.Ordinal),
                "a primary without a majority refuses writes");
            foreach (var other in others)
                other.Resume();
            await cluster.SettleAsync();
            await Wait.UntilAsync(async () => await owner.CallAsync("SET", key, "3") == "OK", "it takes writes again");
            foreach (var node in cluster.Nodes)
                Assert.Contains(await node.CallAsync("GET", key), new[] { "3", Moved(key, owner) });
        });

    private static string Moved(string key, NodeProcess owner) => $"MOVED {KeySlot.Of(key)} {owner.Address}";

    private static async Task KillAPrimaryAsync(ProcessCluster cluster, ListAppendLoad load)
    {
        var primary = (await cluster.PrimariesAsync())[0];
        var slot = await AnySlotOfAsync(primary);
        cluster.Tell($"SIGKILL {primary}");
        load.BeginWindow();
        await primary.KillAsync();
        await cluster.UntilSucceededAsync(primary, slot);
        await load.UntilAllAreServedAsync();
        await primary.StartAsync();
        await cluster.SettleAsync();
        cluster.Tell(await cluster.DescribeAsync());
        await load.UntilAllGrowAsync();
        Assert.False((await primary.ViewAsync()).Single(line => line.IsMyself).IsPrimary);
    }

    private static async Task FreezeAPrimaryAsync(ProcessCluster cluster, ListAppendLoad load)
    {
        var primary = (await cluster.PrimariesAsync())[0];
        var slot = await AnySlotOfAsync(primary);
        cluster.Tell($"SIGSTOP {primary}");
        load.BeginWindow();
        primary.Freeze();
        await cluster.UntilSucceededAsync(primary, slot);
        cluster.Tell($"SIGCONT {primary}");
        primary.Resume();
        await cluster.SettleAsync();
        cluster.Tell(await cluster.DescribeAsync());
        await load.UntilAllGrowAsync();
    }

    private static async Task FailOverByHandAsync(ProcessCluster cluster, ListAppendLoad load)
    {
        var primary = (await cluster.PrimariesAsync())[0];
        var slot = await AnySlotOfAsync(primary);
        var replica = (await cluster.ReplicasOfAsync(primary))[0];
        cluster.Tell($"CLUSTER FAILOVER from {primary} to {replica}");
        load.BeginWindow();
        Assert.Equal("OK", await replica.CallAsync("CLUSTER", "FAILOVER"));
        await cluster.UntilSucceededAsync(primary, slot);
        await cluster.SettleAsync();
        Assert.Equal(replica, await cluster.OwnerAsync(slot));
        await load.UntilAllGrowAsync();
    }

    private static async Task KillAllAsync(ProcessCluster cluster, ListAppendLoad load)
    {
        cluster.Tell("SIGKILL to all");
        load.BeginWindow();
        await Task.WhenAll(cluster.Nodes.Select(node => node.KillAsync()));
        await Task.WhenAll(cluster.Nodes.Select(node => node.StartAsync()));
        await cluster.SettleAsync();
        cluster.Tell(await cluster.DescribeAsync());
        await load.UntilAllGrowAsync();
    }

    private static async Task<int> AnySlotOfAsync(NodeProcess node)
    {
        var range = (await node.ViewAsync()).Single(line => line.IsMyself).Slots[0];
        return int.Parse(range.Split('-')[0]);
    }

    private static bool IsExecuted(RespValue reply) => reply.Kind == RespKind.Array;

    /// <summary>Replies until the server closes the connection, or has answered a PING behind all others.</summary>
    private static async Task<IReadOnlyList<RespValue>> ReadAllAsync(RespClient client)
    {
        var replies = new List<RespValue>();
        try
        {
            await client.SendAsync("PING", "the end");
            while (true)
            {
                var reply = await client.ReadAsync();
                if (reply.Kind == RespKind.Bulk && reply.Text == "the end")
                    return replies;
                replies.Add(reply);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return replies;
        }
    }
}
