using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>
/// Load that is not counted, on a server that has just started: managed ones compile their code meanwhile.
/// </summary>
internal static class ServerWarmUp
{
    private static readonly int[] Pipelines = [1, 16, 128];

    /// <summary>
    /// Reads and writes with and without pipelines; together they take <see cref="SuiteSettings.ServerWarmUp"/>.
    /// </summary>
    public static IEnumerable<LoadProfile> Profiles(SuiteSettings settings, long keys)
    {
        var mixed = TestCatalog.Create("mixed", 1, readRatio: 0.5)!;
        return Pipelines.Select(pipeline => LoadScenario.Profile(settings, mixed, keys, pipeline) with
        {
            WarmUp = TimeSpan.Zero,
            Phase = new LoadPhase { Duration = settings.ServerWarmUp / Pipelines.Length },
        });
    }

    public static async Task RunAsync(
        ServerInstance server, ScenarioContext context, long keys, CancellationToken cancellationToken)
    {
        foreach (var profile in Profiles(context.Settings, keys))
            await context.Runner.MeasureAsync(server, profile, cancellationToken);
    }
}
