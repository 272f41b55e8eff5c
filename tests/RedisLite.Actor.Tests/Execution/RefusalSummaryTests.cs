using RedisLite.Commands;
using RedisLite.Commands.Execution;
using RedisLite.Hosting;

namespace RedisLite.Actor.Tests.Execution;

public sealed class RefusalSummaryTests
{
    private readonly ServerStatistics _statistics = new(CommandTable.Default);
    private readonly RefusalSummary _summary;
    private long _loginsHeldBack;

    public RefusalSummaryTests() => _summary = new RefusalSummary(
        _statistics, new RuntimeLimits(() => 7, () => 1000), () => _loginsHeldBack);

    [Fact]
    public void Refusals_are_summed_up_once_a_minute()
    {
        Assert.Empty(_summary.Take(0));
        _statistics.CountRejectedConnection();
        _statistics.CountRejectedConnection();
        Assert.Empty(_summary.Take(RefusalSummary.PeriodMs - 1));
        Assert.Equal(
            ["2 connections were refused within a minute: maxclients is 7"], _summary.Take(RefusalSummary.PeriodMs));
        Assert.Empty(_summary.Take(2 * RefusalSummary.PeriodMs));
    }

    [Fact]
    public void Each_kind_has_its_line()
    {
        Assert.Empty(_summary.Take(0));
        _statistics.CountError("OOM command not allowed"u8);
        _statistics.CountError("WRONGPASS invalid username-password pair"u8);
        _statistics.CountError("ERR syntax error"u8);
        _statistics.CountEvicted();
        _loginsHeldBack = 5;
        Assert.Equal(4, _summary.Take(RefusalSummary.PeriodMs).Count);
    }

    [Fact]
    public void Counters_that_were_reset_count_from_zero()
    {
        Assert.Empty(_summary.Take(0));
        _statistics.CountEvicted();
        _statistics.CountEvicted();
        Assert.Single(_summary.Take(RefusalSummary.PeriodMs));
        _statistics.Reset();
        _statistics.CountEvicted();
        Assert.StartsWith("1 keys", Assert.Single(_summary.Take(2 * RefusalSummary.PeriodMs)),
            StringComparison.Ordinal);
    }
}
