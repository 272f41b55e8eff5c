using System.Diagnostics;
using System.Net;
using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>What a replica, another server of the same kind, costs its primary, and how closely it follows.</summary>
internal sealed class ReplicationScenario() : Scenario("replication", "replication", "A replica")
{
    private const string CostKey = "cost-p16";
    private const string CpuCostKey = "cpu-cost-p16";
    private const string CopyKey = "copy";
    private const string LongestWaitKey = "longest-wait";
    private const string ExtraMemoryKey = "extra-memory";
    private const string ApplyKey = "apply-cpu";
    private const string CatchUpKey = "catch-up";
    private const string LagKey = "lag-p99";
    private const int Pipeline = 16;
    private const int Probes = 300;

    private static readonly LoadTest Set = TestCatalog.Create("set", 1, 1)!;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public override bool NeedsFreshServer => true;

    /// <summary>A server that has no such option as an append only file is taken to have no replicas either.</summary>
    public override ServerSpec? Variant(ServerSpec spec) => spec.WithAppendOnlyFile("no") is null ? null : spec;

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new(CostKey, "SET throughput lost at P=16", "%") { Comparison = Comparison.Absolute, Goal = 15 },
        new(CpuCostKey, "more CPU of the primary a SET at P=16", "%") { Comparison = Comparison.Absolute, Goal = 10 },
        new(CopyKey, "a full copy under load", "ms") { Goal = 1 },
        new(LongestWaitKey, "longest wait of a SET meanwhile", "ms") { Comparison = Comparison.Absolute, Goal = 10 },
        new(ExtraMemoryKey, "extra memory of the primary meanwhile, of the data set",
            "%") { Comparison = Comparison.Absolute, Goal = 5 },
        new(ApplyKey, "CPU of the replica a SET", "us") { Goal = 1 },
        new(CatchUpKey, "the replica behind the end of the load", "ms"),
        new(LagKey, "p99 of WAIT at half load", "ms") { Comparison = Comparison.Absolute, Goal = 5 },
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"SET from {settings.Connections} connections over {settings.ManyKeys:#,0} keys on a fresh server; alone, "
        + "while another fresh "
        + "server takes a full copy (one request at a time then), and while that follows. The lag is the time of WAIT "
        + "for the one "
        + "replica after a SET, beside half the load.";

    /// <inheritdoc/>
    public override async Task PrepareAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        await ServerWarmUp.RunAsync(server, context, context.Settings.Keys, cancellationToken);
        await server.SendAsync(cancellationToken, "CONFIG", "SET", "repl-diskless-sync-delay", "0");
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        await ResidentMemory.SettleAsync(server, cancellationToken);
        var empty = server.SampleDataMemory();
        await context.Runner.FillAsync(server, context.Settings.ManyKeys, [32], cancellationToken);
        var dataSet = server.SampleDataMemory() - empty;
        var profile = LoadScenario.Profile(context.Settings, Set, context.Settings.ManyKeys, Pipeline);
        var alone = await context.Runner.MeasureAsync(server, profile, cancellationToken);
        LoadScenario.RequireValid(alone, server);

        await using var replica = await ServerInstance.OpenAsync(server.Spec, cancellationToken);
        await ServerWarmUp.RunAsync(replica, context, context.Settings.Keys, cancellationToken);
        var values = await MeasureCopyAsync(server, replica, context, dataSet, cancellationToken);
        await CatchUpAsync(server, replica, cancellationToken);

        var before = replica.Sample();
        var followed = await context.Runner.MeasureAsync(server, profile, cancellationToken);
        LoadScenario.RequireValid(followed, server);
        values.Add(new MeasuredValue(CatchUpKey, await CatchUpAsync(server, replica, cancellationToken)));
        values.Add(
            new MeasuredValue(
                CostKey, EverysecScenario.PercentLost(alone.RequestsPerSecond, followed.RequestsPerSecond)));
        if (alone.ServerCpuMicrosecondsPerRequest is { } less && followed.ServerCpuMicrosecondsPerRequest is { } more)
            values.Add(new MeasuredValue(CpuCostKey, 100 * ((more / less) - 1)));

        // The warm-up was replicated as well, at the same rate.
        var requests = followed.Requests * (1 + (context.Settings.WarmUp / context.Settings.Duration));
        if (before is { } first && replica.Sample() is { } last)
            values.Add(new MeasuredValue(ApplyKey, (last.CpuTime - first.CpuTime).TotalMicroseconds / requests));
        values.Add(
            new MeasuredValue(LagKey, await MeasureLagAsync(server, context, profile, followed, cancellationToken)));
        return values;
    }

    private static async Task<List<MeasuredValue>> MeasureCopyAsync(
        ServerInstance server, ServerInstance replica, ScenarioContext context, long? dataSet,
        CancellationToken cancellationToken)
    {
        var profile = LoadScenario.Profile(context.Settings, Set, context.Settings.ManyKeys);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var memory = server.SampleDataMemory();
        var load = context.Runner.MeasureAsync(
            server,
            profile with { WarmUp = TimeSpan.Zero, Phase = new LoadPhase { Duration = Longest, Stop = stop.Token } },
            cancellationToken);
        var watch = Stopwatch.StartNew();
        long? peak = null;
        try
        {
            await FollowAsync(replica, server.EndPoint, cancellationToken);
            await using var client = await ControlClient.ConnectAsync(replica.EndPoint, cancellationToken);
            var sampled = TimeSpan.Zero;
            while ((await InfoAsync(client, cancellationToken)).GetValueOrDefault("master_link_status") != "up")
            {
                if (watch.Elapsed > Longest)
                    throw new LoadException(
                        $"{server.Name} has been giving a full copy for {Longest.TotalMinutes:0} minutes.");
                if (watch.Elapsed - sampled > SampleEvery)
                {
                    sampled = watch.Elapsed;
                    peak = Math.Max(peak ?? 0, server.SampleDataMemory() ?? 0);
                }

                await Task.Delay(Poll, cancellationToken);
            }
        }
        finally
        {
            watch.Stop();
            await stop.CancelAsync();
            await ((Task)load).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var result = await load;
        LoadScenario.RequireValid(result, server);
        List<MeasuredValue> values =
            [new(CopyKey, watch.Elapsed.TotalMilliseconds), new(LongestWaitKey, result.MaxMs)];
        if (RewriteScenario.PercentExtra(memory, peak, dataSet) is { } extra)
            values.Add(new MeasuredValue(ExtraMemoryKey, extra));
        return values;
    }

    /// <returns>The 99th percentile in milliseconds.</returns>
    private static async Task<double> MeasureLagAsync(
        ServerInstance server, ScenarioContext context, LoadProfile profile, LoadMeasurement full,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var phase = new LoadPhase { Duration = Longest, Rate = full.RequestsPerSecond / 2, Stop = stop.Token };
        var load = context.Runner.MeasureAsync(
            server, profile with { WarmUp = TimeSpan.Zero, Phase = phase }, cancellationToken);
        var waits = new List<double>(Probes);
        try
        {
            await using var client = await ControlClient.ConnectAsync(server.EndPoint, cancellationToken);
            for (var probe = 0; probe < Probes; probe++)
            {
                await client.SendAsync(cancellationToken, "SET", "probe", $"{probe}");
                var started = Stopwatch.GetTimestamp();
                await client.SendAsync(cancellationToken, "WAIT", "1", "60000");
                waits.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                await Task.Delay(Poll, cancellationToken);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)load).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        waits.Sort();
        return waits[(int)(0.99 * (waits.Count - 1))];
    }

    /// <summary>Waits until the replica has what the primary has.</summary>
    /// <returns>How long that took, in milliseconds.</returns>
    private static async Task<double> CatchUpAsync(
        ServerInstance server, ServerInstance replica, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await using var primary = await ControlClient.ConnectAsync(server.EndPoint, cancellationToken);
        await using var follower = await ControlClient.ConnectAsync(replica.EndPoint, cancellationToken);
        while (OffsetOf(await InfoAsync(follower, cancellationToken)) < OffsetOf(
            await InfoAsync(primary, cancellationToken)))
        {
            if (watch.Elapsed > Longest)
                throw new LoadException($"The replica of {server.Name} does not catch up.");
            await Task.Delay(Poll, cancellationToken);
        }

        return watch.Elapsed.TotalMilliseconds;
    }

    private static long OffsetOf(Dictionary<string, string> info) =>
        long.TryParse(info.GetValueOrDefault("master_repl_offset"), out var offset) ? offset : 0;

    private static Task<string> FollowAsync(
        ServerInstance replica, IPEndPoint primary, CancellationToken cancellationToken) =>
        replica.SendAsync(cancellationToken, "REPLICAOF", $"{primary.Address}", $"{primary.Port}");

    private static async Task<Dictionary<string, string>> InfoAsync(
        ControlClient client, CancellationToken cancellationToken) =>
        ServerInstance.ParseInfo(await client.SendAsync(cancellationToken, "INFO", "replication"));
}
