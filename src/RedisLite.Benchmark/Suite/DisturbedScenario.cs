using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>
/// What a server keeps of its GET throughput, and the longest wait, while another client is a burden.
/// </summary>
internal sealed class DisturbedScenario(string group, string title, LoadTest burden) : Scenario(group, group, title)
{
    public const string KeptKey = "kept";
    public const string LongestWaitKey = "longest-wait";
    private const string QuietKey = "undisturbed";
    private const string BurdenKey = "burden";

    private static readonly LoadTest Get = TestCatalog.Create("get", 1, 1)!;
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(100);

    /// <summary>Requests that the other client sends at a time.</summary>
    public int BurdenPipeline { get; init; } = 1;

    /// <summary>Bytes of the values that the other client sets.</summary>
    public int BurdenValueSize { get; init; } = 32;

    /// <summary>Different keys that the other client sets.</summary>
    public long BurdenKeys { get; init; } = 1;

    /// <summary>True when the table holds <see cref="SuiteSettings.ManyKeys"/>.</summary>
    public bool UsesManyKeys { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new(KeptKey, "GET throughput kept", "") { HigherIsBetter = true, Comparison = Comparison.Absolute, Goal = 0.6 },
        new(LongestWaitKey, "longest wait of a GET", "ms") { Comparison = Comparison.Absolute, Goal = 10 },
        new(QuietKey, "GET throughput undisturbed", "ops/s") { HigherIsBetter = true },
        new(BurdenKey, "requests of the other client", "ops/s") { HigherIsBetter = true },
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"GET from {settings.Connections} connections over {Keys(settings):#,0} keys, first alone, then while one more "
        + "client "
        + (BurdenPipeline > 1
            ? $"keeps sending {BurdenPipeline:#,0} times {burden.Parts[0].Tokens[0]} "
                + $"of {Reporting.Numbers.Bytes(BurdenValueSize)} at a time."
            : $"keeps sending {string.Join(' ', burden.Parts[0].Tokens)}.");

    /// <inheritdoc/>
    public override async Task PrepareAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken) =>
        await context.Runner.FillAsync(server, Keys(context.Settings), [32], cancellationToken);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var profile = LoadScenario.Profile(context.Settings, Get, Keys(context.Settings));
        var quiet = await context.Runner.MeasureAsync(server, profile, cancellationToken);
        LoadScenario.RequireValid(quiet, server);

        var burdenProfile = new LoadProfile
        {
            Test = burden,
            Connections = 1,
            Pipeline = BurdenPipeline,
            ValueSizes = [BurdenValueSize],
            Keys = new KeySpace { Count = BurdenKeys },
        };
        using var burdenSession = await LoadRunner.OpenAsync(server, burdenProfile, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var burdenPhase = new LoadPhase
        {
            Duration = context.Settings.WarmUp + context.Settings.Duration + TimeSpan.FromMinutes(1),
            Stop = stop.Token,
        };
        var burdenRun = burdenSession.RunAsync(burdenPhase, cancellationToken);
        LoadMeasurement loud;
        try
        {
            await Task.Delay(HeadStart, cancellationToken);
            loud = await context.Runner.MeasureAsync(server, profile, cancellationToken);
        }
        finally
        {
            // Ended even when the measurement failed: its connections are about to be closed.
            await stop.CancelAsync();
            await ((Task)burdenRun).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var carried = await burdenRun;
        LoadScenario.RequireValid(loud, server);
        if (burdenSession.Errors > 0)
            throw new LoadException($"{server.Name} answered the other client with: {burdenSession.FirstError}");
        return
        [
            new(KeptKey, loud.RequestsPerSecond / quiet.RequestsPerSecond),
            new(LongestWaitKey, loud.MaxMs),
            new(QuietKey, quiet.RequestsPerSecond),
            new(BurdenKey, carried.Replies / carried.Elapsed.TotalSeconds),
        ];
    }

    private long Keys(SuiteSettings settings) => UsesManyKeys ? settings.ManyKeys : settings.Keys;
}
