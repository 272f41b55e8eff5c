using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>One test at one pipeline depth and value size: throughput, processor time and latency.</summary>
internal sealed class LoadScenario(string group, LoadTest test, string title)
    : Scenario(group, $"{group}-{test.Name}", title)
{
    public const string ThroughputKey = "throughput";
    public const string CpuKey = "cpu";
    public const string P50Key = "p50";
    public const string P99Key = "p99";
    private const string OwnCpuKey = "own-cpu";

    public int Pipeline { get; init; } = 1;

    public int ValueSize { get; init; } = 32;

    /// <summary>Keys, where not those of the settings: so many that large values fit the memory.</summary>
    public long? Keys { get; init; }

    /// <summary>A script that the test calls by its digest; null when it calls none.</summary>
    public string? Script { get; init; }

    /// <summary>Requests a second of an open loop; 0 for a closed one.</summary>
    public double Rate { get; init; }

    /// <summary>
    /// Each turn is played on a fresh server that writes an append only file, forced out at these times; null for the
    /// server as it was started.
    /// </summary>
    public string? AppendFsync { get; init; }

    /// <summary>What ratio of throughput is wanted; null when it is only told.</summary>
    public double? ThroughputGoal { get; init; }

    /// <summary>What ratio of processor time is wanted.</summary>
    public double? CpuGoal { get; init; }

    /// <summary>What ratio of the 99th percentile is wanted.</summary>
    public double? P99Goal { get; init; }

    /// <inheritdoc/>
    public override bool NeedsFreshServer => AppendFsync is not null;

    /// <inheritdoc/>
    public override ServerSpec? Variant(ServerSpec spec) =>
        AppendFsync is { } appendFsync ? spec.WithAppendOnlyFile(appendFsync) : spec;

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new(ThroughputKey, "throughput", "ops/s") { HigherIsBetter = true, Goal = ThroughputGoal },
        new(CpuKey, "server CPU per request", "us") { Goal = CpuGoal },
        new(P50Key, "median latency", "ms"),
        new(P99Key, "p99 latency", "ms") { Goal = P99Goal },
        new("p999", "p99.9 latency", "ms"),
        new(OwnCpuKey, "load generator's CPU per request", "us") { Comparison = Comparison.Absolute },
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"{settings.Connections} connections, "
        + (Rate > 0 ? $"{Rate:#,0} requests a second whatever the server does, " : $"{Together} at a time on each, ")
        + $"{Keys ?? settings.Keys:#,0} random keys of 16 bytes, values of {Reporting.Numbers.Bytes(ValueSize)}"
        + (AppendFsync is null ? "." : $"; a fresh server with an append only file, appendfsync {AppendFsync}.");

    private string Together => Pipeline == 1 ? "one request" : $"{Pipeline} requests";

    /// <inheritdoc/>
    public override async Task PrepareAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var keys = Keys ?? context.Settings.Keys;
        if (NeedsFreshServer)
            await ServerWarmUp.RunAsync(server, context, keys, cancellationToken);
        if (Script is not null)
            await server.SendAsync(cancellationToken, "SCRIPT", "LOAD", Script);
        await context.Runner.FillAsync(server, keys, [ValueSize], cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var profile = Profile(context.Settings, test, Keys ?? context.Settings.Keys, Pipeline, [ValueSize]);
        profile = profile with { Phase = profile.Phase with { Rate = Rate } };
        var result = await context.Runner.MeasureAsync(server, profile, cancellationToken);
        RequireValid(result, server);
        var values = new List<MeasuredValue>
        {
            new(ThroughputKey, result.RequestsPerSecond),
            new(P50Key, result.P50Ms),
            new(P99Key, result.P99Ms),
            new("p999", result.P999Ms),
            new(OwnCpuKey, result.OwnCpuMicrosecondsPerRequest),
        };
        if (result.ServerCpuMicrosecondsPerRequest is { } cpu)
            values.Add(new MeasuredValue(CpuKey, cpu));
        return values;
    }

    /// <summary>The profile that scenarios share.</summary>
    public static LoadProfile Profile(
        SuiteSettings settings, LoadTest test, long keys, int pipeline = 1, IReadOnlyList<int>? valueSizes = null) =>
            new()
            {
                Test = test,
                Connections = settings.Connections,
                Pipeline = pipeline,
                ValueSizes = valueSizes ?? [32],
                Keys = new KeySpace { Count = keys },
                WarmUp = settings.WarmUp,
                Phase = new LoadPhase { Duration = settings.Duration },
                Seed = settings.Seed,
            };

    /// <summary>Error replies are fast, so figures with some of them are worse than none.</summary>
    /// <exception cref="LoadException">The server answered with errors.</exception>
    public static void RequireValid(LoadMeasurement result, ServerInstance server)
    {
        if (result.Errors > 0)
            throw new LoadException(
                $"{server.Name} answered {result.Errors:#,0} requests with errors: {result.FirstError}");
    }
}
