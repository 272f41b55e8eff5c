using System.Net.Sockets;

namespace RedisLite.Cluster.Tests.Nodes;

/// <summary>Replicas, and who takes over from whom. The key "a" is in slot 15495: the third primary's.</summary>
public sealed class FailoverTests
{
    private const int Timeout = 4_000;

    [Fact]
    public async Task A_replica_has_its_primarys_keys_and_serves_them_to_who_wants_that()
    {
        await using var cluster = await TestCluster.StartAsync(primaries: 3, replicas: 3);
        var (primary, replica) = (cluster[2], cluster[5]);
        Assert.Equal("+OK", await primary.RunAsync("SET a 1"));
        Assert.Equal($"-MOVED 15495 127.0.0.1:{primary.Port}", await replica.RunAsync("GET a"));
        Assert.Equal("+OK", await replica.RunAsync("READONLY"));
        await Eventually.EqualAsync("1", () => replica.RunAsync("GET a"));
        Assert.Equal($"-MOVED 15495 127.0.0.1:{primary.Port}", await replica.RunAsync("SET a 2"));
        Assert.Equal("+OK", await replica.RunAsync("READWRITE"));
        Assert.Equal($"-MOVED 15495 127.0.0.1:{primary.Port}", await replica.RunAsync("GET a"));
        Assert.Contains("role:slave", await replica.RunAsync("INFO replication"), StringComparison.Ordinal);
        Assert.Contains($"slave {await primary.IdAsync()}", await cluster[0].RunAsync("CLUSTER NODES"),
            StringComparison.Ordinal);
        Assert.Equal(await primary.RunAsync("CLUSTER MYSHARDID"), await replica.RunAsync("CLUSTER MYSHARDID"));
        Assert.StartsWith("-ERR To set a master the node must be empty",
            await cluster[0].RunAsync($"CLUSTER REPLICATE {await primary.IdAsync()}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hand_over_loses_nothing_and_nobody_gets_an_error()
    {
        await using var cluster = await TestCluster.StartAsync(primaries: 3, replicas: 1);
        var (primary, replica) = (cluster[0], cluster[3]);
        await Eventually.TrueAsync(async () => (await replica.RunAsync("INFO replication"))
            .Contains("master_link_status:up", StringComparison.Ordinal));
        var writing = WriteAsync(primary);
        await Eventually.TrueAsync(async () => await primary.RunAsync("GET {b}n") is not "nil" and not "0");

        Assert.Equal("+OK", await replica.RunAsync("CLUSTER FAILOVER"));
        await Eventually.TrueAsync(async () => (await replica.RunAsync("INFO replication"))
            .Contains("role:master", StringComparison.Ordinal));
        var (acknowledged, last) = await writing;
        Assert.StartsWith("-MOVED", last, StringComparison.Ordinal);
        await replica.WhenServingAsync(4);
        Assert.Equal($"{acknowledged}", await replica.RunAsync("GET {b}n"));
        await Eventually.TrueAsync(async () => (await primary.RunAsync("INFO replication"))
            .Contains("role:slave", StringComparison.Ordinal));
        Assert.Equal("-ERR You should send CLUSTER FAILOVER to a replica", await replica.RunAsync("CLUSTER FAILOVER"));
    }

    [Fact]
    public async Task A_primary_that_is_gone_is_replaced_and_comes_back_as_a_replica()
    {
        await using var cluster = await TestCluster.StartAsync(primaries: 3, replicas: 3, Timeout);
        var replica = cluster[5];
        Assert.Equal("+OK", await cluster[2].RunAsync("SET a 1"));
        Assert.Equal("1", await cluster[2].RunAsync("WAIT 1 60000"));
        var (port, busPort, id) = (cluster[2].Port, cluster[2].BusPort, await cluster[2].IdAsync());
        var directory = await cluster[2].StopAsync();

        await Eventually.EqualAsync("+OK", () => replica.RunAsync("SET a 2"));
        Assert.Contains("role:master", await replica.RunAsync("INFO replication"), StringComparison.Ordinal);
        Assert.Contains($"{id} 127.0.0.1:{port}@{busPort} slave,fail", await cluster[0].RunAsync("CLUSTER NODES"),
            StringComparison.Ordinal);

        cluster[2] = await TestNode.StartAsync(
            directory: directory, port: port, busPort: busPort, timeoutMs: Timeout);
        await Eventually.TrueAsync(async () => (await cluster[2].RunAsync("INFO replication"))
            .Contains("master_link_status:up", StringComparison.Ordinal));
        await cluster.WhenServingAsync();
        await cluster[2].RunAsync("READONLY");
        await Eventually.EqualAsync("2", () => cluster[2].RunAsync("GET a"));
        await Eventually.TrueAsync(async () => !(await cluster[0].RunAsync("CLUSTER NODES"))
            .Contains("fail", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_primary_without_a_majority_stops()
    {
        await using var cluster = await TestCluster.StartAsync(primaries: 3, timeoutMs: Timeout);
        Assert.Equal("+OK", await cluster[2].RunAsync("SET a 1"));
        await cluster[0].StopAsync();
        await cluster[1].StopAsync();

        // A write that ran just before ends its connection: it is not known whether it is done.
        await Eventually.EqualAsync("-CLUSTERDOWN The cluster is down", () => RunAnewAsync(cluster[2], "SET a 2"));
        await Eventually.EqualAsync("-CLUSTERDOWN The cluster is down", () => RunAnewAsync(cluster[2], "GET a"));
    }

    [Fact]
    public async Task All_nodes_restart_at_once_and_are_the_same_cluster()
    {
        await using var cluster = await TestCluster.StartAsync(primaries: 3, replicas: 1, Timeout);
        var before = Names(await cluster[0].RunAsync("CLUSTER NODES"));
        var starts = new List<(string Directory, int Port, int BusPort)>();
        foreach (var node in cluster.Nodes)
        {
            var (port, busPort) = (node.Port, node.BusPort);
            starts.Add((await node.StopAsync(), port, busPort));
        }

        for (var i = 0; i < cluster.Count; i++)
            cluster[i] = await TestNode.StartAsync(directory: starts[i].Directory, port: starts[i].Port,
                busPort: starts[i].BusPort, timeoutMs: Timeout);
        await cluster.WhenServingAsync();
        await Eventually.EqualAsync("+OK", () => cluster[2].RunAsync("SET a 1"));
        Assert.Equal(before, Names(await cluster[3].RunAsync("CLUSTER NODES")));
    }

    private static string[] Names(string nodes) => [.. nodes.Split('\n').Select(line => line.Split(' ')[0]).Order()];

    private static async Task<string> RunAnewAsync(TestNode node, string command)
    {
        await using var client = await node.ConnectAsync();
        try
        {
            return await TestNode.RunAsync(client, command);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return e.Message;
        }
    }

    /// <summary>Counts up on one connection until it gets an error.</summary>
    private static async Task<(int Acknowledged, string Last)> WriteAsync(TestNode node)
    {
        await using var client = await node.ConnectAsync();
        for (var count = 0; ; count++)
        {
            var reply = await TestNode.RunAsync(client, "INCR {b}n");
            if (reply != $"{count + 1}")
                return (count, reply);
        }
    }
}
