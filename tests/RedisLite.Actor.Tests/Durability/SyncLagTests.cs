using Microsoft.Extensions.Time.Testing;
using RedisLite.Commands.Server;
using RedisLite.Durability;

namespace RedisLite.Actor.Tests.Durability;

public sealed class SyncLagTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RuntimeOptions _options = new() { AppendFsync = AppendFsync.EverySec };
    private readonly ChangeLog _log = new(queueLimit: 1 << 20);
    private readonly PersistenceStatus _status;
    private readonly SyncLag _lag;

    public SyncLagTests()
    {
        _status = new PersistenceStatus(_time, () => 0);
        _lag = new SyncLag(_log, _status, _options, _time);
    }

    [Fact]
    public void Writers_are_held_when_a_write_has_waited_for_its_fsync_too_long()
    {
        var roomMade = 0;
        _log.RoomMade = () => roomMade++;
        Pass(5);
        Append();
        Pass(1.8);
        Assert.False(_log.IsFull);
        Pass(0.2);
        Assert.True(_log.IsFull);
        Assert.Equal(0, roomMade);
        _log.MarkSynced(_log.Appended);
        Pass(0.1);
        Assert.False(_log.IsFull);
        Assert.Equal((1, 1), (_log.FullCount, roomMade));
    }

    [Fact]
    public void An_fsync_a_second_holds_nobody_however_long_the_writing_goes_on()
    {
        for (var second = 0; second < 10; second++)
        {
            var atStartOfSync = Append();
            Pass(0.7);
            Append();
            _log.MarkSynced(atStartOfSync);
            Pass(0.3);
            Assert.False(_log.IsFull);
        }
    }

    [Fact]
    public void What_counts_is_the_age_of_what_the_last_fsync_did_not_cover()
    {
        var first = Append();
        Pass(1.5);
        Append();
        Pass(0.3);
        _log.MarkSynced(first);
        Pass(1.4);
        Assert.False(_log.IsFull);
        Pass(0.4);
        Assert.True(_log.IsFull);
    }

    [Theory]
    [InlineData(AppendFsync.No)]
    [InlineData(AppendFsync.Always)]
    public void Other_policies_hold_nobody(AppendFsync policy)
    {
        _options.AppendFsync = policy;
        Append();
        Pass(10);
        Assert.False(_log.IsFull);
    }

    [Fact]
    public void Where_fsyncs_are_left_out_during_a_rewrite_nobody_is_held_meanwhile()
    {
        _options.NoAppendFsyncOnRewrite = true;
        _status.TryBegin(BackgroundJob.Rewrite);
        Append();
        Pass(10);
        Assert.False(_log.IsFull);
        _status.End(BackgroundJob.Rewrite, succeeded: true);
        Pass(0.1);
        Assert.True(_log.IsFull);
    }

    private long Append() => _log.Append(0, 0, "*1\r\n$4\r\nPING\r\n"u8);

    private void Pass(double seconds)
    {
        for (var tenths = (int)Math.Round(seconds * 10); tenths > 0; tenths--)
        {
            _time.Advance(TimeSpan.FromSeconds(0.1));
            _lag.Sample();
        }
    }
}
