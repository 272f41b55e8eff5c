using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Writers that wait until the change log has room.</summary>
public sealed class WaitingWritersTests
{
    [Fact]
    public void A_writer_waits_until_the_log_says_that_it_has_room()
    {
        using var server = new CommandHarness();
        server.Log.IsFull = true;
        Assert.Equal("", server.Run("SET k v"));
        Assert.Equal(Timeout.InfiniteTimeSpan, server.Client.Parked!.Timeout);
        Assert.Equal("$-1", server.NewClient().Run("GET k"));
        Assert.Equal(1, server.Services.Writers.Count);
        Assert.Equal("", server.Client.TakeUp());

        server.Log.IsFull = false;
        server.Log.RoomMade!();
        Assert.Equal(ParkedEnd.Woken, Assert.Single(server.Client.Resumed).End);
        Assert.Equal("+OK", server.Client.TakeUp());
        Assert.Equal(0, server.Services.Writers.Count);
    }

    [Fact]
    public void A_writer_that_finds_the_log_full_again_waits_again()
    {
        using var server = new CommandHarness();
        server.Log.IsFull = true;
        server.Run("SET k v");
        server.Log.RoomMade!();
        Assert.Equal("", server.Client.TakeUp());
        Assert.Equal(BatchOutcome.Parked, server.Client.Outcome);
        Assert.Equal(1, server.Services.Writers.Count);
    }

    [Fact]
    public void Queueing_a_write_waits_for_nothing_and_running_the_queue_does()
    {
        using var server = new CommandHarness();
        server.Log.IsFull = true;
        server.Given("CLIENT PAUSE 60000 WRITE ; MULTI");
        Assert.Equal("+QUEUED", server.Run("SET k v"));
        Assert.Equal("", server.Run("EXEC"));
        Assert.Equal(1, server.Services.Writers.Count);
    }

    [Fact]
    public void A_writer_that_has_gone_is_not_woken()
    {
        using var server = new CommandHarness();
        server.Log.IsFull = true;
        server.Run("SET k v");
        server.Client.Disconnect();
        Assert.Equal(0, server.Services.Writers.Count);
        server.Log.RoomMade!();
        Assert.Empty(server.Client.Resumed);
    }
}
