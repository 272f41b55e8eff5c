using RedisLite.Commands.Execution;
using RedisLite.Log;
using RedisLite.Persistence;

namespace RedisLite.Actor.Tests.Persistence;

public sealed class AofQueueTests
{
    private const int Limit = 1000;

    private readonly ChangeLog _log = new();
    private readonly AofQueue _queue;
    private int _roomAgain;

    public AofQueueTests()
    {
        _queue = new AofQueue(_log, Limit) { RoomAgain = () => Interlocked.Increment(ref _roomAgain) };
    }

    [Fact]
    public void Before_it_is_opened_nothing_is_logged_and_no_writer_waits()
    {
        _log.Append(0, 0, new byte[2 * Limit]);
        Assert.False(_queue.IsOpen);
        Assert.False(_queue.IsFull);
        Assert.Equal((0, 0, 0), (_queue.Pending, _queue.Appended, _queue.Written));
        Assert.Null(_queue.Take(long.MaxValue));
    }

    [Fact]
    public void It_is_full_beyond_its_limit_and_says_once_when_there_is_room()
    {
        _queue.Open();
        _log.Append(-1, -1, new byte[Limit]);
        Assert.False(_queue.IsFull);
        _log.Append(-1, -1, new byte[2]);
        Assert.True(_queue.IsFull);
        Assert.True(_queue.IsFull);
        Assert.Equal(1, _queue.FullCount);
        _queue.MarkWritten(1);
        Assert.True(_queue.IsFull);
        Assert.Equal(0, _roomAgain);
        _queue.MarkWritten(2);
        _queue.MarkWritten(3);
        Assert.False(_queue.IsFull);
        Assert.Equal(1, _roomAgain);
    }

    [Fact]
    public void Writers_that_are_held_are_told_when_they_are_not()
    {
        _queue.Open();
        _queue.HoldWriters(true);
        Assert.True(_queue.IsFull);
        _queue.HoldWriters(false);
        _queue.HoldWriters(false);
        Assert.Equal(1, _roomAgain);
        Assert.Equal(1, _queue.FullCount);
    }

    [Fact]
    public void It_opens_at_the_logs_end_with_everything_before_as_synced()
    {
        using var other = _log.AddReader("link", new LogReaderOptions { Audience = LogAudience.Replicas });
        var end = _log.Append(-1, -1, "[a]"u8);
        _queue.Open();
        Assert.Equal((end, end, 0), (_queue.Synced, _queue.Written, _queue.Pending));
    }

    [Fact]
    public void A_writer_that_was_told_to_wait_is_told_to_go_on_whatever_happens_in_between()
    {
        _queue.Open();
        using var gone = new SemaphoreSlim(0);
        _queue.RoomAgain = () => gone.Release();
        var isStuck = false;
        var writer = new Thread(() =>
        {
            for (var i = 0; i < 3000; i++)
            {
                _log.Append(-1, -1, new byte[Limit + 1]);
                while (_queue.IsFull && !isStuck)
                    isStuck = !gone.Wait(TimeSpan.FromSeconds(20));
            }
        });
        writer.Start();
        while (!writer.Join(0))
            if (_queue.Pending > 0)
                _queue.MarkWritten(_queue.Appended);
        Assert.False(isStuck, "it was not said that there is room");
        Assert.Equal(0, _queue.Pending);
    }
}
