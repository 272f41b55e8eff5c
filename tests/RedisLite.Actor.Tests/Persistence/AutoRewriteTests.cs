using Microsoft.Extensions.Time.Testing;
using RedisLite.Commands.Server;
using RedisLite.Persistence;

namespace RedisLite.Actor.Tests.Persistence;

public sealed class AutoRewriteTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RuntimeOptions _options = new() { AutoAofRewritePercentage = 100, AutoAofRewriteMinSize = 1000 };
    private readonly AofFigures _figures;
    private readonly AutoRewrite _auto;

    public AutoRewriteTests()
    {
        _figures = new AofFigures(_time);
        _auto = new AutoRewrite(_options, _figures, _time);
    }

    [Theory]
    [InlineData(0, 999, 100, false)]
    [InlineData(0, 1000, 100, true)]
    [InlineData(600, 1199, 100, false)]
    [InlineData(600, 1200, 100, true)]
    [InlineData(1000, 1500, 50, true)]
    [InlineData(0, 1_000_000, 0, false)]
    public void A_rewrite_is_due_when_the_files_have_grown_enough_and_are_large_enough(
        long atStart, long now, int percentage, bool isDue)
    {
        _options.AutoAofRewritePercentage = percentage;
        _figures.SetSize(atStart, isNewBase: true);
        _figures.SetSize(now, isNewBase: false);
        Assert.Equal(isDue, _auto.IsDue);
    }

    [Fact]
    public void After_failures_it_waits_longer_and_longer_up_to_an_hour()
    {
        _figures.SetSize(10_000, isNewBase: false);
        foreach (var minutes in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            Assert.True(_auto.IsDue);
            _auto.Ended(succeeded: false);
            _time.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
            Assert.False(_auto.IsDue);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void A_success_ends_the_waiting()
    {
        _figures.SetSize(10_000, isNewBase: false);
        _auto.Ended(succeeded: false);
        _auto.Ended(succeeded: true);
        Assert.True(_auto.IsDue);
    }
}
