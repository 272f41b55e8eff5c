using Microsoft.Extensions.Time.Testing;
using RedisLite.Commands.Server;
using RedisLite.Log;
using RedisLite.Persistence;

namespace RedisLite.Actor.Tests.Persistence;

public sealed class SyncLagTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RuntimeOptions _options = new() { AppendFsync = AppendFsync.EverySec };
    private readonly ChangeLog _log = new();
    private readonly AofQueue _queue;
    private readonly PersistenceStatus _status;
    private readonly SyncLag _lag;

    public SyncLagTests()
    {
        _status = new PersistenceStatus(_time, () => 0);
        _queue = new AofQueue(_log, limit: 1 << 20);
        _queue.Open();
        _lag = new SyncLag(_queue, _status, _options, _time);
    }

    [Fact]
    public void Writers_are_held_when_a_write_has_waited_for_its_fsync_too_long()
    {
        var roomAgain = 0;
        _queue.RoomAgain = () => roomAgain++;
        Pass(5);
        Append();
        Pass(1.8);
        Assert.False(_queue.IsFull);
        Pass(0.2);
        Assert.True(_queue.IsFull);
        Assert.Equal(0, roomAgain);
        _queue.MarkSynced(_queue.Appended);
        Pass(0.1);
        Assert.False(_queue.IsFull);
        Assert.Equal((1, 1), (_queue.FullCount, roomAgain));
    }

    [Fact]
    public void An_fsync_a_second_holds_nobody_however_long_the_writing_goes_on()
    {
        for (var second = 0; second < 10; second++)
        {
            var atStartOfSync = Append();
            Pass(0.7);
            Append();
            _queue.MarkSynced(atStartOfSync);
            Pass(0.3);
            Assert.False(_queue.IsFull);
        }
    }

    [Fact]
    public void What_counts_is_the_age_of_what_the_last_fsync_did_not_cover()
    {
        var first = Append();
        Pass(1.5);
        Append();
        Pass(0.3);
        _queue.MarkSynced(first);
        Pass(1.4);
        Assert.False(_queue.IsFull);
        Pass(0.4);
        Assert.True(_queue.IsFull);
    }

    [Theory]
    [InlineData(AppendFsync.No)]
    [InlineData(AppendFsync.Always)]
    public void Other_policies_hold_nobody(AppendFsync policy)
    {
        _options.AppendFsync = policy;
        Append();
        Pass(10);
        Assert.False(_queue.IsFull);
    }

    [Fact]
    public void Where_fsyncs_are_left_out_during_a_rewrite_nobody_is_held_meanwhile()
    {
        _options.NoAppendFsyncOnRewrite = true;
        _status.TryBegin(BackgroundJob.Rewrite);
        Append();
        Pass(10);
        Assert.False(_queue.IsFull);
        _status.End(BackgroundJob.Rewrite, succeeded: true);
        Pass(0.1);
        Assert.True(_queue.IsFull);
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
