using RedisLite.Durability;

namespace RedisLite.Actor.Tests.Durability;

public sealed class AofWaitersTests
{
    [Fact]
    public void Who_waits_is_released_in_the_order_of_positions_and_nobody_beyond_what_is_synced()
    {
        var waiters = new AofWaiters();
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
}
