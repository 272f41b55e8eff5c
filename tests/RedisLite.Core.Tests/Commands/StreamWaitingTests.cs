using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Clients that wait for a stream: those of one group are served in order of arrival, others beside each other.
/// </summary>
public sealed class StreamWaitingTests : IDisposable
{
    private const string Entry = "*1 *2 $1 s *1 *2 $3 {0} *2 $1 f $1 v";

    private readonly CommandHarness _server = new();

    public StreamWaitingTests() =>
        _server.Given("XGROUP CREATE s g 0 MKSTREAM ; XGROUP CREATE s h 0 ; XGROUP CREATE s i 0");

    public void Dispose() => _server.Dispose();

    [Fact]
    public void A_client_on_its_way_holds_up_its_rivals_alone()
    {
        var onItsWay = OnItsWay("g");
        var rival = Waiting("g");
        var (other, reader) = (Waiting("h"), _server.NewClient());
        Assert.Equal("", reader.Run("XREAD BLOCK 0 STREAMS s $"));
        _server.Given("XADD s 1-1 f v ; XADD s 2-1 f v");
        Assert.Equal(Served("1-1"), other.TakeUp());
        Assert.Equal(Served("1-1"), reader.TakeUp());
        Assert.Equal("", rival.TakeUp());

        onItsWay.Settle();
        Assert.Equal(Served("1-1"), onItsWay.TakeUp());
        Assert.Equal(Served("2-1"), rival.TakeUp());
        Assert.Equal(0, _server.Services.Waiting.Count);
    }

    [Fact]
    public void A_newcomer_queues_up_behind_a_rival_whose_turn_it_is()
    {
        var first = OnItsWay("g");
        _server.Given("XADD s 1-1 f v");
        var (rival, other) = (_server.NewClient(), _server.NewClient());
        Assert.Equal("", rival.Run(Read("g")));
        Assert.Equal(Served("1-1"), other.Run(Read("h")));
        Assert.Equal(Served("1-1"), _server.NewClient().Run("XREAD BLOCK 0 STREAMS s 0"));

        first.Settle();
        Assert.Equal(Served("1-1"), first.TakeUp());
        Assert.Equal("", rival.TakeUp());
        _server.Given("XADD s 2-1 f v");
        Assert.Equal(Served("2-1"), rival.TakeUp());
    }

    [Fact]
    public void A_client_that_goes_in_its_turn_passes_it_on_to_its_rival()
    {
        var first = OnItsWay("g");
        var (rival, other) = (Waiting("g"), Waiting("h"));
        _server.Given("XADD s 1-1 f v");
        Assert.Equal(Served("1-1"), other.TakeUp());
        first.Disconnect();
        Assert.Equal(Served("1-1"), rival.TakeUp());
        Assert.Equal(0, _server.Services.Waiting.Count);
    }

    [Fact]
    public void All_groups_hear_that_the_stream_has_gone()
    {
        var waiting = new[] { Waiting("g"), Waiting("h"), Waiting("g"), Waiting("i") };
        _server.Given("DEL s");
        Assert.All(
            waiting, client => Assert.Equal("-UNBLOCKED the stream key no longer exists", client.TakeUp()));
        Assert.Equal(0, _server.Services.Waiting.Count);
    }

    [Fact]
    public void All_groups_hear_that_the_stream_has_expired_by_itself()
    {
        var waiting = new[] { Waiting("g"), Waiting("h"), Waiting("g"), Waiting("i") };
        _server.Given("PEXPIRE s 10");
        _server.Clock.Advance(TimeSpan.FromMilliseconds(20));
        var key = _server.Databases.MakeKey("s"u8);
        _server.Databases[0].ExpireDue(_server.Databases.StripeOf(key.Hash), _server.Services.NowMs, 10);
        for (var turn = 0; turn < waiting.Length; turn++)
            foreach (var client in waiting.Where(client => client.Parked is { End: not ParkedEnd.None }))
                Assert.Equal("-UNBLOCKED the stream key no longer exists", client.TakeUp());
        Assert.Equal(0, _server.Services.Waiting.Count);
    }

    [Fact]
    public void Much_to_read_is_read_on_the_pool_and_little_where_it_was_asked_for()
    {
        for (var i = 1; i <= 500; i++)
            _server.Given($"XADD s {i}-1 f v");
        var client = _server.NewClient();
        Assert.StartsWith(
            "*1 *2 $1 s *3 ", client.RunShort("XREADGROUP GROUP g c COUNT 3 STREAMS s >"), StringComparison.Ordinal);
        Assert.Equal(BatchOutcome.Completed, client.Outcome);
        client = _server.NewClient();
        Assert.Equal("", client.RunShort("XREADGROUP GROUP h c STREAMS s >"));
        Assert.Equal(BatchOutcome.LockBusy, client.Outcome);
        Assert.StartsWith("*1 *2 $1 s *500 ", client.GoOn(_server.Executor), StringComparison.Ordinal);
        client = _server.NewClient();
        Assert.Equal("", client.RunShort("XREADGROUP GROUP h c STREAMS s 0"));
        Assert.Equal(BatchOutcome.LockBusy, client.Outcome);
        _server.AssertReplayAgrees();
    }

    private static string Read(string group) => $"XREADGROUP GROUP {group} c COUNT 1 BLOCK 0 STREAMS s >";

    private static string Served(string id) => Entry.Replace("{0}", id, StringComparison.Ordinal);

    private TestClient Waiting(string group)
    {
        var client = _server.NewClient();
        Assert.Equal("", client.Run(Read(group)));
        Assert.Equal(BatchOutcome.Parked, client.Outcome);
        return client;
    }

    /// <summary>Its command has parked, and its batch is still on the way back to its connection.</summary>
    private TestClient OnItsWay(string group)
    {
        var client = _server.NewClient();
        Assert.Equal("", client.RunWith(_server.Executor, Read(group), settles: false));
        return client;
    }
}
