using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Time.Testing;
using RedisLite.Actor.Tests.Support;
using RedisLite.Hosting;

namespace RedisLite.Actor.Tests.Execution;

/// <summary>
/// <see cref="ExpiryActor"/>, on a stopwatch that shows twenty milliseconds more each time it is read.
/// </summary>
public sealed class ExpiryActorTests : TestKit
{
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(60);

    private readonly ServerFixture _server;
    private readonly FakeTimeProvider _stopwatch = new() { AutoAdvanceAmount = TimeSpan.FromMilliseconds(20) };

    public ExpiryActorTests() => _server = new ServerFixture(Sys);

    [Theory]
    [InlineData(1, 60, 1.5)]
    [InlineData(1, 50, 1)]
    [InlineData(0.5, 60, 0.75)]
    [InlineData(1, 10, 0.111)]
    [InlineData(30, 60, 1.5)]
    [InlineData(30, 1, 0.303)]
    [InlineData(0, 100, 1.5)]
    public void A_sweep_takes_its_share_of_the_time_since_the_last_and_never_long(
        double restMs, int percent, double budgetMs) =>
        Assert.Equal(budgetMs, ExpiryActor.BudgetAfter(
            TimeSpan.FromMilliseconds(restMs), percent).TotalMilliseconds, tolerance: 0.001);

    [Theory]
    [InlineData(60)]
    [InlineData(100)]
    public async Task Keys_are_gone_though_each_sweep_ends_after_one_visit(int percent)
    {
        Fill(500);
        var expiry = Sys.ActorOf(ExpiryActor.Props(_server.Services, percent, _stopwatch));
        expiry.Tell(ExpiryActor.Sweep.Instance, TestActor);
        await AwaitConditionAsync(() => Task.FromResult(_server.Services.Databases[0].Count == 0), SafetyNet);
    }

    [Fact]
    public async Task A_sweep_as_long_as_the_threshold_is_an_event()
    {
        _server.Services.Options.LatencyMonitorThresholdMs = 20;
        Fill(1);
        var expiry = Sys.ActorOf(ExpiryActor.Props(_server.Services, 60, _stopwatch));
        expiry.Tell(ExpiryActor.Sweep.Instance, TestActor);
        await AwaitConditionAsync(
            () => Task.FromResult(_server.Services.Latency.Find("expire-cycle") is not null), SafetyNet);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _server.Dispose();
    }

    private void Fill(int count)
    {
        var databases = _server.Services.Databases;
        var plan = databases.CreatePlan();
        plan.AddAll(exclusive: true);
        plan.Enter();
        for (var i = 0; i < count; i++)
            databases[0].SetString(databases.MakeKey(BitConverter.GetBytes(i)), "v"u8, expireAtMs: 1);
        plan.Exit();
    }
}
