using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>
/// What an append only file, forced out every second, costs a server: it is compared with itself without one.
/// </summary>
internal sealed class EverysecScenario() : Scenario("everysec", "everysec", "The cost of appendfsync everysec")
{
    private static readonly LoadTest Set = TestCatalog.Create("set", 1, 1)!;

    // Pipeline depth, and the percentage of throughput that may be lost at it.
    private static readonly (int Pipeline, double Goal)[] Depths = [(1, 10), (16, 25)];

    /// <inheritdoc/>
    public override bool NeedsFreshServer => true;

    /// <inheritdoc/>
    public override ServerSpec? Variant(ServerSpec spec) => spec.WithAppendOnlyFile("everysec");

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        .. Depths.SelectMany(depth => new Measure[]
        {
            new(CostKey(depth.Pipeline), $"SET throughput lost at P={depth.Pipeline}", "%")
            {
                Comparison = Comparison.Absolute, Goal = depth.Goal,
            },
            new(ThroughputKey(depth.Pipeline), $"SET throughput with the file at P={depth.Pipeline}",
                "ops/s") { HigherIsBetter = true },
        }),
    ];

    public static string CostKey(int pipeline) => $"cost-p{pipeline}";

    public static string ThroughputKey(int pipeline) => $"throughput-p{pipeline}";

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"SET from {settings.Connections} connections over {settings.Keys:#,0} keys, first on the server as it was "
        + "started, then on a "
        + "fresh one with an append only file, appendfsync everysec; what the second lacks of the first.";

    /// <inheritdoc/>
    public override async Task PrepareAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        await ServerWarmUp.RunAsync(server, context, context.Settings.Keys, cancellationToken);
        await context.Runner.FillAsync(server, context.Settings.Keys, [32], cancellationToken);
        await context.Runner.FillAsync(context.Resident!, context.Settings.Keys, [32], cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var values = new List<MeasuredValue>();
        foreach (var (pipeline, _) in Depths)
        {
            var without = await ThroughputAsync(context.Resident!, context, pipeline, cancellationToken);
            var with = await ThroughputAsync(server, context, pipeline, cancellationToken);
            values.Add(new MeasuredValue(CostKey(pipeline), PercentLost(without, with)));
            values.Add(new MeasuredValue(ThroughputKey(pipeline), with));
        }

        await context.Resident!.SendAsync(cancellationToken, "FLUSHALL");
        return values;
    }

    /// <summary>What the second lacks of the first, in percent; below zero when it has more.</summary>
    internal static double PercentLost(double without, double with) => 100 * (1 - (with / without));

    private static async Task<double> ThroughputAsync(
        ServerInstance server, ScenarioContext context, int pipeline, CancellationToken cancellationToken)
    {
        var profile = LoadScenario.Profile(context.Settings, Set, context.Settings.Keys, pipeline);
        var result = await context.Runner.MeasureAsync(server, profile, cancellationToken);
        LoadScenario.RequireValid(result, server);
        return result.RequestsPerSecond;
    }
}
