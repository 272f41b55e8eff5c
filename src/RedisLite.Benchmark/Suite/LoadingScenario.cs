using System.Globalization;
using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>How long a server takes to come back with the keys that its append only file holds.</summary>
internal sealed class LoadingScenario() : Scenario("loading", "loading", "Loading an append only file")
{
    public const string LoadingKey = "loading";
    private const string ReadyKey = "ready";

    /// <inheritdoc/>
    public override bool NeedsFreshServer => true;

    /// <inheritdoc/>
    public override ServerSpec? Variant(ServerSpec spec) => spec.WithAppendOnlyFile("everysec");

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new(LoadingKey, "loading", "ms") { Goal = 1 },
        new(ReadyKey, "start to ready with the file", "ms"),
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"A fresh server writes {settings.ManyKeys:#,0} SETs of 32 bytes to its append only file, is ended and started "
        + "again. Loading is "
        + "from the start of the process to its first PONG, less the same time of the start without data.";

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var keys = context.Settings.ManyKeys;
        var empty = server.StartToReady!.Value;
        await context.Runner.FillAsync(server, keys, [32], cancellationToken);
        await using var again = await server.RestartAsync(cancellationToken);
        var loaded = long.Parse(await again.SendAsync(cancellationToken, "DBSIZE"), CultureInfo.InvariantCulture);
        if (loaded != keys)
            throw new LoadException($"{server.Name} came back with {loaded:#,0} of {keys:#,0} keys.");
        var full = again.StartToReady!.Value;
        return [new(LoadingKey, (full - empty).TotalMilliseconds), new(ReadyKey, full.TotalMilliseconds)];
    }
}
