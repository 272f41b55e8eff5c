using System.Text;
using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.Cluster.Tests.Processes.Load;

namespace RedisLite.Cluster.Tests.Processes.Faults;

/// <summary>A cluster under load, to which random numbers do what machines, networks and people do.</summary>
/// <remarks>
/// After each fault it has to heal, and to serve all slots. In the end the history of the load has to be true: what
/// WAIT has confirmed is there, once, and in its place; no two nodes have acknowledged for a slot at the same time.
/// </remarks>
internal sealed class FaultSchedule(int seed)
{
    private const int Steps = 5;

    private static readonly NodeSettings Settings = new() { NodeTimeoutMs = 4_000, AppendOnly = true };

    private static readonly ListAppendLoad.Options Load =
        new() { Waits = true, Keys = 16, Clients = 5, Patience = TimeSpan.FromSeconds(2) };

    private readonly Random _random = new(seed);
    private readonly StringBuilder _told = new();

    /// <summary>What was done.</summary>
    public string Told => $"Seed {seed}:\n{_told}";

    public async Task RunAsync(NodeKind kind)
    {
        await using var network = seed % 2 == 0 ? await NetworkLab.TryCreateAsync(hosts: 6) : null;
        await ProcessCluster.RunAsync(kind, 6, Settings, async cluster =>
        {
            Tell(cluster, $"seed {seed}{(network is null ? "" : ", hosts of their own")}");
            await cluster.CreateAsync(replicas: 1);
            await using var load = new ListAppendLoad(() => cluster.EndPoints, Load);
            await load.UntilAllGrowAsync();
            for (var step = 0; step < Steps; step++)
            {
                load.BeginWindow();
                await StepAsync(cluster, network, load);
                await cluster.SettleAsync();
                Tell(cluster, $"  {await cluster.DescribeAsync()}");
                await load.UntilAllGrowAsync();
            }

            Tell(cluster, await load.VerifyAsync());
        }, network);
    }

    private Task StepAsync(ProcessCluster cluster, NetworkLab? network, ListAppendLoad load) =>
        _random.Next(network is null ? 7 : 10) switch
        {
            0 or 1 => KillAsync(cluster),
            2 or 3 => FreezeAsync(cluster, load),
            4 => KillSeveralAsync(cluster),
            5 => FailOverAsync(cluster),
            6 => ReshardAsync(cluster),
            7 => SlowDownAsync(cluster, network!),
            _ => CutOffAsync(cluster, network!),
        };

    private async Task KillAsync(ProcessCluster cluster)
    {
        var node = Any(cluster.Nodes);
        var waits = _random.Next(8_000);
        Tell(cluster, $"SIGKILL {node}, started again after {waits} ms");
        await node.KillAsync();
        await Task.Delay(waits);
        await node.StartAsync();
    }

    /// <summary>For a time that may be shorter than the node timeout, or longer, or just as long.</summary>
    private async Task FreezeAsync(ProcessCluster cluster, ListAppendLoad load)
    {
        var nodes = Some(cluster.Nodes, _random.Next(1, 3));
        var waits = _random.Next(1_000, 12_000);
        Tell(cluster, $"SIGSTOP {string.Join(", ", nodes)} for {waits} ms; {load.Count} appends until then");
        foreach (var node in nodes)
            node.Freeze();
        await Task.Delay(waits);
        foreach (var node in nodes)
            node.Resume();
    }

    /// <summary>Up to all of them, at once; they start in any order.</summary>
    private async Task KillSeveralAsync(ProcessCluster cluster)
    {
        var nodes = Some(cluster.Nodes, _random.Next(2, cluster.Nodes.Count + 1));
        Tell(cluster, $"SIGKILL {string.Join(", ", nodes)}");
        await Task.WhenAll(nodes.Select(node => node.KillAsync()));
        await Task.WhenAll(nodes.Select(async node =>
        {
            await Task.Delay(Random.Shared.Next(3_000));
            await node.StartAsync();
        }));
    }

    private async Task FailOverAsync(ProcessCluster cluster)
    {
        var primary = Any(await cluster.PrimariesAsync());
        var replicas = await cluster.ReplicasOfAsync(primary);
        if (replicas.Count == 0)
            return;
        var replica = Any(replicas);
        Tell(cluster, $"CLUSTER FAILOVER from {primary} to {replica}");
        Assert.Equal("OK", await replica.CallAsync("CLUSTER", "FAILOVER"));
        await Wait.UntilAsync(
            async () => (await replica.ViewAsync()).Single(line => line.IsMyself).IsPrimary, "the roles are changed");
    }

    private async Task ReshardAsync(ProcessCluster cluster)
    {
        var primaries = Some(await cluster.PrimariesAsync(), 2);
        var slots = _random.Next(1, 40);
        Tell(cluster, $"reshard {slots} slots from {primaries[0]} to {primaries[1]}");
        await RedisCli.ClusterAsync(
            "reshard", primaries[0].Address, "--cluster-from", primaries[0].Id, "--cluster-to", primaries[1].Id,
            "--cluster-slots", $"{slots}", "--cluster-yes");
    }

    /// <summary>Slow enough for requests to wait, and fast enough for a heartbeat now and then.</summary>
    private async Task SlowDownAsync(ProcessCluster cluster, NetworkLab network)
    {
        var hosts = Some(network.Hosts, _random.Next(1, 3));
        var (kilobits, waits) = (_random.Next(30, 500), _random.Next(3_000, 12_000));
        var names = string.Join(", ", cluster.Nodes.Where(node => hosts.Contains(node.Host!)));
        Tell(cluster, $"{names} send {kilobits} kbit/s for {waits} ms");
        foreach (var host in hosts)
            await host.SlowDownAsync(kilobits);
        await Task.Delay(waits);
        await network.HealAsync();
    }

    private async Task CutOffAsync(ProcessCluster cluster, NetworkLab network)
    {
        var hosts = Some(network.Hosts, _random.Next(1, 4));
        var others = network.Hosts.Except(hosts).ToList();
        var (way, waits) = (_random.Next(3), _random.Next(1_000, 12_000));
        var names = string.Join(", ", cluster.Nodes.Where(node => hosts.Contains(node.Host!)));
        var what = way switch { 0 => "both ways", 1 => "what they send", _ => "what they get" };
        Tell(cluster, $"{names} cut off for {waits} ms: {what}");
        await (way switch
        {
            0 => NetworkLab.CutAsync(hosts, others),
            1 => NetworkLab.CutOneWayAsync(hosts, others),
            _ => NetworkLab.CutOneWayAsync(others, hosts),
        });
        await Task.Delay(waits);
        await network.HealAsync();
    }

    private T Any<T>(IReadOnlyList<T> all) => all[_random.Next(all.Count)];

    private List<T> Some<T>(IReadOnlyList<T> all, int count) =>
        [.. all.OrderBy(_ => _random.Next()).Take(count)];

    private void Tell(ProcessCluster cluster, string what)
    {
        _told.Append("  ").AppendLine(what);
        cluster.Tell(what);
    }
}
