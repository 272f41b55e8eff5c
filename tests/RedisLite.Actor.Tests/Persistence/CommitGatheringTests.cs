using Microsoft.Extensions.Time.Testing;
using RedisLite.Persistence;

namespace RedisLite.Actor.Tests.Persistence;

public sealed class CommitGatheringTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly CommitGathering _gathering;

    public CommitGatheringTests() => _gathering = new CommitGathering(_time);

    [Fact]
    public void It_goes_on_while_commits_come_and_ends_when_none_has_come_for_a_while()
    {
        foreach (var waiting in new[] { 1, 2, 2, 2, 5, 5, 5, 5 })
            Assert.True(_gathering.IsWorthwhile(waiting));
        Assert.False(_gathering.IsWorthwhile(5));
        Assert.True(_gathering.IsWorthwhile(1)); // the next group
    }

    [Fact]
    public void Commits_that_never_stop_coming_do_not_put_it_off_for_ever()
    {
        Assert.True(_gathering.IsWorthwhile(1));
        _time.Advance(TimeSpan.FromMicroseconds(499));
        Assert.True(_gathering.IsWorthwhile(2));
        _time.Advance(TimeSpan.FromMicroseconds(1));
        Assert.False(_gathering.IsWorthwhile(3));
        Assert.True(_gathering.IsWorthwhile(1));
    }

    [Fact]
    public void Nobody_waiting_is_nothing_to_wait_for() => Assert.False(_gathering.IsWorthwhile(0));
}
