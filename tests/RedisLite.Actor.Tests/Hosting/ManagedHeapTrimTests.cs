using RedisLite.Hosting;

namespace RedisLite.Actor.Tests.Hosting;

public sealed class ManagedHeapTrimTests
{
    private const long Megabyte = 1024 * 1024;

    private readonly ManagedHeapTrim _trim = new(20 * Megabyte);

    public ManagedHeapTrimTests() => Assert.False(Look(collections: 3, megabytes: 20, seconds: 0));

    [Fact]
    public void A_heap_that_has_grown_by_much_is_collected_once_it_is_quiet()
    {
        Assert.False(Look(3, 100, 1));
        Assert.True(Look(3, 100, 2));
    }

    [Fact]
    public void A_little_garbage_stays() => Assert.False(Look(3, 50, 100));

    [Fact]
    public void What_was_in_use_when_the_runtime_collected_may_be_garbage_now()
    {
        Assert.False(Look(4, 100, 10));
        Assert.False(Look(5, 90, 11));
        Assert.False(Look(5, 90, 12));
        Assert.True(Look(5, 90, 13));
    }

    [Fact]
    public void What_is_left_is_in_use_and_is_not_collected_for_again()
    {
        Assert.True(Look(3, 100, 5));
        Assert.False(Look(4, 95, 6));
        Assert.False(Look(4, 95, 60));
        Assert.True(Look(4, 150, 61));
    }

    [Fact]
    public void What_a_collection_in_the_background_frees_later_lowers_the_mark()
    {
        Assert.True(Look(3, 100, 5));
        Assert.False(Look(4, 95, 6));
        Assert.False(Look(4, 20, 7));
        Assert.True(Look(4, 60, 10));
    }

    [Fact]
    public void In_a_large_heap_only_much_more_is_worth_it()
    {
        Assert.True(Look(3, 10_000, 10));
        Assert.False(Look(4, 10_000, 11));
        Assert.False(Look(4, 14_000, 20));
        Assert.True(Look(4, 15_000, 21));
    }

    [Fact]
    public void A_crowd_of_clients_that_has_left_is_garbage_that_makes_the_heap_no_larger()
    {
        Assert.True(Look(3, 1000, 5, clients: 9000));
        Assert.False(Look(4, 1000, 6, clients: 9000));
        Assert.False(Look(4, 1000, 60, clients: 8500));

        // While they are leaving it would be too early.
        Assert.False(Look(4, 1000, 61, clients: 100));
        Assert.True(Look(4, 1000, 62, clients: 100));
        Assert.False(Look(5, 20, 63, clients: 0));
        Assert.False(Look(5, 20, 70, clients: 0));
    }

    private bool Look(int collections, long megabytes, long seconds, int clients = 0) =>
        _trim.IsDue(collections, megabytes * Megabyte, clients, seconds * 1000);
}
