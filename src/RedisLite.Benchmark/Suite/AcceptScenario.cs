using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>How many clients a second a server can take on.</summary>
internal sealed class AcceptScenario() : Scenario("accept", "accept", "Connections accepted")
{
    public const string RateKey = "rate";
    private const int UnderWay = 8;

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
        [new(RateKey, "connections a second", "1/s") { HigherIsBetter = true, Goal = 0.7 }];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"{settings.AcceptedConnections:#,0} times connect, PING, PONG and close, {UnderWay} at a time.";

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var count = context.Settings.AcceptedConnections;
        await IdleConnections.CycleAsync(server.EndPoint, count / 10, UnderWay, cancellationToken);
        var rate = await IdleConnections.CycleAsync(server.EndPoint, count, UnderWay, cancellationToken);
        return [new MeasuredValue(RateKey, rate)];
    }
}
