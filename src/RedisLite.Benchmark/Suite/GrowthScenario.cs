using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>What a table a thousand times as large costs, and whether a client notices that it grows.</summary>
internal sealed class GrowthScenario() : Scenario("large", "large", "A large table")
{
    private const long FewKeys = 10_000;
    private const int FillPipeline = 16;

    private static readonly LoadTest Get = TestCatalog.Create("get", 1, 1)!;
    private static readonly LoadTest Set = TestCatalog.Create("set", 1, 1)!;

    /// <inheritdoc/>
    public override bool IsOptional => true;

    /// <inheritdoc/>
    public override int MaxTurns => 3;

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new("get-kept", "GET throughput of the large table to the small one's", "")
        {
            HigherIsBetter = true, Comparison = Comparison.Absolute, Goal = 0.8,
        },
        new("set-kept", "SET throughput of the large table to the small one's", "")
        {
            HigherIsBetter = true, Comparison = Comparison.Absolute, Goal = 0.8,
        },
        new("fill-pause", "longest wait while filling", "ms") { Comparison = Comparison.Absolute, Goal = 10 },
        new("fill-rate", "keys set a second while filling", "ops/s") { HigherIsBetter = true },
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"GET and SET at P={FillPipeline} over {FewKeys:#,0} keys, then over {settings.MostKeys:#,0}; the waits are "
        + "those of "
        + "the load that fills the table in between.";

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        await server.SendAsync(cancellationToken, "FLUSHALL");
        await context.Runner.FillAsync(server, FewKeys, [32], cancellationToken);
        var smallGet = await ThroughputAsync(server, context, Get, FewKeys, cancellationToken);
        var smallSet = await ThroughputAsync(server, context, Set, FewKeys, cancellationToken);
        var fill = await context.Runner.MeasureAsync(server, FillProfile(context.Settings), cancellationToken);
        LoadScenario.RequireValid(fill, server);
        var largeGet = await ThroughputAsync(server, context, Get, context.Settings.MostKeys, cancellationToken);
        var largeSet = await ThroughputAsync(server, context, Set, context.Settings.MostKeys, cancellationToken);
        return
        [
            new("get-kept", largeGet / smallGet),
            new("set-kept", largeSet / smallSet),
            new("fill-pause", fill.MaxMs),
            new("fill-rate", fill.RequestsPerSecond),
        ];
    }

    private static async Task<double> ThroughputAsync(
        ServerInstance server, ScenarioContext context, LoadTest test, long keys, CancellationToken cancellationToken)
    {
        var profile = LoadScenario.Profile(context.Settings, test, keys, FillPipeline);
        var result = await context.Runner.MeasureAsync(server, profile, cancellationToken);
        LoadScenario.RequireValid(result, server);
        return result.RequestsPerSecond;
    }

    private static LoadProfile FillProfile(SuiteSettings settings) =>
        LoadScenario.Profile(settings, TestCatalog.Fill, settings.MostKeys, FillPipeline) with
        {
            Keys = new KeySpace { Count = settings.MostKeys, Distribution = KeyDistribution.Sequential },
            WarmUp = TimeSpan.Zero,
            Phase = new LoadPhase { Requests = settings.MostKeys },
        };
}
