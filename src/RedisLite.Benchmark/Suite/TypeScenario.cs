using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>A command on one large value of any type: throughput, processor time and latency.</summary>
/// <param name="id">Its own name.</param>
/// <param name="title">What the document calls it.</param>
/// <param name="test">What is sent.</param>
internal sealed class TypeScenario(string id, string title, LoadTest test) : Scenario("types", id, title)
{
    private const string P50Key = "p50";
    private const string P99Key = "p99";

    public int Pipeline { get; init; } = 1;

    /// <summary>Clients; null for those of the settings.</summary>
    public int? Clients { get; init; }

    /// <summary>Makes the values, before the first turn or before each.</summary>
    public IReadOnlyList<ElementFill> Fill { get; init; } = [];

    /// <summary>A key that the test lets grow: deleted and filled anew before each turn.</summary>
    public string? Growing { get; init; }

    /// <summary>What ratio of throughput is wanted.</summary>
    public required double ThroughputGoal { get; init; }

    /// <summary>What ratio of processor time is wanted; null when it is only told.</summary>
    public double? CpuGoal { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new(LoadScenario.ThroughputKey, "throughput", "ops/s") { HigherIsBetter = true, Goal = ThroughputGoal },
        new(LoadScenario.CpuKey, "server CPU per request", "us") { Goal = CpuGoal },
        new(P50Key, "median latency", "ms"),
        new(P99Key, "p99 latency", "ms"),
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings)
    {
        var commands = string.Join(" and ", test.Parts.Select(part => $"`{string.Join(' ', part.Tokens)}`"));
        return $"{commands} from {Clients ?? settings.Connections} connections, {Pipeline} at a time on each; "
            + $"{settings.Keys:#,0} elements, numbers of twelve digits chosen at random, values of 32 bytes.";
    }

    /// <inheritdoc/>
    public override Task PrepareAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken) =>
        Growing is null ? FillAsync(server, context, cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        if (Growing is { } key)
        {
            await server.SendAsync(cancellationToken, "DEL", key);
            await FillAsync(server, context, cancellationToken);
        }

        var profile = LoadScenario.Profile(context.Settings, test, context.Settings.Keys, Pipeline);
        profile = profile with { Connections = Clients ?? profile.Connections };
        var result = await context.Runner.MeasureAsync(server, profile, cancellationToken);
        LoadScenario.RequireValid(result, server);
        var values = new List<MeasuredValue>
        {
            new(LoadScenario.ThroughputKey, result.RequestsPerSecond),
            new(P50Key, result.P50Ms),
            new(P99Key, result.P99Ms),
        };
        if (result.ServerCpuMicrosecondsPerRequest is { } cpu)
            values.Add(new MeasuredValue(LoadScenario.CpuKey, cpu));
        return values;
    }

    private async Task FillAsync(ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        foreach (var fill in Fill)
            await fill.RunAsync(server, context.Settings.Keys, cancellationToken);
    }
}
