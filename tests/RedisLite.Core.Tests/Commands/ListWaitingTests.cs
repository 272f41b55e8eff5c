using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Clients that wait for lists, where more than one of its keys, its type or its connection matters.</summary>
public sealed class ListWaitingTests : IDisposable
{
    private readonly CommandHarness _server = new();

    public void Dispose()
    {
        _server.AssertReplayAgrees();
        _server.Dispose();
    }

    [Fact]
    public void The_key_that_a_transaction_made_ready_first_serves_whatever_the_arguments_order_is()
    {
        var client = Waiting("BLPOP a b 0");
        _server.Given("MULTI ; RPUSH b 1 ; RPUSH a 2 ; EXEC");
        Assert.Equal("*2 $1 b $1 1", client.TakeUp());
    }

    [Fact]
    public void A_key_that_became_a_string_meanwhile_is_no_error_for_who_waits()
    {
        var client = Waiting("BLPOP a b 0");
        _server.Given("SET a text ; RPUSH b 1");
        Assert.Equal("*2 $1 b $1 1", client.TakeUp());
    }

    [Fact]
    public void A_client_that_runs_its_command_itself_passes_by_keys_of_another_type()
    {
        var client = _server.NewClient();
        client.RunWith(_server.Executor, "BLMPOP 0 2 a b LEFT", settles: false);
        _server.Given("RPUSH b 1 ; SET a text");
        client.Settle();
        Assert.Equal("*2 $1 b *1 $1 1", client.TakeUp());
    }

    [Fact]
    public void A_source_that_became_a_string_before_its_client_s_turn_lets_it_wait_on()
    {
        var client = _server.NewClient();
        client.RunWith(_server.Executor, "BLMOVE a b LEFT LEFT 0", settles: false);
        _server.Given("RPUSH a 1 ; DEL a ; SET a text");
        client.Settle();
        Assert.Equal("", client.TakeUp());
        _server.Given("DEL a ; RPUSH a 2");
        Assert.Equal("$1 2", client.TakeUp());
    }

    [Fact]
    public void A_chain_of_moves_ends_before_the_push_is_answered()
    {
        var clients = Enumerable.Range(0, 20).Select(i => Waiting($"BLMOVE k{i} k{i + 1} LEFT RIGHT 0")).ToList();
        var last = Waiting("BLPOP k20 0");
        Assert.Equal(":1 :0", _server.Client.RunMany("RPUSH k0 x", "EXISTS k0 k10 k20"));
        Assert.All(clients, client => Assert.Equal("$1 x", client.TakeUp()));
        Assert.Equal("*2 $3 k20 $1 x", last.TakeUp());
    }

    [Fact]
    public void A_destination_of_another_type_is_an_error_that_takes_nothing()
    {
        var client = Waiting("BRPOPLPUSH a b 0");
        _server.Given("SET b text ; RPUSH a 1 2");
        Assert.StartsWith("-WRONGTYPE", client.TakeUp(), StringComparison.Ordinal);
        Assert.Equal("*2 $1 1 $1 2", _server.Run("LRANGE a 0 -1"));
    }

    [Fact]
    public void Elements_go_round_in_order_of_arrival_and_what_is_left_stays()
    {
        var clients = Enumerable.Range(0, 3).Select(
            i => Waiting(i == 1 ? "BLMPOP 0 1 q LEFT COUNT 2" : "BLPOP q 0")).ToList();
        _server.Given("RPUSH q 1 2 3 4 5");
        Assert.Equal(
            ["*2 $1 q $1 1", "*2 $1 q *2 $1 2 $1 3", "*2 $1 q $1 4"], clients.Select(client => client.TakeUp()));
        Assert.Equal("*1 $1 5", _server.Run("LRANGE q 0 -1"));
    }

    [Fact]
    public void Who_is_served_gets_a_long_reply_whole()
    {
        var client = Waiting("BLMPOP 0 1 q RIGHT COUNT 5000");
        _server.Given("RPUSH x " + string.Join(' ', Enumerable.Range(0, 3000)) + " ; RENAME x q");
        var reply = client.TakeUp();
        Assert.StartsWith("*2 $1 q *3000 $4 2999 ", reply, StringComparison.Ordinal);
        Assert.EndsWith(" $1 0", reply, StringComparison.Ordinal);
    }

    [Fact]
    public void A_transaction_sees_null_where_a_timeout_gives_a_null_array()
    {
        _server.Given("MULTI ; BLMOVE a b LEFT LEFT 0 ; BRPOPLPUSH a b 0 ; BLPOP a 0 ; BLMPOP 0 1 a LEFT");
        Assert.Equal("*4 $-1 $-1 *-1 *-1", _server.Run("EXEC"));
        var client = Waiting("BLMOVE a b LEFT LEFT 1");
        Assert.Equal("*-1", client.TimeOut());
    }

    [Theory]
    [InlineData("0.01", 10)]
    [InlineData("0.0001", 1)]
    [InlineData("1.0001", 1001)]
    [InlineData("0x10", 16000)]
    public void A_fraction_of_a_second_is_rounded_up_to_milliseconds(string timeout, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Waiting("BLPOP q " + timeout).Parked!.Timeout);

    [Theory]
    [InlineData("0")]
    [InlineData("-0.0001")]
    [InlineData("9223372036854770")]
    public void A_timeout_of_zero_or_beyond_all_clocks_has_no_end(string timeout) =>
        Assert.Equal(Timeout.InfiniteTimeSpan, Waiting("BLPOP q " + timeout).Parked!.Timeout);

    [Fact]
    public void Monitor_shows_a_waiting_command_once()
    {
        var monitor = _server.NewClient();
        monitor.Run("MONITOR");
        var client = _server.NewClient();
        client.RunWith(_server.Executor, "BLPOP q 0", settles: false);
        _server.Given("RPUSH q 1");
        client.Settle();
        client.TakeUp();
        Assert.Single(monitor.Pushes, line => line.Contains("BLPOP", StringComparison.OrdinalIgnoreCase));
    }

    private TestClient Waiting(string command)
    {
        var client = _server.NewClient();
        Assert.Equal("", client.Run(command));
        Assert.Equal(BatchOutcome.Parked, client.Outcome);
        return client;
    }
}
