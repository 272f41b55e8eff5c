using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.Cluster.Tests.Processes.Load;
using RedisLite.EndToEnd.Tests.Support;
using Xunit.Abstractions;

namespace RedisLite.Cluster.Tests.Processes;

/// <summary>Links that are cut, wholly or in one direction, while clients reach both sides.</summary>
/// <remarks>Each node is on a host of its own. On a machine where no such network can be made, these skip.</remarks>
[Collection(AloneCollection.Name)]
public sealed class PartitionTests(ITestOutputHelper output)
{
    private static readonly NodeSettings Settings = new() { NodeTimeoutMs = 5_000 };

    private static readonly ListAppendLoad.Options Load = new() { Waits = true, Patience = TimeSpan.FromSeconds(2) };

    /// <summary>How a primary is parted from all others.</summary>
    public enum Cut
    {
        Both,
        WhatItSends,
        WhatItGets,
    }

    [SkippableTheory]
    [InlineData(NodeKind.Ours, Cut.Both)]
    [InlineData(NodeKind.Ours, Cut.WhatItSends)]
    [InlineData(NodeKind.Ours, Cut.WhatItGets)]
    [InlineData(NodeKind.RedisServer, Cut.Both)]
    public async Task A_primary_that_is_cut_off_is_replaced_and_comes_back(NodeKind kind, Cut cut)
    {
        await using var network = await NetworkLab.RequireAsync(hosts: 6);
        await ProcessCluster.RunAsync(kind, 6, Settings, async cluster =>
        {
            await cluster.CreateAsync(replicas: 1);
            await using var load = new ListAppendLoad(() => cluster.EndPoints, Load);
            await load.UntilAllGrowAsync();
            var slot = KeySlot.Of("any");
            var primary = await cluster.OwnerAsync(slot);
            VirtualHost[] alone = [primary.Host!];
            var others = network.Hosts.Where(host => host != primary.Host).ToArray();
            load.BeginWindow();
            cluster.Tell($"{primary} is cut off: {cut}");
            await CutAsync(alone, others, cut);
            await cluster.UntilSucceededAsync(primary, slot);
            await Wait.UntilAsync(
                async () => (await primary.ClusterInfoAsync())["cluster_state"] == "fail",
                "the primary that is cut off knows that it does not serve");

            await network.HealAsync();
            cluster.Tell("healed");
            await cluster.SettleAsync();
            cluster.Tell(await cluster.DescribeAsync());
            await load.UntilAllGrowAsync();
            Assert.False((await primary.ViewAsync()).Single(line => line.IsMyself).IsPrimary);
            output.WriteLine(await load.VerifyAsync());
        }, network);
    }

    /// <summary>A cut through the middle: the half with most of the primaries goes on, the other stops.</summary>
    [SkippableTheory]
    [InlineData(NodeKind.Ours)]
    public async Task Of_two_halves_only_one_goes_on(NodeKind kind)
    {
        await using var network = await NetworkLab.RequireAsync(hosts: 6);
        await ProcessCluster.RunAsync(kind, 6, Settings, async cluster =>
        {
            await cluster.CreateAsync(replicas: 1);
            await using var load = new ListAppendLoad(() => cluster.EndPoints, Load);
            await load.UntilAllGrowAsync();

            // One primary and the replicas of the two others, against these two and its replica.
            var slot = KeySlot.Of("any");
            var primary = await cluster.OwnerAsync(slot);
            var ownReplica = (await cluster.ReplicasOfAsync(primary)).Single();
            var primaries = await cluster.PrimariesAsync();
            var majority = primaries.Where(node => node != primary).Append(ownReplica).ToList();
            var minority = cluster.Nodes.Except(majority).ToList();
            load.BeginWindow();
            cluster.Tell($"{string.Join(", ", minority)} against {string.Join(", ", majority)}");
            await NetworkLab.CutAsync(minority.Select(node => node.Host!), majority.Select(node => node.Host!));
            await Wait.UntilAsync(
                async () => (await ownReplica.ViewAsync()).Single(line => line.IsMyself).IsPrimary,
                "the majority has a new owner");
            foreach (var node in minority)
            {
                await Wait.UntilAsync(
                    async () => (await node.ClusterInfoAsync())["cluster_state"] == "fail", $"{node} stops");
            }

            await network.HealAsync();
            cluster.Tell("healed");
            await cluster.SettleAsync();
            cluster.Tell(await cluster.DescribeAsync());
            await load.UntilAllGrowAsync();
            output.WriteLine(await load.VerifyAsync());
        }, network);
    }

    private static Task CutAsync(VirtualHost[] alone, VirtualHost[] others, Cut cut) => cut switch
    {
        Cut.Both => NetworkLab.CutAsync(alone, others),
        Cut.WhatItSends => NetworkLab.CutOneWayAsync(alone, others),
        _ => NetworkLab.CutOneWayAsync(others, alone),
    };
}
