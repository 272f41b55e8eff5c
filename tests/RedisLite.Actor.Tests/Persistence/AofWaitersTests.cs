using RedisLite.Persistence;

namespace RedisLite.Actor.Tests.Persistence;

public sealed class AofWaitersTests
{
    [Fact]
    public void Who_waits_is_released_in_the_order_of_positions_and_nobody_beyond_what_is_synced()
    {
        var waiters = new AofWaiters(run => run());
        var released = new List<int>();
        foreach (var position in new[] { 30, 10, 20, 40 })
            waiters.Add(position, () => released.Add(position));

        waiters.ReleaseUpTo(9);
        Assert.Empty(released);
        waiters.ReleaseUpTo(30);
        Assert.Equal([10, 20, 30], released);
        waiters.ReleaseUpTo(30);
        Assert.Equal(3, released.Count);
        waiters.ReleaseUpTo(100);
        Assert.Equal([10, 20, 30, 40], released);
    }

    [Fact]
    public void Those_whom_one_sync_releases_are_handed_over_in_groups()
    {
        var groups = 0;
        var released = 0;
        var waiters = new AofWaiters(run =>
        {
            groups++;
            run();
        });
        for (var i = 0; i < 150; i++)
            waiters.Add(i, () => released++);

        waiters.ReleaseUpTo(200);
        Assert.Equal((3, 150), (groups, released));
        waiters.ReleaseUpTo(300);
        Assert.Equal(3, groups);
    }
}
