using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>Waits for a server's memory to come to rest.</summary>
internal static class ResidentMemory
{
    private const int MostSamples = 20;
    private const double Unrest = 0.005;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);

    /// <summary>Resident bytes once two samples in a row agree to half a percent, or after five seconds.</summary>
    /// <returns>null when the process is not known.</returns>
    public static async Task<double?> SettleAsync(ServerInstance server, CancellationToken cancellationToken)
    {
        var last = server.Sample()?.ResidentBytes;
        for (var sample = 0; sample < MostSamples && last is not null; sample++)
        {
            await Task.Delay(Between, cancellationToken);
            var now = server.Sample()?.ResidentBytes;
            if (now is null || Math.Abs(now.Value - last.Value) < last.Value * Unrest)
                return now;
            last = now;
        }

        return last;
    }
}

/// <summary>What a pair of a 16-byte key and a 32-byte value takes in the server's memory.</summary>
internal sealed class BytesPerKeyScenario() : Scenario("bytes-per-key", "bytes-per-key", "Memory per key")
{
    public const string ResidentKey = "resident";
    private const string AccountedKey = "accounted";
    private const int ValueSize = 32;
    private const long WarmUpKeys = 1_000;

    /// <inheritdoc/>
    public override bool NeedsFreshServer => true;

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new(ResidentKey, "resident memory per key", "bytes") { Goal = 0.8 },
        new(AccountedKey, "memory per key by the server's own account (used_memory)", "bytes"),
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"Growth of a fresh server's resident memory, after a warm-up on {WarmUpKeys:#,0} keys, "
        + $"by setting {settings.ManyKeys:#,0} keys of 16 bytes to values of 32, divided by the keys.";

    /// <inheritdoc/>
    public override async Task PrepareAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        // A managed server compiles its code on the way; that memory is not the keys'.
        var profile = LoadScenario.Profile(context.Settings, TestCatalog.Fill, WarmUpKeys, pipeline: 16);
        await context.Runner.MeasureAsync(server, profile, cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var keys = context.Settings.ManyKeys;
        var residentBefore = await ResidentMemory.SettleAsync(server, cancellationToken);
        var accountedBefore = await UsedMemory.ReadAsync(server, cancellationToken);
        await context.Runner.FillAsync(server, keys, [ValueSize], cancellationToken);
        var residentAfter = await ResidentMemory.SettleAsync(server, cancellationToken);
        var accountedAfter = await UsedMemory.ReadAsync(server, cancellationToken);
        var values = new List<MeasuredValue>();
        if (residentAfter - residentBefore is { } resident)
            values.Add(new MeasuredValue(ResidentKey, resident / keys));
        if (accountedAfter - accountedBefore is { } accounted)
            values.Add(new MeasuredValue(AccountedKey, accounted / keys));
        return values;
    }
}

/// <summary>What a connection takes that is open and does nothing.</summary>
internal sealed class IdleConnectionsScenario() : Scenario("idle", "idle", "Memory per idle connection")
{
    public const string ResidentKey = "resident";
    private const int WarmUpConnections = 100;

    /// <inheritdoc/>
    public override bool NeedsFreshServer => true;

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
        [new(ResidentKey, "resident memory per connection", "bytes") { Goal = 2 }];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"Growth of a fresh server's resident memory by {settings.IdleConnections:#,0} connections that each sent one "
        + "PING, "
        + "divided by the connections.";

    /// <inheritdoc/>
    public override Task PrepareAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        using var warmUp = IdleConnections.Open(server.EndPoint, WarmUpConnections, cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var before = await ResidentMemory.SettleAsync(server, cancellationToken);
        using var connections = IdleConnections.Open(
            server.EndPoint, context.Settings.IdleConnections, cancellationToken);
        var after = await ResidentMemory.SettleAsync(server, cancellationToken);
        return after - before is { } grown
            ? [new MeasuredValue(ResidentKey, grown / context.Settings.IdleConnections)]
            : [];
    }
}
