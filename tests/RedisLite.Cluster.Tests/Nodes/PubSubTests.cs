using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Nodes;

/// <summary>Messages from node to node. The channel "a" is in slot 15495: the third primary's.</summary>
public sealed class PubSubTests
{
    [Fact]
    public async Task A_message_reaches_the_clients_of_all_nodes_and_a_shards_those_of_its_nodes()
    {
        await using var cluster = await TestCluster.StartAsync(primaries: 3, replicas: 3);
        await using var everywhere = await ListenAsync(cluster[4], "SUBSCRIBE", "news");
        await using var replica = await ListenAsync(cluster[5], "SSUBSCRIBE", "a");
        await using var primary = await ListenAsync(cluster[2], "SSUBSCRIBE", "a");
        await PublishUntilHeardAsync(cluster[0], "PUBLISH news hello", everywhere, "[message, news, hello]");
        await PublishUntilHeardAsync(cluster[2], "SPUBLISH a hello", replica, "[smessage, a, hello]");
        Assert.Equal("[smessage, a, hello]", TestNode.Show(await primary.ReadAsync()));
        Assert.Equal($"-MOVED 15495 127.0.0.1:{cluster[2].Port}", await cluster[0].RunAsync("SPUBLISH a m"));
    }

    private static async Task<RespClient> ListenAsync(TestNode node, string command, string channel)
    {
        var client = await node.ConnectAsync();
        await client.SendAsync(command, channel);
        Assert.Equal($"[{command.ToLowerInvariant()}, {channel}, 1]", TestNode.Show(await client.ReadAsync()));
        return client;
    }

    /// <summary>Nobody promises that a message arrives; sent again and again, one does.</summary>
    private static async Task PublishUntilHeardAsync(TestNode from, string command, RespClient listener, string message)
    {
        var heard = listener.ReadAsync();
        await Eventually.TrueAsync(async () =>
        {
            await from.RunAsync(command);
            return heard.IsCompleted;
        });
        Assert.Equal(message, TestNode.Show(await heard));
    }
}
