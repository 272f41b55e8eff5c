using Microsoft.Extensions.Time.Testing;
using RedisLite.Persistence;

namespace RedisLite.Actor.Tests.Persistence;

public sealed class AofFiguresTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly AofFigures _figures;

    public AofFiguresTests() => _figures = new AofFigures(_time);

    [Fact]
    public void An_fsync_of_two_seconds_is_counted_once_already_while_it_goes_on()
    {
        _figures.BeginSync();
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.True(_figures.IsSyncing);
        Assert.Equal(0, _figures.DelayedSyncs);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, _figures.DelayedSyncs);
        Assert.Equal(TimeSpan.FromSeconds(2), _figures.EndSync());
        Assert.False(_figures.IsSyncing);
        Assert.Equal(1, _figures.DelayedSyncs);
    }

    [Fact]
    public void A_short_fsync_is_not_counted()
    {
        _figures.BeginSync();
        _time.Advance(TimeSpan.FromSeconds(1));
        _figures.EndSync();
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, _figures.DelayedSyncs);
    }

    [Fact]
    public void The_base_is_the_size_after_the_last_rewrite()
    {
        _figures.SetSize(100, isNewBase: true);
        _figures.SetSize(150, isNewBase: false);
        Assert.Equal((150, 100), (_figures.Size, _figures.BaseSize));
    }
}
