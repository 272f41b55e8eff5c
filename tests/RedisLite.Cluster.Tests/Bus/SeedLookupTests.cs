using System.Net;
using RedisLite.Cluster.Bus;

namespace RedisLite.Cluster.Tests.Bus;

/// <summary>Whom a node asks to be taken in, by what DNS says at the moment.</summary>
public sealed class SeedLookupTests
{
    private readonly Dictionary<string, IReadOnlyList<IPAddress>> _names = [];

    [Fact]
    public async Task The_first_waits_and_the_others_ask_everybody_else()
    {
        Name("a", "10.0.0.1");
        Name("b", "10.0.0.2");
        Name("c", "10.0.0.3");
        Assert.Empty((await LookAsync("10.0.0.1"))!);
        Assert.Equal([("10.0.0.1", 1), ("10.0.0.3", 1)], await LookAsync("10.0.0.2"));
        Assert.Equal([("10.0.0.1", 1), ("10.0.0.2", 1), ("10.0.0.3", 1)], await LookAsync("10.0.0.4"));
    }

    [Fact]
    public async Task Nobody_asks_anybody_until_it_is_known_where_the_first_is()
    {
        Name("b", "10.0.0.2");
        Name("c", "10.0.0.3");
        Assert.Null(await LookAsync("10.0.0.2"));
        Name("a", "10.0.0.1");
        Assert.Equal(("10.0.0.1", 1), (await LookAsync("10.0.0.2"))![0]);
    }

    [Fact]
    public async Task Who_is_not_there_yet_is_left_out_and_who_has_moved_is_asked_elsewhere()
    {
        Name("a", "10.0.0.1");
        Assert.Equal([("10.0.0.1", 1)], await LookAsync("10.0.0.3"));
        Name("a", "10.0.0.9");
        Name("b", "10.0.0.2");
        Assert.Equal([("10.0.0.9", 1), ("10.0.0.2", 1)], await LookAsync("10.0.0.3"));
    }

    /// <summary>The name of a pod that is not ready yet is often not in DNS.</summary>
    [Fact]
    public async Task A_node_knows_its_own_name_without_asking()
    {
        Name("b", "10.0.0.2");
        Assert.Empty((await LookAsync("10.0.0.1", hostname: "a"))!);
        Name("a", "10.0.0.1");
        Assert.Equal([("10.0.0.1", 1)], await LookAsync("10.0.0.7", hostname: "b"));
    }

    [Fact]
    public async Task Of_several_addresses_it_is_always_the_same_one()
    {
        Name("a", "fd00::1", "10.0.0.8", "10.0.0.1");
        Assert.Equal([("10.0.0.1", 1)], await LookAsync("10.0.0.2"));
    }

    /// <summary>A bus that is announced by a name answers to that name alone.</summary>
    [Fact]
    public async Task Where_nodes_are_announced_by_names_seeds_stay_names()
    {
        Name("a", "10.0.0.1");
        Name("b", "10.0.0.2");
        Assert.Equal([("a", 1), ("c", 1)], await LookAsync("b"));
        Assert.Empty((await LookAsync("a"))!);
    }

    [Fact]
    public async Task A_node_knows_itself_by_each_of_its_addresses_and_by_the_loopback_one_of_its_own_name()
    {
        Name("a", "10.0.0.1", "10.0.0.2");
        Assert.Empty((await LookAsync("10.0.0.2"))!);
        Name("a", "127.0.1.1");
        Assert.Empty((await LookAsync("10.0.0.2"))!);
        Assert.Equal(("127.0.1.1", 1), (await LookAsync("10.0.0.2", port: 2))![0]);
    }

    private void Name(string name, params string[] addresses) => _names[name] = [.. addresses.Select(IPAddress.Parse)];

    private Task<IReadOnlyList<(string Ip, int BusPort)>?> LookAsync(string self, string hostname = "", int port = 1) =>
        new SeedLookup(
            [new Seed("a", 1), new Seed("b", 1), new Seed("c", 1)],
            name => Task.FromResult(_names.GetValueOrDefault(name, [])), hostname).LookAsync(self, port);
}
