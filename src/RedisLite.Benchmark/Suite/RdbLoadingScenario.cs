using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>How long a server takes to come back with a million elements of all types that an RDB file holds.</summary>
internal sealed class RdbLoadingScenario() : Scenario("types", "types-rdb", "Loading an RDB file of all types")
{
    private const string LoadingKey = "loading";
    private const string ReadyKey = "ready";

    // Shares of the elements: large values of each type, and hashes of five fields.
    private static readonly ElementFill[] Values =
    [
        new("SET string:{key} {value}") { Share = 0.2 },
        new("HSET hash {key} {value}") { Share = 0.15 },
        new("SADD set {key}x") { Share = 0.15 },
        new("ZADD zset {key} {key}") { Share = 0.15 },
        new("RPUSH list {value}") { Share = 0.15 },
        new("XADD stream * field {value}") { Share = 0.1 },
        new("HSET hash:{key} a 1 b 2 c 3 d 4 e 5") { Share = 0.02 },
    ];

    /// <inheritdoc/>
    public override bool NeedsFreshServer => true;

    /// <inheritdoc/>
    public override ServerSpec? Variant(ServerSpec spec) =>
        spec.StartCommand?.Any(word => word.Contains(ServerSpec.DirectoryPlaceholder, StringComparison.Ordinal)) == true
            ? spec
            : null;

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new(LoadingKey, "loading", "ms") { Goal = 1 },
        new(ReadyKey, "start to ready with the file", "ms"),
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"A fresh server takes {settings.ManyKeys:#,0} elements of strings, hashes large and small, a set, a sorted "
        + "set, "
        + "a list and a stream, saves them and is ended and started again. Loading is from the start of the process to "
        + "its "
        + "first PONG, less the same time of the start without data.";

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var empty = server.StartToReady!.Value;
        foreach (var fill in Values)
            await fill.RunAsync(server, context.Settings.ManyKeys, cancellationToken);
        var keys = await server.SendAsync(cancellationToken, "DBSIZE");
        await server.SendAsync(cancellationToken, "SAVE");
        await using var again = await server.RestartAsync(cancellationToken);
        var loaded = await again.SendAsync(cancellationToken, "DBSIZE");
        if (loaded != keys)
            throw new LoadException($"{server.Name} came back with {loaded} of {keys} keys.");
        var full = again.StartToReady!.Value;
        return [new(LoadingKey, (full - empty).TotalMilliseconds), new(ReadyKey, full.TotalMilliseconds)];
    }
}
