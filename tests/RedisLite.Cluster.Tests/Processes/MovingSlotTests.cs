using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.Cluster.Tests.Processes.Load;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Processes;

/// <summary>Who listens, waits, or is in the middle of a transaction while a slot moves or a role changes.</summary>
[Collection(AloneCollection.Name)]
public sealed class MovingSlotTests
{
    private const string Tag = "{moving}";

    private static readonly NodeSettings Settings = new();
    private static readonly int Slot = KeySlot.Of(Tag);

    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task Clients_of_a_slot_that_moves_are_told(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 3, Settings, async cluster =>
        {
            await cluster.CreateAsync(replicas: 0);
            await MessagesReachAllAsync(cluster);
            var from = await cluster.OwnerAsync(Slot);
            var to = cluster.Nodes.First(node => node != from);
            var moved = $"MOVED {Slot} {to.Address}";
            await using var listener = await from.ConnectAsync();
            await using var waiter = await from.ConnectAsync();
            await using var inTransaction = await from.ConnectAsync();
            await listener.SendAsync("SSUBSCRIBE", $"{Tag}channel");
            Assert.Equal($"[\"ssubscribe\", \"{Tag}channel\", :1]", $"{await listener.ReadAsync()}");
            Assert.Equal(1, (await from.AskAsync("SPUBLISH", $"{Tag}channel", "before")).Integer);
            Assert.Equal($"[\"smessage\", \"{Tag}channel\", \"before\"]", $"{await listener.ReadAsync()}");
            await WaitForKeyAsync(from, waiter);

            Assert.Equal("OK", await from.CallAsync("MSET", $"{Tag}a", "1", $"{Tag}b", "2", $"{Tag}c", "3"));
            var move = new SlotMove(cluster, Slot, from, to);
            await move.BeginAsync();
            await RequestsAreSentOnAsync(from, to, move);
            await inTransaction.CallAsync("MULTI");
            Assert.Equal("QUEUED", (await inTransaction.CallAsync("INCR", $"{Tag}b")).Text);
            await move.MigrateAsync($"{Tag}b");
            await move.EndAsync();

            Assert.Equal(moved, (await waiter.ReadAsync()).Text);
            Assert.Equal($"[\"sunsubscribe\", \"{Tag}channel\", :0]", $"{await listener.ReadAsync()}");
            Assert.Equal(moved, (await inTransaction.CallAsync("EXEC")).Text);
            Assert.Equal(moved, await from.CallAsync("SPUBLISH", $"{Tag}channel", "late"));
            Assert.Equal(moved, await from.CallAsync("EVAL", "return redis.call('GET', KEYS[1])", "1", $"{Tag}a"));
            await TheNewOwnerServesAsync(cluster, to);
        });

    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    [InlineData(NodeKind.RedisServer)]
    public Task Clients_of_a_primary_that_becomes_a_replica_are_told(NodeKind kind) =>
        ProcessCluster.RunAsync(kind, 6, Settings, async cluster =>
        {
            await cluster.CreateAsync(replicas: 1);
            var primary = await cluster.OwnerAsync(Slot);
            var replica = (await cluster.ReplicasOfAsync(primary)).Single();
            await using var waiter = await primary.ConnectAsync();
            await using var listener = await replica.ConnectAsync();
            await ReplicasReadAsync(primary, replica);
            await listener.SendAsync("SSUBSCRIBE", $"{Tag}channel");
            Assert.Equal($"[\"ssubscribe\", \"{Tag}channel\", :1]", $"{await listener.ReadAsync()}");
            await primary.CallAsync("SPUBLISH", $"{Tag}channel", "to a replica");
            Assert.Equal($"[\"smessage\", \"{Tag}channel\", \"to a replica\"]", $"{await listener.ReadAsync()}");
            await WaitForKeyAsync(primary, waiter);

            cluster.Tell($"CLUSTER FAILOVER from {primary} to {replica}");
            Assert.Equal("OK", await replica.CallAsync("CLUSTER", "FAILOVER"));
            await cluster.UntilSucceededAsync(primary, Slot);
            await cluster.SettleAsync();

            // Either is what Redis Cluster's protocol has for it.
            var told = (await waiter.ReadAsync()).Text;
            Assert.True(
                told == $"MOVED {Slot} {replica.Address}" || told.StartsWith("UNBLOCKED ", StringComparison.Ordinal),
                told);
            Assert.Equal($"MOVED {Slot} {replica.Address}", await primary.CallAsync("SET", $"{Tag}a", "2"));
            Assert.Equal("OK", await replica.CallAsync("SET", $"{Tag}a", "2"));
            await replica.CallAsync("SPUBLISH", $"{Tag}channel", "still here");
            Assert.Equal($"[\"smessage\", \"{Tag}channel\", \"still here\"]", $"{await listener.ReadAsync()}");
        });

    /// <summary>PUBLISH at any node reaches who listens at any node.</summary>
    private static async Task MessagesReachAllAsync(ProcessCluster cluster)
    {
        var listeners = new List<RespClient>();
        foreach (var node in cluster.Nodes)
        {
            var listener = await node.ConnectAsync();
            listeners.Add(listener);
            await listener.SendAsync("SUBSCRIBE", "news");
            Assert.Equal("[\"subscribe\", \"news\", :1]", $"{await listener.ReadAsync()}");
        }

        foreach (var node in cluster.Nodes)
        {
            await node.CallAsync("PUBLISH", "news", $"{node}");
            foreach (var listener in listeners)
                Assert.Equal($"[\"message\", \"news\", \"{node}\"]", $"{await listener.ReadAsync()}");
        }

        foreach (var listener in listeners)
            await listener.DisposeAsync();
    }

    /// <summary>Keys that have gone ahead are asked for at the new owner; keys of both places wait.</summary>
    private static async Task RequestsAreSentOnAsync(NodeProcess from, NodeProcess to, SlotMove move)
    {
        const string Script = "return redis.call('MGET', KEYS[1], KEYS[2])";
        var ask = $"ASK {Slot} {to.Address}";
        var tryAgain = "TRYAGAIN Multiple keys request during rehashing of slot";
        await move.MigrateAsync($"{Tag}a", $"{Tag}c");
        Assert.Equal(ask, await from.CallAsync("GET", $"{Tag}a"));
        Assert.Equal("2", await from.CallAsync("GET", $"{Tag}b"));
        Assert.Equal(tryAgain, await from.CallAsync("MGET", $"{Tag}a", $"{Tag}b"));
        Assert.Equal(tryAgain, await from.CallAsync("EVAL", Script, "2", $"{Tag}a", $"{Tag}b"));
        Assert.Equal(ask, await from.CallAsync("EVAL", Script, "2", $"{Tag}a", $"{Tag}c"));
        Assert.Equal($"MOVED {Slot} {from.Address}", await to.CallAsync("GET", $"{Tag}a"));

        await using var asking = await to.ConnectAsync();
        await asking.CallAsync("ASKING");
        Assert.Equal("[\"1\", \"3\"]", $"{await asking.CallAsync("EVAL", Script, "2", $"{Tag}a", $"{Tag}c")}");
        await asking.CallAsync("ASKING");
        Assert.Equal(tryAgain, (await asking.CallAsync("MGET", $"{Tag}a", $"{Tag}b")).Text);
        await asking.CallAsync("ASKING");
        await asking.CallAsync("MULTI");
        Assert.Equal("QUEUED", (await asking.CallAsync("INCR", $"{Tag}a")).Text);
        Assert.Equal("QUEUED", (await asking.CallAsync("INCR", $"{Tag}c")).Text);
        Assert.Equal("[:2, :4]", $"{await asking.CallAsync("EXEC")}");
    }

    private static async Task TheNewOwnerServesAsync(ProcessCluster cluster, NodeProcess to)
    {
        await using var listener = await to.ConnectAsync();
        await listener.SendAsync("SSUBSCRIBE", $"{Tag}channel");
        Assert.Equal($"[\"ssubscribe\", \"{Tag}channel\", :1]", $"{await listener.ReadAsync()}");
        Assert.Equal(1, (await to.AskAsync("SPUBLISH", $"{Tag}channel", "after")).Integer);
        Assert.Equal($"[\"smessage\", \"{Tag}channel\", \"after\"]", $"{await listener.ReadAsync()}");
        await using var waiter = await to.ConnectAsync();
        await WaitForKeyAsync(to, waiter);
        Assert.Equal(1, (await to.AskAsync("RPUSH", $"{Tag}list", "x")).Integer);
        Assert.Equal($"[\"{Tag}list\", \"x\"]", $"{await waiter.ReadAsync()}");
        Assert.Equal("[\"2\", \"2\", \"4\"]", $"{await to.AskAsync("MGET", $"{Tag}a", $"{Tag}b", $"{Tag}c")}");
        await cluster.SettleAsync();
    }

    /// <summary>A replica reads for those who say READONLY, and sends all others to its primary.</summary>
    private static async Task ReplicasReadAsync(NodeProcess primary, NodeProcess replica)
    {
        await using var client = await primary.ConnectAsync();
        Assert.Equal("OK", (await client.CallAsync("SET", $"{Tag}a", "1")).Text);
        Assert.Equal(1, (await client.CallAsync("WAIT", "1", "60000")).Integer);
        var moved = $"MOVED {Slot} {primary.Address}";
        await using var reader = await replica.ConnectAsync();
        Assert.Equal(moved, (await reader.CallAsync("GET", $"{Tag}a")).Text);
        Assert.Equal("OK", (await reader.CallAsync("READONLY")).Text);
        Assert.Equal("1", (await reader.CallAsync("GET", $"{Tag}a")).Text);
        Assert.Equal(moved, (await reader.CallAsync("SET", $"{Tag}a", "2")).Text);
        Assert.Equal("OK", (await reader.CallAsync("READWRITE")).Text);
        Assert.Equal(moved, (await reader.CallAsync("GET", $"{Tag}a")).Text);
    }

    private static async Task WaitForKeyAsync(NodeProcess node, RespClient waiter)
    {
        await waiter.SendAsync("BLPOP", $"{Tag}list", "0");
        await Wait.UntilAsync(
            async () => (await node.InfoAsync("clients"))["blocked_clients"] == "1", "a client waits for a key");
    }
}
