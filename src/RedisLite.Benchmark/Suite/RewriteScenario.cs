using System.Diagnostics;
using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>What clients and the memory notice of an append only file that is rewritten under load.</summary>
internal sealed class RewriteScenario() : Scenario("rewrite", "rewrite", "Rewriting the append only file under load")
{
    public const string SlowerKey = "p99-ratio";
    public const string ExtraMemoryKey = "extra-memory";
    private const string QuietKey = "p99-quiet";
    private const string LoudKey = "p99-rewriting";
    private const string TimeKey = "time";
    private const long WarmUpKeys = 1_000;

    private static readonly LoadTest Set = TestCatalog.Create("set", 1, 1)!;
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRewrite = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public override bool NeedsFreshServer => true;

    /// <inheritdoc/>
    public override ServerSpec? Variant(ServerSpec spec) => spec.WithAppendOnlyFile("everysec");

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new(SlowerKey, "p99 of SET while rewriting to that without", "") { Comparison = Comparison.Absolute, Goal = 2 },
        new(ExtraMemoryKey, "peak extra memory, of the data set", "%") { Comparison = Comparison.Absolute, Goal = 25 },
        new(QuietKey, "p99 of SET without", "ms"),
        new(LoudKey, "p99 of SET while rewriting", "ms"),
        new(TimeKey, "a rewrite under this load", "ms"),
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"SET from {settings.Connections} connections over {settings.ManyKeys:#,0} keys on a fresh server with an "
        + "append only file, "
        + "appendfsync everysec; first alone, then while BGREWRITEAOF runs again and again. Memory is that of the "
        + "server and of "
        + "what it forks, shared pages once; the data set is what setting the keys added to it.";

    /// <inheritdoc/>
    public override async Task PrepareAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken) =>
        await ServerWarmUp.RunAsync(server, context, WarmUpKeys, cancellationToken);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        await ResidentMemory.SettleAsync(server, cancellationToken);
        var empty = server.SampleDataMemory();
        await context.Runner.FillAsync(server, context.Settings.ManyKeys, [32], cancellationToken);
        await ResidentMemory.SettleAsync(server, cancellationToken);
        var dataSet = server.SampleDataMemory() - empty;

        var profile = LoadScenario.Profile(context.Settings, Set, context.Settings.ManyKeys);
        var (quiet, quietPeak) = await WithPeakAsync(
            server, context.Runner.MeasureAsync(server, profile, cancellationToken));
        var (loud, loudPeak, timeMs) = await MeasureRewritingAsync(server, context, profile, cancellationToken);
        LoadScenario.RequireValid(quiet, server);
        LoadScenario.RequireValid(loud, server);
        var values = new List<MeasuredValue>
        {
            new(SlowerKey, loud.P99Ms / quiet.P99Ms),
            new(QuietKey, quiet.P99Ms),
            new(LoudKey, loud.P99Ms),
            new(TimeKey, timeMs),
        };
        if (PercentExtra(quietPeak, loudPeak, dataSet) is { } extra)
            values.Add(new MeasuredValue(ExtraMemoryKey, extra));
        return values;
    }

    /// <summary>How much more there was at the second peak, in percent of the data set.</summary>
    /// <returns>null when a figure is missing.</returns>
    internal static double? PercentExtra(long? quietPeak, long? loudPeak, long? dataSet) =>
        dataSet > 0 ? 100.0 * (loudPeak - quietPeak) / dataSet : null;

    private static async Task<(LoadMeasurement Load, long? Peak, double RewriteMs)> MeasureRewritingAsync(
        ServerInstance server, ScenarioContext context, LoadProfile profile, CancellationToken cancellationToken)
    {
        // The load lasts as long as the rewrites, so that none of it is without one; the server is still warm.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var load = WithPeakAsync(server, context.Runner.MeasureAsync(
            server,
            profile with
            {
                WarmUp = TimeSpan.Zero,
                Phase = new LoadPhase { Duration = LongestRewrite, Stop = stop.Token }
            },
            cancellationToken));
        double rewriteMs;
        try
        {
            rewriteMs = await RewriteAsync(server, context.Settings.Duration, cancellationToken);
        }
        finally
        {
            // Ended even when the rewrite failed: the server is about to be.
            await stop.CancelAsync();
            await ((Task)load).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var (measured, peak) = await load;
        return (measured, peak, rewriteMs);
    }

    /// <summary>Rewrites again and again for at least the given time.</summary>
    /// <returns>Milliseconds of one rewrite, on average.</returns>
    private static async Task<double> RewriteAsync(
        ServerInstance server, TimeSpan atLeast, CancellationToken cancellationToken)
    {
        await using var client = await ControlClient.ConnectAsync(server.EndPoint, cancellationToken);
        var clock = Stopwatch.StartNew();
        var rewrites = 0;
        do
        {
            await client.SendAsync(cancellationToken, "BGREWRITEAOF");
            Dictionary<string, string> info;
            do
            {
                if (clock.Elapsed > LongestRewrite)
                    throw new LoadException(
                        $"{server.Name} has been rewriting for {LongestRewrite.TotalMinutes:0} minutes.");
                await Task.Delay(PollEvery, cancellationToken);
                info = ServerInstance.ParseInfo(await client.SendAsync(cancellationToken, "INFO", "persistence"));
            }
            while (info.GetValueOrDefault("aof_rewrite_in_progress") == "1"
                || info.GetValueOrDefault("aof_rewrite_scheduled") == "1");

            if (info.GetValueOrDefault("aof_last_bgrewrite_status") != "ok")
                throw new LoadException($"{server.Name} could not rewrite its append only file.");
            rewrites++;
        }
        while (clock.Elapsed < atLeast);

        return clock.Elapsed.TotalMilliseconds / rewrites;
    }

    /// <summary>Watches the server's memory until a run ends.</summary>
    private static async Task<(LoadMeasurement Load, long? Peak)> WithPeakAsync(
        ServerInstance server, Task<LoadMeasurement> run)
    {
        long? peak = null;
        while (!run.IsCompleted)
        {
            if (server.SampleDataMemory() is { } now && now > (peak ?? 0))
                peak = now;
            await Task.WhenAny(run, Task.Delay(SampleEvery));
        }

        return (await run, peak);
    }
}
