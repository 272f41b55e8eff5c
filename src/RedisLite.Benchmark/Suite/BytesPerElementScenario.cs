using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>What an element of each type takes in the server's memory, by the server's own account.</summary>
internal sealed class BytesPerElementScenario() : Scenario("types", "types-bytes", "Memory per element")
{
    private const int Elements = 200_000;
    private const int FieldsOfSmallHash = 5;

    private static readonly Kind[] Kinds =
    [
        new("hash", "a field of one hash, 12 + 12 bytes", 0.7, "HSET value {key} {key}"),
        new("set", "a member of one set, 13 bytes", 0.7, "SADD value e{key}"),
        new("zset", "a member of one sorted set, 13 bytes", 0.6, "ZADD value {key} e{key}"),
        new("list", "an element of one list, 13 bytes", 1.0, "RPUSH value e{key}"),
        new("hashes", "a field of many hashes of 5, 4 + 13 bytes", 0.7,
            "HSET {key} name x{key} mail x{key} city x{key} role x{key} from x{key}"),
    ];

    /// <inheritdoc/>
    public override int MaxTurns => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
        [.. Kinds.Select(kind => new Measure(kind.Key, kind.Title, "bytes") { Goal = kind.Goal })];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"Growth of used_memory by {Elements:#,0} elements, divided by their number; of small hashes there are "
        + $"{settings.ManyKeys:#,0}, and their keys count with the fields.";

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var values = new List<MeasuredValue>();
        foreach (var kind in Kinds)
        {
            await server.SendAsync(cancellationToken, "FLUSHALL");
            var isMany = kind.Key == "hashes";
            var count = isMany ? context.Settings.ManyKeys : Elements;
            var before = await UsedMemory.SettleAsync(server, cancellationToken);
            await new ElementFill(kind.Command).RunAsync(server, count, cancellationToken);
            var after = await UsedMemory.SettleAsync(server, cancellationToken);
            if (after - before is { } grown)
                values.Add(new MeasuredValue(kind.Key, grown / (isMany ? count * FieldsOfSmallHash : count)));
        }

        return values;
    }

    private sealed record Kind(string Key, string Title, double Goal, string Command);
}

/// <summary>Memory by the server's own account.</summary>
internal static class UsedMemory
{
    private const int MostSamples = 100;
    private const double Unrest = 0.0001;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// What two samples in a row agree on, or after ten seconds the last: servers free large values in the background.
    /// </summary>
    public static async Task<double?> SettleAsync(ServerInstance server, CancellationToken cancellationToken)
    {
        var last = await ReadAsync(server, cancellationToken);
        for (var sample = 0; sample < MostSamples && last is not null; sample++)
        {
            await Task.Delay(Between, cancellationToken);
            var now = await ReadAsync(server, cancellationToken);
            if (now is null || Math.Abs(now.Value - last.Value) < last.Value * Unrest)
                return now;
            last = now;
        }

        return last;
    }

    /// <returns>null for a server that does not say.</returns>
    public static async Task<double?> ReadAsync(ServerInstance server, CancellationToken cancellationToken)
    {
        try
        {
            var info = ServerInstance.ParseInfo(await server.SendAsync(cancellationToken, "INFO", "memory"));
            return double.TryParse(info.GetValueOrDefault("used_memory"), out var used) ? used : null;
        }
        catch (LoadException)
        {
            return null; // a server without this section
        }
    }
}
