using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>
/// How long a client waits for its GET while another one loops a command on values of very many elements.
/// </summary>
/// <param name="name">The end of its own name.</param>
/// <param name="commands">What the other client sends, in turn.</param>
internal sealed class StallScenario(string name, params string[] commands)
    : Scenario("stalls", $"stalls-{name}", $"GET beside {string.Join(" and ", commands.Select(Shown))}")
{
    public const string LongestWaitKey = "longest-wait";
    private const string P999Key = "p999";
    private const string BurdenKey = "burden";

    // A reply is taken in pieces and not kept: the client that loops is never slower than the server. Beside it a GET
    // takes a few milliseconds on two cores: asked for more often, GETs would wait for GETs.
    private const double Rate = 200;
    private const string Prefix = "GET beside ";

    private static readonly LoadTest Get = TestCatalog.Create("get", 1, 1)!;
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(100);

    private static readonly ElementFill[] Values =
    [
        new("SADD set x{key}"),
        new("HSET hash {key} {value}"),
        new("ZADD zset 0 {key}"),
        new("ZADD zset {key} {key}") { IsRandom = true },
        new("RPUSH list {key}"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new(LongestWaitKey, "longest wait of a GET", "ms") { Comparison = Comparison.Absolute, Goal = 10 },
        new(P999Key, "p99.9 of GET", "ms") { Comparison = Comparison.Absolute },
        new(BurdenKey, "requests of the other client", "ops/s") { HigherIsBetter = true },
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"{Rate:#,0} GETs a second from one client, while another one keeps sending {Title[Prefix.Length..]}; set, "
        + "hash, "
        + $"sorted set and list have {settings.ManyKeys:#,0} elements each.";

    /// <inheritdoc/>
    public override async Task PrepareAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        await context.Runner.FillAsync(server, 1, [32], cancellationToken);
        foreach (var fill in Values.Where(fill => NeededBy(fill.Command.Split(' ')[1])))
            await fill.RunAsync(server, context.Settings.ManyKeys, cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var profile = new LoadProfile { Test = Get, Connections = 1, Keys = new KeySpace { Count = 1 } };
        using var client = await LoadRunner.OpenAsync(server, profile, cancellationToken);
        await client.RunAsync(new LoadPhase { Duration = context.Settings.WarmUp, Rate = Rate }, cancellationToken);
        var parts = commands.Select(command => new LoadTestPart(command.Split(' ')));
        var burdenProfile = new LoadProfile
        {
            Test = new LoadTest("burden", [.. parts]) { KeyPrefix = "" },
            Connections = 1,
            Keys = new KeySpace { Count = context.Settings.ManyKeys },
        };
        using var burden = await LoadRunner.OpenAsync(server, burdenProfile, cancellationToken);
        GC.Collect();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var endless = new LoadPhase { Stop = stop.Token, StallTimeout = TimeSpan.FromMinutes(2) };
        var looping = burden.RunAsync(endless, cancellationToken);
        PhaseResult asked;
        try
        {
            await Task.Delay(HeadStart, cancellationToken);
            var asking = new LoadPhase { Duration = context.Settings.Duration * 2, Rate = Rate };
            asked = await client.RunAsync(asking, cancellationToken);
        }
        finally
        {
            // Ended even when the measurement failed: its connection is about to be closed.
            await stop.CancelAsync();
            await ((Task)looping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var looped = await looping;
        if (client.Errors + burden.Errors > 0)
            throw new LoadException($"{server.Name} answered with: {client.FirstError ?? burden.FirstError}");
        return
        [
            new(LongestWaitKey, asked.Latencies.MaxMs),
            new(P999Key, asked.Latencies.PercentileMs(99.9)),
            new(BurdenKey, looped.Replies / looped.Elapsed.TotalSeconds),
        ];
    }

    private static string Shown(string command) => command.Replace(" {key}", " element", StringComparison.Ordinal);

    private bool NeededBy(string key) => commands.Any(command => command.Split(' ').Contains(key));
}
