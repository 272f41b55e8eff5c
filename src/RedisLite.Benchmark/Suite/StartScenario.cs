using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>How long a server takes from the start of its process to its first answer.</summary>
internal sealed class StartScenario() : Scenario("start", "start", "Start")
{
    public const string ReadyKey = "ready";

    /// <inheritdoc/>
    public override bool NeedsFreshServer => true;

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
        [new(ReadyKey, "start to ready", "ms") { Comparison = Comparison.Absolute, Goal = 300 }];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        "From starting the process, without data, to its first PONG.";

    /// <inheritdoc/>
    public override Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<MeasuredValue>>(
            server.StartToReady is { } time ? [new MeasuredValue(ReadyKey, time.TotalMilliseconds)] : []);
}
