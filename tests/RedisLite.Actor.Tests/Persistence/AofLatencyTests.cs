using Akka.TestKit.Xunit2;
using RedisLite.Actor.Tests.Support;
using RedisLite.Commands.Server;
using RedisLite.Persistence;

namespace RedisLite.Actor.Tests.Persistence;

public sealed class AofLatencyTests : TestKit
{
    private readonly ServerFixture _server;
    private readonly PersistenceStatus _status;
    private readonly AofLatency _latency;

    public AofLatencyTests()
    {
        _server = new ServerFixture(Sys);
        _server.Services.Options.LatencyMonitorThresholdMs = 10;
        _status = new PersistenceStatus(TimeProvider.System, () => 0);
        _latency = new AofLatency(_server.Services, _status);
    }

    private IEnumerable<string> Events =>
        _server.Services.Latency.Events().Select(item => $"{item.Name} {item.WorstMilliseconds}");

    [Fact]
    public void A_slow_write_is_an_event_by_itself_and_with_what_went_on_beside_it()
    {
        _latency.NoteWrite(TimeSpan.FromMilliseconds(10));
        Assert.Equal(["aof-write 10", "aof-write-alone 10"], Events);
        _status.TryBegin(BackgroundJob.Rewrite);
        _latency.NoteWrite(TimeSpan.FromMilliseconds(20));
        Assert.Equal(["aof-write 20", "aof-write-active-child 20", "aof-write-alone 10"], Events);
    }

    [Fact]
    public void An_fsync_is_an_event_when_replies_wait_for_it()
    {
        _server.Services.Options.AppendFsync = AppendFsync.EverySec;
        _latency.NoteSync(TimeSpan.FromMilliseconds(500));
        Assert.Empty(Events);
        _server.Services.Options.AppendFsync = AppendFsync.Always;
        _latency.NoteSync(TimeSpan.FromMilliseconds(500));
        Assert.Equal(["aof-fsync-always 500"], Events);
    }

    [Theory]
    [InlineData(0, 500)]
    [InlineData(10, 9)]
    public void What_is_below_the_threshold_is_no_event_and_without_a_threshold_nothing_is(
        int threshold, int milliseconds)
    {
        _server.Services.Options.LatencyMonitorThresholdMs = threshold;
        _latency.NoteWrite(TimeSpan.FromMilliseconds(milliseconds));
        Assert.Empty(Events);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _server.Dispose();
    }
}
