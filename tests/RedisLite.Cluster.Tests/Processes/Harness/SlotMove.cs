namespace RedisLite.Cluster.Tests.Processes.Harness;

/// <summary>Moves a slot key by key, step by step, as redis-cli does it.</summary>
internal sealed class SlotMove(ProcessCluster cluster, int slot, NodeProcess from, NodeProcess to)
{
    /// <summary>The slot is on its way; its keys are still where they were.</summary>
    public async Task BeginAsync()
    {
        cluster.Tell($"slot {slot} is on its way from {from} to {to}");
        await RequireOkAsync(to, "CLUSTER", "SETSLOT", $"{slot}", "IMPORTING", from.Id);
        await RequireOkAsync(from, "CLUSTER", "SETSLOT", $"{slot}", "MIGRATING", to.Id);
    }

    /// <summary>Moves some of its keys.</summary>
    public Task MigrateAsync(params string[] keys) => RequireOkAsync(
        from,
        ["MIGRATE", $"{to.EndPoint.Address}", $"{to.EndPoint.Port}", "", "0", "30000", "REPLACE", "KEYS", .. keys]);

    /// <summary>The slot has its new owner: the new one is told first, then the old one, then the rest.</summary>
    public async Task EndAsync()
    {
        await RequireOkAsync(to, "CLUSTER", "SETSLOT", $"{slot}", "NODE", to.Id);
        await RequireOkAsync(from, "CLUSTER", "SETSLOT", $"{slot}", "NODE", to.Id);
        foreach (var node in await cluster.PrimariesAsync())
        {
            if (node != to && node != from)
                await RequireOkAsync(node, "CLUSTER", "SETSLOT", $"{slot}", "NODE", to.Id);
        }

        cluster.Tell($"slot {slot} has moved");
    }

    private static async Task RequireOkAsync(NodeProcess node, params string[] command)
    {
        var reply = await node.CallAsync(command);
        Assert.True(reply == "OK", $"{node}: {string.Join(' ', command)}: {reply}");
    }
}
