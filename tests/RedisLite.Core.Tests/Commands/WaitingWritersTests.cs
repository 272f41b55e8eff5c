using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Writers that wait until the append only file keeps up again.</summary>
public sealed class WaitingWritersTests
{
    [Fact]
    public void A_writer_waits_until_it_is_released()
    {
        using var server = new CommandHarness();
        var disk = new SlowPersistence();
        server.Services.Persistence = disk;
        Assert.Equal("", server.Run("SET k v"));
        Assert.Equal(Timeout.InfiniteTimeSpan, server.Client.Parked!.Timeout);
        Assert.Equal("$-1", server.NewClient().Run("GET k"));
        Assert.Equal(1, server.Services.Writers.Count);
        Assert.Equal("", server.Client.TakeUp());

        disk.HoldsWriters = false;
        disk.WritersReleased!();
        Assert.Equal(ParkedEnd.Woken, Assert.Single(server.Client.Resumed).End);
        Assert.Equal("+OK", server.Client.TakeUp());
        Assert.Equal(0, server.Services.Writers.Count);
    }

    [Fact]
    public void A_writer_that_is_held_again_waits_again()
    {
        using var server = new CommandHarness();
        var disk = new SlowPersistence();
        server.Services.Persistence = disk;
        server.Run("SET k v");
        disk.WritersReleased!();
        Assert.Equal("", server.Client.TakeUp());
        Assert.Equal(BatchOutcome.Parked, server.Client.Outcome);
        Assert.Equal(1, server.Services.Writers.Count);
    }

    [Fact]
    public void Queueing_a_write_waits_for_nothing_and_running_the_queue_does()
    {
        using var server = new CommandHarness();
        var disk = new SlowPersistence();
        server.Services.Persistence = disk;
        server.Given("CLIENT PAUSE 60000 WRITE ; MULTI");
        Assert.Equal("+QUEUED", server.Run("SET k v"));
        Assert.Equal("", server.Run("EXEC"));
        Assert.Equal(1, server.Services.Writers.Count);
    }

    [Fact]
    public void A_writer_that_has_gone_is_not_woken()
    {
        using var server = new CommandHarness();
        var disk = new SlowPersistence();
        server.Services.Persistence = disk;
        server.Run("SET k v");
        server.Client.Disconnect();
        Assert.Equal(0, server.Services.Writers.Count);
        disk.WritersReleased!();
        Assert.Empty(server.Client.Resumed);
    }

    /// <summary>A disk that is too far behind.</summary>
    private sealed class SlowPersistence : IPersistence
    {
        public bool AofEnabled => true;

        public bool HoldsWriters { get; set; } = true;

        public Action? WritersReleased { get; set; }

        public byte[]? WriteRefusal => null;

        public PersistenceReport Report() => new() { AofEnabled = true };

        public BackgroundJobStart StartSnapshot(bool schedule) => BackgroundJobStart.Started;

        public BackgroundJobStart StartRewrite() => BackgroundJobStart.Started;

        public void Save(Action<string?> done) => done(null);

        public void SaveFlushed(Action done) => done();

        public void SaveAtEnd(bool snapshot, Action<string?> done) => done(null);

        public long SyncedPosition => 0;

        public void CutOff()
        {
        }

        public void WhenSynced(long position, Action callback)
        {
        }
    }
}
