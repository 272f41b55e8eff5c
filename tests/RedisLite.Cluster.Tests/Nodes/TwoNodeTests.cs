using System.Diagnostics.Metrics;

namespace RedisLite.Cluster.Tests.Nodes;

/// <summary>
/// Two nodes that know each other: redirections, and a slot that moves key by key. The key "a" is in slot 15495.
/// </summary>
public sealed class TwoNodeTests
{
    private const int Slot = 15_495;

    [Fact]
    public async Task A_key_of_the_other_node_is_redirected()
    {
        var (low, high) = await TestNode.StartPairAsync();
        await using var first = low;
        await using var second = high;
        Assert.Equal($"-MOVED {Slot} 127.0.0.1:{high.Port}", await low.RunAsync("GET a"));
        Assert.Equal($"-MOVED {Slot} 127.0.0.1:{high.Port}", await low.RunAsync("SPUBLISH a m"));
        Assert.Equal($"-MOVED {Slot} 127.0.0.1:{high.Port}", await low.RunAsync("MULTI ; GET a"));
        Assert.Equal(
            "-EXECABORT Transaction discarded because of previous errors.", await low.RunAsync("EXEC"));
        Assert.StartsWith(
            "-ERR Script attempted to access a non local key in a cluster node",
            await low.RunAsync("EVAL return(redis.call('get','a')) 0"),
            StringComparison.Ordinal);
        Assert.Equal("nil", await high.RunAsync("GET a"));
    }

    [Fact]
    public async Task A_slot_moves_key_by_key()
    {
        var (low, high) = await TestNode.StartPairAsync();
        await using var first = low;
        await using var second = high;
        var (to, from) = (await low.IdAsync(), await high.IdAsync());
        Assert.Equal("+OK",
            await high.RunAsync("MSET {a}1 one {a}2 two {a}3 three ; PEXPIRE {a}2 100000 ; MSET {a}4 4 {a}5 5"));
        Assert.Equal("+OK", await low.RunAsync($"CLUSTER SETSLOT {Slot} IMPORTING {from}"));
        Assert.Equal("+OK", await high.RunAsync($"CLUSTER SETSLOT {Slot} MIGRATING {to}"));
        Assert.Contains($"[{Slot}->-{to}]", await high.RunAsync("CLUSTER NODES"), StringComparison.Ordinal);
        Assert.Contains($"[{Slot}-<-{from}]", await low.RunAsync("CLUSTER NODES"), StringComparison.Ordinal);

        Assert.Equal("+OK", await high.RunAsync($"MIGRATE 127.0.0.1 {low.Port} '' 0 5000 KEYS {{a}}1 {{a}}2"));
        Assert.Equal("three", await high.RunAsync("GET {a}3"));
        Assert.Equal($"-ASK {Slot} 127.0.0.1:{low.Port}", await high.RunAsync("GET {a}1"));
        Assert.Equal(
            "-TRYAGAIN Multiple keys request during rehashing of slot", await high.RunAsync("MGET {a}1 {a}3"));
        Assert.Equal($"-MOVED {Slot} 127.0.0.1:{high.Port}", await low.RunAsync("GET {a}1"));
        Assert.Equal("one", await low.RunAsync("ASKING ; GET {a}1"));
        Assert.Equal($"-MOVED {Slot} 127.0.0.1:{high.Port}", await low.RunAsync("GET {a}1"));
        Assert.Equal("[one, two]", await low.RunAsync("ASKING ; MULTI ; GET {a}1 ; GET {a}2 ; EXEC"));
        Assert.Equal(
            "-TRYAGAIN Multiple keys request during rehashing of slot",
            await low.RunAsync("ASKING ; MGET {a}1 {a}3"));
        Assert.NotEqual("-1", await low.RunAsync("ASKING ; PTTL {a}2"));
        Assert.Equal(
            $"-ERR Can't assign hashslot {Slot} to a different node while I still hold keys for this hash slot.",
            await high.RunAsync($"CLUSTER SETSLOT {Slot} NODE {to}"));

        Assert.Equal("+OK", await high.RunAsync($"MIGRATE 127.0.0.1 {low.Port} '' 0 5000 KEYS {{a}}3 {{a}}4 {{a}}5"));
        Assert.Equal("0", await high.RunAsync($"CLUSTER COUNTKEYSINSLOT {Slot}"));
        Assert.Equal("+OK", await low.RunAsync($"CLUSTER SETSLOT {Slot} NODE {to}"));
        Assert.Equal("+OK", await high.RunAsync($"CLUSTER SETSLOT {Slot} NODE {to}"));
        Assert.Equal("three", await low.RunAsync("GET {a}3"));
        Assert.Equal($"-MOVED {Slot} 127.0.0.1:{low.Port}", await high.RunAsync("GET {a}3"));
        Assert.DoesNotContain("[", await low.RunAsync("CLUSTER NODES"), StringComparison.Ordinal);
    }

    /// <summary>As <c>redis-cli --cluster fix</c> gives an open slot to a node.</summary>
    [Fact]
    public async Task A_slot_changes_hands_in_a_transaction()
    {
        var (low, high) = await TestNode.StartPairAsync();
        await using var first = low;
        await using var second = high;
        Assert.StartsWith("[+OK, +OK, +", await high.RunAsync(
            $"MULTI ; CLUSTER DELSLOTS {Slot} ; CLUSTER ADDSLOTS {Slot} ; CLUSTER BUMPEPOCH ; EXEC"),
            StringComparison.Ordinal);
        Assert.Equal("nil", await high.RunAsync("GET a"));
        await low.RunAsync($"MULTI ; CLUSTER DELSLOTS {Slot} ; CLUSTER ADDSLOTS {Slot} ; CLUSTER BUMPEPOCH ; EXEC");
        Assert.Equal("nil", await low.RunAsync("GET a"));
        await Eventually.EqualAsync($"-MOVED {Slot} 127.0.0.1:{low.Port}", () => high.RunAsync("GET a"));
    }

    [Fact]
    public async Task The_meter_tells_of_the_cluster()
    {
        var (low, high) = await TestNode.StartPairAsync();
        await using var first = low;
        await using var second = high;
        await Eventually.EqualAsync("leads", () => Task.FromResult(Read("leading").Contains(1) ? "leads" : "nobody"));
        Assert.Contains(2, Read("nodes"));
        Assert.Contains(16_384, Read("slots.assigned"));
        Assert.Contains(Read("slots.owned"), value => value > 0);
        Assert.Contains(Read("messages.sent"), value => value > 0);
        Assert.Contains(1, Read("serving"));
    }

    /// <summary>What all servers of this process tell.</summary>
    private static List<double> Read(string name)
    {
        var values = new List<double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == $"redislite.cluster.{name}")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => values.Add(value));
        listener.Start();
        listener.RecordObservableInstruments();
        return values;
    }

    /// <summary>Replies of a transaction tell what the cluster has decided, refusals among others.</summary>
    [Fact]
    public async Task What_a_transaction_asked_the_cluster_for_is_answered_as_it_was_decided()
    {
        var (low, high) = await TestNode.StartPairAsync();
        await using var first = low;
        await using var second = high;

        // What is given twice is refused only by the cluster: when it is asked for, nobody has it yet.
        var reply = await high.RunAsync(
            $"MULTI ; CLUSTER DELSLOTS {Slot} ; CLUSTER SETSLOT {Slot} NODE {await low.IdAsync()} ; PING a"
            + " ; CLUSTER BUMPEPOCH ; ECHO b ; EXEC");
        Assert.Matches(@"^\[\+OK, -ERR Slot [0-9]+ has no owner, a, \+(BUMPED|STILL) [0-9]+, b\]$", reply);
    }

    [Fact]
    public async Task Keys_migrate_in_a_transaction_and_in_a_script()
    {
        var (low, high) = await TestNode.StartPairAsync();
        await using var first = low;
        await using var second = high;
        await low.RunAsync($"CLUSTER SETSLOT {Slot} IMPORTING {await high.IdAsync()}");
        await high.RunAsync($"MSET {{a}}1 one {{a}}2 two ; CLUSTER SETSLOT {Slot} MIGRATING {await low.IdAsync()}");
        var migrate = $"MIGRATE 127.0.0.1 {low.Port} {{a}}1 0 5000";
        Assert.Equal("[+OK, 1]", await high.RunAsync($"MULTI ; {migrate} ; EXISTS {{a}}2 ; EXEC"));
        var script = $"return(redis.call('migrate','127.0.0.1','{low.Port}',KEYS[1],0,5000))";
        Assert.Equal("+OK", await high.RunAsync($"EVAL {script} 1 {{a}}2"));
        Assert.Equal("0", await high.RunAsync($"CLUSTER COUNTKEYSINSLOT {Slot}"));
        Assert.Equal("[one, two]", await low.RunAsync("ASKING ; MGET {a}1 {a}2"));
    }

    [Fact]
    public async Task Who_waits_for_a_key_or_listens_to_a_channel_of_a_slot_that_goes_is_told()
    {
        var (low, high) = await TestNode.StartPairAsync();
        await using var first = low;
        await using var second = high;
        await using var waiter = await high.ConnectAsync();
        await using var listener = await high.ConnectAsync();
        await listener.SendAsync("SSUBSCRIBE", "a");
        Assert.Equal("[ssubscribe, a, 1]", TestNode.Show(await listener.ReadAsync()));
        await waiter.SendAsync("BLPOP", "a", "0");
        while (!(await high.RunAsync("INFO clients")).Contains("blocked_clients:1", StringComparison.Ordinal))
            await Task.Yield();

        Assert.Equal("+OK", await high.RunAsync($"CLUSTER SETSLOT {Slot} NODE {await low.IdAsync()}"));
        Assert.Equal($"-MOVED {Slot} 127.0.0.1:{low.Port}", TestNode.Show(await waiter.ReadAsync()));
        Assert.Equal("[sunsubscribe, a, 0]", TestNode.Show(await listener.ReadAsync()));
        Assert.Equal($"-MOVED {Slot} 127.0.0.1:{low.Port}", await high.RunAsync("SSUBSCRIBE a"));
    }
}
