using System.Globalization;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Events, the log, waiting clients and large values of sorted set commands.</summary>
public sealed class SortedSetBehaviourTests
{
    private const int Many = 9000;

    [Theory]
    [InlineData("", "ZADD z 1 a", "new z, zadd z")]
    [InlineData("ZADD z 1 a", "ZADD z 1 a", "")]
    [InlineData("ZADD z 1 a", "ZADD z INCR 1 a", "zincr z")]
    [InlineData("ZADD z 1 a", "ZINCRBY z 0 a", "")]
    [InlineData("ZADD z 1 a", "ZREM z a", "zrem z, del z")]
    [InlineData("ZADD z 1 a 2 b", "ZPOPMIN z", "zpopmin z")]
    [InlineData("ZADD z 1 a 2 b", "ZMPOP 1 z MAX COUNT 5", "zpopmax z, del z")]
    [InlineData("ZADD z 1 a 2 b", "ZREMRANGEBYRANK z 0 0", "zremrangebyrank z")]
    [InlineData("ZADD z 1 a 2 b", "ZREMRANGEBYSCORE z 0 9", "zremrangebyscore z, del z")]
    [InlineData("ZADD z 1 a 2 b", "ZUNIONSTORE d 1 z", "new d, zunionstore d")]
    [InlineData("ZADD z 1 a 2 b", "ZRANGESTORE z z 0 0", "zrangestore z")]
    [InlineData("ZADD z 1 a ; SET d v", "ZINTERSTORE d 2 z x", "del d")]
    [InlineData("GEOADD g 1 1 a", "GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 1 m", "new d, geosearchstore d")]
    [InlineData("GEOADD g 1 1 a", "GEORADIUS g 1 1 1 km STORE d", "new d, georadiusstore d")]
    public void Events_are_those_of_redis(string given, string command, string events)
    {
        using var harness = new CommandHarness(KeyspaceEvents.All | KeyspaceEvents.New | KeyspaceEvents.Keyevent);
        harness.Given(given);
        harness.TakeEvents();
        harness.Given(command);
        Assert.Equal(events, harness.TakeEvents());
    }

    [Theory]
    [InlineData("ZADD z 1 a 2 b", "ZMPOP 2 x z MIN COUNT 5", "ZPOPMIN z 2")]
    [InlineData("ZADD z 1 a 2 b", "BZPOPMAX x z 0", "ZPOPMAX z")]
    [InlineData("ZADD z 1 a 2 b", "BZMPOP 0 2 x z MAX", "ZPOPMAX z 1")]
    [InlineData("ZADD z 1 a", "ZADD z INCR 2 a", "ZADD z INCR 2 a")]
    [InlineData("ZADD z 1 a", "ZADD z GT 0 a", "")]
    public void Pops_are_logged_by_what_they_took(string given, string command, string log)
    {
        using var harness = new CommandHarness();
        harness.Given(given);
        harness.TakeLog();
        harness.Given(command);
        Assert.Equal(log, harness.TakeLog());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Clients_that_wait_are_served_in_order_by_whatever_makes_a_sorted_set()
    {
        using var harness = new CommandHarness();
        var (a, b, c) = (harness.NewClient(), harness.NewClient(), harness.NewClient());
        Assert.Equal(("", "", ""), (a.Run("BZPOPMIN z 0"), b.Run("BZMPOP 0 2 y z MAX COUNT 2"), c.Run("BZPOPMAX z 5")));
        harness.Given("SET z v ; DEL z ; ZADD src 1 a 2 b 3 c 4 d");
        Assert.Null(a.Parked is null ? "served" : null);
        harness.TakeLog();
        harness.Given("ZUNIONSTORE z 1 src");
        Assert.Equal("*3 $1 z $1 a $1 1", a.TakeUp());
        Assert.Equal("*2 $1 z *2 *2 $1 d $1 4 *2 $1 c $1 3", b.TakeUp());
        Assert.Equal("*3 $1 z $1 b $1 2", c.TakeUp());
        Assert.Equal("ZUNIONSTORE z 1 src ; ZPOPMIN z ; ZPOPMAX z 2 ; ZPOPMAX z", harness.TakeLog());
        Assert.Equal(":0", harness.Run("EXISTS z"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void A_client_whose_time_is_over_gets_no_array()
    {
        using var harness = new CommandHarness();
        var client = harness.NewClient();
        client.Run("BZMPOP 0.5 1 z MIN");
        Assert.Equal("*-1", client.TimeOut());
        harness.Given("MULTI ; BZPOPMIN z 0 ; BZMPOP 0 1 z MIN");
        Assert.Equal("*2 *-1 *-1", harness.Run("EXEC"));
    }

    [Fact]
    public void Thresholds_decide_the_encoding()
    {
        using var harness = new CommandHarness();
        harness.Options.Encodings = harness.Options.Encodings with { SortedSetMaxEntries = 2, SortedSetMaxValue = 3 };
        harness.Given(
            "ZADD a 1 x 2 y ; ZADD b 1 abc ; ZADD c 1 x 2 y 3 z ; ZADD d 1 abcd ; ZUNIONSTORE e 1 c ; ZRANGESTORE f "
                + "c 0 1");
        var names = "abcdef".Select(key => harness.Run($"OBJECT ENCODING {key}").Split(' ')[1]);
        Assert.Equal(["listpack", "listpack", "skiplist", "skiplist", "skiplist", "listpack"], names);
    }

    [Theory]
    [InlineData("ZRANGE z 0 -1", Many)]
    [InlineData("ZRANGE z 0 -1 WITHSCORES", 2 * Many)]
    [InlineData("ZREVRANGE z 1 -1", Many - 1)]
    [InlineData("ZUNION 2 z z", Many)]
    [InlineData("ZRANDMEMBER z -20000", 20_000)]
    [InlineData("ZRANDMEMBER z 8000", 8000)]
    [InlineData("ZRANDMEMBER z 2000", 2000)]
    [InlineData("ZPOPMIN z 5000", 10_000)]
    [InlineData("ZPOPMAX z 20000", 2 * Many)]
    public void Long_replies_are_complete(string command, int elements)
    {
        using var harness = new CommandHarness();
        AddMany(harness, "z");
        var reply = harness.Run(command).Split(' ');
        Assert.Equal($"*{elements}", reply[0]);
        Assert.Equal(elements, (reply.Length - 1) / 2);
        if (command is "ZRANDMEMBER z 8000" or "ZRANDMEMBER z 2000")
            Assert.Equal(elements, reply.Where((_, i) => i > 0 && i % 2 == 0).Distinct().Count());
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("ZREMRANGEBYRANK z 1000 6999", 6000, Many - 6000)]
    [InlineData("ZREMRANGEBYSCORE z -inf (8000", 8000, Many - 8000)]
    [InlineData("ZREMRANGEBYLEX z - +", Many, 0)]
    [InlineData("ZUNIONSTORE z 2 z y", Many, Many)]
    [InlineData("ZINTERSTORE z 2 z y", Many, Many)]
    [InlineData("ZDIFFSTORE z 1 z", Many, Many)]
    [InlineData("ZRANGESTORE z z 100 8099", 8000, 8000)]
    [InlineData("GEOSEARCHSTORE z z FROMLONLAT -180 -85.05 BYRADIUS 10 km", Many, Many)]
    public void Long_work_is_done_as_if_at_one_moment(string command, int reply, int left)
    {
        using var harness = new CommandHarness(KeyspaceEvents.All | KeyspaceEvents.Keyevent);
        AddMany(harness, "z");
        AddMany(harness, "y");
        harness.Given("PEXPIREAT z 9999999999999");
        harness.TakeLog();
        Assert.Equal($":{reply}", harness.Run(command));
        Assert.Equal($":{left}", harness.Run("ZCARD z"));
        Assert.Equal(command, harness.TakeLog());
        Assert.Equal(command.StartsWith("ZREM", StringComparison.Ordinal)
            && left > 0 ? ":9999999999999" : left > 0 ? ":-1" : ":-2", harness.Run("PEXPIRETIME z"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public async Task Long_work_beside_writers_has_an_order_that_explains_it()
    {
        using var harness = new CommandHarness();
        AddMany(harness, "z");
        var clients = new[] { harness.NewClient(), harness.NewClient(), harness.NewClient() };
        Func<int, string>[] commands =
        [
            i => i % 2 == 0 ? "ZUNIONSTORE d 2 z y" : "ZRANGESTORE e z 0 5000",
            i => i % 3 == 0 ? "ZREMRANGEBYRANK z 0 4500" : string.Create(
                CultureInfo.InvariantCulture, $"ZADD z {i} m{i} {i + 1} y{i}"),
            i => string.Create(CultureInfo.InvariantCulture, $"ZADD z {-i} n{i} ; ZINCRBY y 1 m{i % 7}").Split(
                " ; ")[i % 2],
        ];
        await Task.WhenAll(clients.Select((client, which) => Task.Run(() =>
        {
            using var executor = new CommandExecutor(harness.Services);
            for (var i = 0; i < 60; i++)
                client.RunWith(executor, commands[which](i));
        }))).WaitAsync(TimeSpan.FromSeconds(60));
        harness.AssertReplayAgrees();
    }

    private static void AddMany(CommandHarness harness, string key)
    {
        for (var i = 0; i < Many; i += 100)
        {
            var pairs = Enumerable.Range(i, 100).Select(
                j => string.Create(CultureInfo.InvariantCulture, $"{j} member{j:00000}"));
            harness.Given($"ZADD {key} {string.Join(' ', pairs)}");
        }
    }
}
