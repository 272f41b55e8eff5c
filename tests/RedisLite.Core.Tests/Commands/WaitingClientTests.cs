using System.Text;
using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Clients that wait for keys, by way of the commands of <see cref="WaitingCommands"/>.</summary>
public sealed class WaitingClientTests : IDisposable
{
    private readonly CommandHarness _server = new(table: WaitingCommands.Table);

    public void Dispose() => _server.Dispose();

    [Fact]
    public void Clients_are_served_in_the_order_in_which_they_came()
    {
        var (a, b, c) = (Waiting("T.POP q 0"), Waiting("T.POP q 0"), Waiting("T.POP q 0"));
        _server.Given("T.PUSH q 1 2");
        Assert.Equal(("$1 1", "$1 2", ""), (a.TakeUp(), b.TakeUp(), c.TakeUp()));
        _server.Given("T.PUSH q 3");
        Assert.Equal("$1 3", c.TakeUp());
        Assert.Equal(0, _server.Services.Waiting.Count);
    }

    [Fact]
    public void A_client_is_served_before_the_next_command_of_the_one_that_made_its_key_ready()
    {
        var client = Waiting("T.POP q 0");
        Assert.Equal("+OK :0", _server.Client.RunMany("T.PUSH q 1", "EXISTS q"));
        Assert.Equal("$1 1", client.TakeUp());
    }

    [Fact]
    public void A_transaction_ends_before_clients_are_served()
    {
        var client = Waiting("T.POP q 0");
        _server.Given("MULTI ; T.PUSH q 1 ; EXISTS q ; T.PUSH q 2");
        Assert.Equal("*3 +OK :1 +OK", _server.Run("EXEC"));
        Assert.Equal("$1 1", client.TakeUp());
        Assert.Equal("$1 2", _server.Run("GET q"));
    }

    [Fact]
    public void A_served_command_is_logged_after_the_one_that_made_its_key_ready()
    {
        var client = Waiting("T.POP a q 0");
        _server.Given("SELECT 3 ; T.PUSH q 0 ; MULTI ; SELECT 0 ; T.PUSH q 1 2 ; SELECT 3");
        _server.TakeLog();
        _server.Given("EXEC");
        Assert.Equal("MULTI ; SELECT 0 ; T.PUSH q 1 2 ; EXEC ; T.POP q 0", _server.TakeLog());
        Assert.Equal("$1 1", client.TakeUp());
        Assert.NotEqual(0, client.Session.LogPosition);
    }

    [Fact]
    public void A_served_command_may_make_another_key_ready()
    {
        var (mover, popper) = (Waiting("T.MOVE a b 0"), Waiting("T.POP b 0"));
        _server.Given("T.PUSH a 1");
        Assert.Equal(("$1 1", "$1 1"), (mover.TakeUp(), popper.TakeUp()));
        Assert.Equal("*0", _server.Run("KEYS *"));
    }

    [Theory]
    [InlineData("SET x v ; RENAME x q")]
    [InlineData("SET x v ; COPY x q")]
    [InlineData("SELECT 1 ; SET q v ; MOVE q 0")]
    [InlineData("SELECT 1 ; SET q v ; SWAPDB 0 1")]
    [InlineData("SET x v ; T.CALL x SET q v")]
    public void Whatever_makes_a_key_ready_serves_its_clients(string commands)
    {
        var client = Waiting("T.POP q 0");
        _server.Given(commands);
        Assert.Equal("$1 v", client.TakeUp());
    }

    [Fact]
    public void A_key_of_another_type_or_another_database_serves_nobody()
    {
        var client = Waiting("T.POP q 0");
        _server.Given("SELECT 1 ; T.PUSH q 1 ; SELECT 0");
        _server.GivenList("q2");
        _server.Given("RENAME q2 q");
        Assert.Equal("", client.TakeUp());
        Assert.Equal(1, _server.Services.Waiting.Count);
    }

    [Fact]
    public void A_client_that_waits_for_several_keys_is_served_once()
    {
        var (both, second) = (Waiting("T.POP a b a 0"), Waiting("T.POP b 0"));
        _server.Given("T.PUSH b 1 ; T.PUSH a 2 ; T.PUSH b 3");
        Assert.Equal(("$1 1", "$1 3"), (both.TakeUp(), second.TakeUp()));
        Assert.Equal("$1 2", _server.Run("GET a"));
    }

    [Fact]
    public void Who_has_left_is_passed_by()
    {
        var clients = Enumerable.Range(0, 5).Select(_ => Waiting("T.POP q 1.5")).ToList();
        Assert.Equal(TimeSpan.FromSeconds(1.5), clients[0].Parked!.Timeout);
        Assert.Equal("*-1", clients[0].TimeOut());
        clients[1].Disconnect();
        Assert.Equal(":1", _server.Run($"CLIENT UNBLOCK {clients[2].Session.Id}"));
        Assert.Equal(":1", _server.Run($"CLIENT UNBLOCK {clients[3].Session.Id} ERROR"));
        Assert.Equal(
            ("*-1", "-UNBLOCKED client unblocked via CLIENT UNBLOCK"), (clients[2].TakeUp(), clients[3].TakeUp()));
        Assert.Equal(":0", _server.Run($"CLIENT UNBLOCK {clients[3].Session.Id}"));
        _server.Given("T.PUSH q 1");
        Assert.Equal("$1 1", clients[4].TakeUp());
        Assert.Equal(0, _server.Services.Waiting.Count);
    }

    [Fact]
    public void A_served_client_does_not_time_out_any_more()
    {
        var client = Waiting("T.POP q 1");
        _server.Given("T.PUSH q 1");
        Assert.False(client.Parked!.TryEnd(ParkedEnd.TimedOut));
        Assert.Equal("$1 1", client.TakeUp());
    }

    [Fact]
    public void Inside_a_transaction_and_a_script_nothing_waits()
    {
        _server.Given("MULTI ; T.POP q 0");
        Assert.Equal("*1 *-1", _server.Run("EXEC"));
        Assert.Equal("*-1", _server.Run("T.CALL q T.POP q 0"));
        Assert.False(_server.Services.Waiting.IsAny);
    }

    [Theory]
    [InlineData("DEL s")]
    [InlineData("FLUSHALL")]
    [InlineData("RENAME s t")]
    public void Who_wants_to_know_is_told_that_its_key_has_gone(string command)
    {
        _server.Given("SET s empty");
        var (popper, group) = (Waiting("T.POP other 0"), Waiting("T.GROUP s 0"));
        _server.Given(command);
        Assert.Equal(("", "-NOGROUP gone"), (popper.TakeUp(), group.TakeUp()));
    }

    [Fact]
    public void Who_wants_to_know_is_told_of_an_expiry_as_well()
    {
        _server.Given("SET s empty PX 10");
        var (first, second) = (Waiting("T.GROUP s 0"), Waiting("T.GROUP s 0"));
        _server.Clock.Advance(TimeSpan.FromSeconds(1));
        var key = _server.Databases.MakeKey("s"u8);
        _server.Databases[0].ExpireDue(_server.Databases.StripeOf(key.Hash), _server.Services.NowMs, 10);
        Assert.Equal(ParkedEnd.Woken, Assert.Single(first.Resumed).End);
        Assert.Equal("-NOGROUP gone", first.TakeUp());
        Assert.Equal("-NOGROUP gone", second.TakeUp());
    }

    [Fact]
    public void A_client_whose_batch_is_on_its_way_back_is_handed_to_its_connection_and_newcomers_wait_behind_it()
    {
        var client = _server.NewClient();
        client.RunWith(_server.Executor, "T.POP q 0", settles: false);
        _server.Given("T.PUSH q 1");
        var newcomer = Waiting("T.POP q 5");
        Assert.Equal(Timeout.InfiniteTimeSpan, newcomer.Parked!.Timeout);
        client.Settle();
        Assert.Equal("$1 1", client.TakeUp());
        Assert.Equal("", newcomer.TakeUp());
        Assert.Equal(TimeSpan.FromSeconds(5), newcomer.Parked!.Timeout);
        _server.Given("T.PUSH q 2");
        Assert.Equal("$1 2", newcomer.TakeUp());
        Assert.Equal("", _server.NewClient().Run("T.POP q 0"));
    }

    [Fact]
    public void A_handed_client_that_disconnects_passes_its_turn_on()
    {
        var client = _server.NewClient();
        client.RunWith(_server.Executor, "T.POP q 0", settles: false);
        var next = Waiting("T.POP q 0");
        _server.Given("T.PUSH q 1");
        Assert.Equal("", next.TakeUp());
        client.Disconnect();
        Assert.Equal("$1 1", next.TakeUp());
    }

    [Fact]
    public void A_client_whose_other_stripe_is_busy_keeps_its_place_and_its_time()
    {
        var target = KeyOfAnotherStripe("a");
        var (mover, next) = (Waiting($"T.MOVE a {target} 60"), Waiting("T.POP a 0"));
        var plan = _server.Databases.CreatePlan();
        plan.Add(_server.Databases.MakeKey(Encoding.ASCII.GetBytes(target)).Hash, exclusive: true);
        plan.Enter();
        _server.Given("T.PUSH a 1");
        plan.Exit();
        Assert.Equal("", next.TakeUp());
        Assert.Equal(ParkedEnd.Woken, Assert.Single(mover.Resumed).End);
        _server.Given("DEL a");
        _server.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("", mover.TakeUp());
        Assert.Equal(TimeSpan.FromSeconds(40), mover.Parked!.Timeout);
        _server.Given("T.PUSH a 2 3");
        Assert.Equal(("$1 2", "$1 3"), (mover.TakeUp(), next.TakeUp()));
    }

    [Fact]
    public void A_call_is_counted_once_and_blocked_clients_are_shown()
    {
        var client = Waiting("T.POP q 0");
        Assert.Contains("blocked_clients:1", _server.Run("INFO clients"), StringComparison.Ordinal);
        _server.Given("T.PUSH q 1");
        client.TakeUp();
        Assert.Contains("cmdstat_t.pop:calls=1,", _server.Run("INFO commandstats"), StringComparison.Ordinal);
        Assert.Contains("blocked_clients:0", _server.Run("INFO clients"), StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_thousand_waiting_clients_do_not_slow_down_one_push()
    {
        var clients = Enumerable.Range(0, 10_000).Select(_ => Waiting("T.POP q 0")).ToList();
        for (var i = 0; i < 1000; i++)
            _server.Given("T.PUSH q 1");
        Assert.All(clients.Take(1000), client => Assert.Equal("$1 1", client.TakeUp()));
        Assert.Equal(9000, _server.Services.Waiting.Count);
        Assert.All(clients, client => client.Disconnect());
        Assert.Equal(0, _server.Services.Waiting.Count);
    }

    [Fact]
    public void The_rest_of_a_pipeline_runs_when_its_blocking_command_has_replied()
    {
        var client = _server.NewClient();
        Assert.Equal("+OK", client.RunMany("SET a 1", "T.POP q 0", "GET a"));
        _server.Given("T.PUSH q 1");
        Assert.Equal("$1 1 $1 1", client.TakeUp());
    }

    private string KeyOfAnotherStripe(string key)
    {
        int StripeOf(string name) =>
            _server.Databases.StripeOf(_server.Databases.MakeKey(Encoding.ASCII.GetBytes(name)).Hash);
        return Enumerable.Range(0, 100).Select(i => $"b{i}").First(name => StripeOf(name) != StripeOf(key));
    }

    private TestClient Waiting(string command)
    {
        var client = _server.NewClient();
        Assert.Equal("", client.Run(command));
        Assert.Equal(BatchOutcome.Parked, client.Outcome);
        return client;
    }
}
