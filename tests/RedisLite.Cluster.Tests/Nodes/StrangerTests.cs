using System.Globalization;
using System.Text.RegularExpressions;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Files;
using RedisLite.Cluster.Map;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Nodes;

/// <summary>Who is not let into a cluster, and does not disturb it.</summary>
public sealed partial class StrangerTests
{
    // Shorter than a meeting is tried for.
    private const int Timeout = 3_000;

    [Fact]
    public async Task Nodes_with_certificates_meet_and_others_do_not()
    {
        using var ours = new TestAuthority();
        using var others = new TestAuthority();
        await using var first = await TestNode.StartAsync(timeoutMs: Timeout, configure: ours.Configure);
        await using var second = await TestNode.StartAsync(timeoutMs: Timeout, configure: ours.Configure);
        await using var stranger = await TestNode.StartAsync(timeoutMs: Timeout, configure: others.Configure);
        await using var plain = await TestNode.StartAsync(timeoutMs: Timeout);
        await MeetAsync(stranger, first);
        await MeetAsync(plain, first);
        await MeetAsync(first, plain);
        await MeetAsync(second, first);
        await Eventually.TrueAsync(async () => await KnownAsync(first) == 2 && await KnownAsync(second) == 2);
        Assert.Equal("+OK", await first.RunAsync("CLUSTER ADDSLOTSRANGE 0 16383"));
        await first.WhenServingAsync(2);
        Assert.Equal(1, await KnownAsync(stranger));
        Assert.Equal(1, await KnownAsync(plain));
    }

    [Fact]
    public async Task Nodes_with_another_secret_do_not_meet()
    {
        await using var first = await TestNode.StartAsync(timeoutMs: Timeout, secret: "a");
        await using var second = await TestNode.StartAsync(timeoutMs: Timeout, secret: "a");
        await using var other = await TestNode.StartAsync(timeoutMs: Timeout, secret: "b");
        await using var none = await TestNode.StartAsync(timeoutMs: Timeout);
        await MeetAsync(other, first);
        await MeetAsync(none, first);
        await MeetAsync(second, first);
        await Eventually.TrueAsync(async () => await KnownAsync(first) == 2 && await KnownAsync(second) == 2);
        Assert.Equal(1, await KnownAsync(other));
        Assert.Equal(1, await KnownAsync(none));
    }

    [Fact]
    public async Task Itself_and_a_server_that_is_no_node_are_not_met_and_clusters_are_not_merged()
    {
        await using var a = await TestNode.StartAsync(timeoutMs: Timeout);
        await MeetAsync(a, a);
        Assert.Equal("+OK", await a.RunAsync($"CLUSTER MEET 127.0.0.1 {a.Port} {a.Port}"));
        await using var b = await TestNode.StartAsync(timeoutMs: Timeout);
        await using var c = await TestNode.StartAsync(timeoutMs: Timeout);
        await using var d = await TestNode.StartAsync(timeoutMs: Timeout);
        await MeetAsync(b, a);
        await MeetAsync(d, c);
        await Eventually.TrueAsync(async () => await KnownAsync(a) == 2 && await KnownAsync(d) == 2);
        await MeetAsync(a, c);
        Assert.Equal("+OK", await a.RunAsync("CLUSTER ADDSLOTSRANGE 0 16383"));
        await a.WhenServingAsync(2);
        Assert.Equal(2, await KnownAsync(c));
    }

    [Fact]
    public async Task A_member_meets_a_node_that_is_alone_and_a_forgotten_node_meets_again()
    {
        await using var a = await TestNode.StartAsync(timeoutMs: Timeout);
        await using var b = await TestNode.StartAsync(timeoutMs: Timeout);
        await using var c = await TestNode.StartAsync(timeoutMs: Timeout);
        await MeetAsync(b, a);
        await Eventually.TrueAsync(async () => await KnownAsync(b) == 2);
        await MeetAsync(b, c);
        await Eventually.TrueAsync(async () => await KnownAsync(a) == 3 && await KnownAsync(c) == 3);
        Assert.Equal("+OK", await a.RunAsync($"CLUSTER FORGET {await c.IdAsync()}"));
        Assert.Equal("+OK", await b.RunAsync($"CLUSTER FORGET {await c.IdAsync()}"));
        await Eventually.TrueAsync(async () => await KnownAsync(c) == 1 && await KnownAsync(b) == 2);
        Assert.Equal("+OK", await c.RunAsync("CLUSTER RESET SOFT"));
        await MeetAsync(c, a);
        await Eventually.TrueAsync(async () => await KnownAsync(a) == 3 && await KnownAsync(c) == 3);
        var id = await c.IdAsync();
        Assert.Equal("+OK", await c.RunAsync("CLUSTER RESET HARD"));
        Assert.NotEqual(id, await c.IdAsync());
        await Eventually.TrueAsync(async () => await KnownAsync(a) == 2 && await KnownAsync(c) == 1);
    }

    /// <summary>It was decided that a node is a member, and what told it was lost, and it gave up asking.</summary>
    [Fact]
    public async Task A_member_that_does_not_know_it_is_told()
    {
        var (busOfA, busOfB) = (FreePort.Next(), FreePort.Next());
        var b = NodeId.NewRandom();
        var owner = OwnerWith(busOfA, b, busOfB);
        await using var unaware = await TestNode.StartAsync(
            Unformed(b, version: 1_000), timeoutMs: Timeout, busPort: busOfB);
        Assert.Equal(1, await KnownAsync(unaware));
        await using var node = await TestNode.StartAsync(owner, timeoutMs: Timeout, busPort: busOfA);
        await unaware.WhenServingAsync(2);
    }

    /// <summary>A member that has not heard of it still counts a node among its own that has left.</summary>
    [Fact]
    public async Task A_node_that_has_left_is_not_pulled_back_not_even_after_a_restart()
    {
        var (busOfA, busOfB) = (FreePort.Next(), FreePort.Next());
        var b = NodeId.NewRandom();
        var owner = OwnerWith(busOfA, b, busOfB);
        var hasLeft = Unformed(b, version: 7) with
        {
            Left = [new LeftCluster(owner.InForce.Cluster, 100, owner.Register.Promised)],
        };
        await using var left = await TestNode.StartAsync(hasLeft, timeoutMs: Timeout, busPort: busOfB);
        await using var node = await TestNode.StartAsync(owner, timeoutMs: Timeout, busPort: busOfA);
        await WhenReceivedAsync(left, 20);
        Assert.Equal(1, await KnownAsync(left));
    }

    /// <summary>While the name of the first seed is not known, somebody else may be what it stands for.</summary>
    [Fact]
    public async Task A_node_that_cannot_find_its_seeds_begins_no_cluster()
    {
        await using var waiting = await TestNode.StartAsync(timeoutMs: Timeout, configure: settings => settings with
        {
            Cluster = settings.Cluster with { SeedNodes = ["not-there.invalid:1"] },
        });
        await using var other = await TestNode.StartAsync(timeoutMs: Timeout);
        await MeetAsync(other, waiting);
        await WhenReceivedAsync(waiting, 20);
        Assert.Contains("cluster_known_nodes:1\r", await waiting.RunAsync("CLUSTER INFO"), StringComparison.Ordinal);
        Assert.Equal(1, await KnownAsync(other));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Nodes_with_seeds_find_each_other(string host)
    {
        var ports = new[] { FreePort.Next(), FreePort.Next() };
        string[] seeds = [$"{host}:{ports[0]}", $"{host}:{ports[1]}"];
        Task<TestNode> Start(int port) => TestNode.StartAsync(timeoutMs: Timeout, busPort: port, configure:
            settings => settings with { Cluster = settings.Cluster with { SeedNodes = seeds } });
        await using var third = await Start(0);
        await using var second = await Start(ports[1]);
        await using var first = await Start(ports[0]);
        await Eventually.TrueAsync(async () => await KnownAsync(first) == 3 && await KnownAsync(second) == 3
            && await KnownAsync(third) == 3);
    }

    private static Task WhenReceivedAsync(TestNode node, int messages) => Eventually.TrueAsync(async () =>
        int.Parse(Received().Match(await node.RunAsync("CLUSTER INFO")).Groups[1].Value, CultureInfo.InvariantCulture)
            >= messages);

    [GeneratedRegex("messages_received:([0-9]+)")]
    private static partial Regex Received();

    /// <summary>What a node knows that leads a cluster of two and owns all slots.</summary>
    private static NodeState OwnerWith(int busPort, NodeId other, int busPortOfOther)
    {
        var self = NodeId.NewRandom();
        var edit = new SlotMapEdit { Version = 5, Cluster = NodeId.NewRandom() };
        edit.Put(new ClusterNode(self, "127.0.0.1", FreePort.Next(), busPort));
        edit.Put(new ClusterNode(other, "127.0.0.1", FreePort.Next(), busPortOfOther));
        edit.Voters.Add(self);
        edit.Assign(new SlotRange(0, 16_383), self);
        var map = edit.Build();
        var ballot = new Ballot(1, self);
        return new NodeState(self, new Register(ballot, ballot, map), map, LocalSlots.None);
    }

    /// <summary>What a node knows that is in no cluster.</summary>
    private static NodeState Unformed(NodeId self, long version)
    {
        var edit = new SlotMapEdit { Version = version };
        edit.Put(new ClusterNode(self, "", 0, 0));
        return new NodeState(self, Register.Empty, edit.Build(), LocalSlots.None);
    }

    private static async Task MeetAsync(TestNode who, TestNode whom) =>
        Assert.Equal("+OK", await who.RunAsync($"CLUSTER MEET 127.0.0.1 {whom.Port} {whom.BusPort}"));

    private static async Task<int> KnownAsync(TestNode node) =>
        (await node.RunAsync("CLUSTER NODES")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
}
