namespace RedisLite.Cluster.Tests.Nodes;

/// <summary>Nodes in this process that have met, or are about to.</summary>
internal sealed class TestCluster(TestNode[] nodes) : IAsyncDisposable
{
    public TestNode this[int index]
    {
        get => nodes[index];
        set => nodes[index] = value;
    }

    public int Count => nodes.Length;

    public IEnumerable<TestNode> Nodes => nodes;

    /// <summary>Nodes that have met nobody.</summary>
    public static async Task<TestCluster> StartApartAsync(int count, int timeoutMs = 15_000)
    {
        var nodes = new TestNode[count];
        for (var i = 0; i < count; i++)
            nodes[i] = await TestNode.StartAsync(timeoutMs: timeoutMs);
        return new TestCluster(nodes);
    }

    /// <summary>Primaries that share the slots, and replicas of the first ones.</summary>
    public static async Task<TestCluster> StartAsync(int primaries, int replicas = 0, int timeoutMs = 15_000)
    {
        var cluster = await StartApartAsync(primaries + replicas, timeoutMs);
        for (var i = 0; i < primaries; i++)
        {
            var (first, last) = (i * 16_384 / primaries, ((i + 1) * 16_384 / primaries) - 1);
            Assert.Equal("+OK", await cluster[i].RunAsync($"CLUSTER ADDSLOTSRANGE {first} {last}"));
        }

        for (var i = 0; i < cluster.Count; i++)
            await cluster[i].RunAsync($"CLUSTER SET-CONFIG-EPOCH {i + 1}");
        for (var i = 1; i < cluster.Count; i++)
            Assert.Equal("+OK", await cluster[i].RunAsync(
                $"CLUSTER MEET 127.0.0.1 {cluster[0].Port} {cluster[0].BusPort}"));
        await cluster.WhenServingAsync();
        for (var i = 0; i < replicas; i++)
            Assert.Equal("+OK", await cluster[primaries + i].RunAsync(
                $"CLUSTER REPLICATE {await cluster[i % primaries].IdAsync()}"));
        await cluster.WhenServingAsync();
        return cluster;
    }

    /// <summary>Waits until all know all, and serve.</summary>
    public async Task WhenServingAsync()
    {
        foreach (var node in nodes)
            await node.WhenServingAsync(nodes.Length);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
            await node.DisposeAsync();
    }
}
