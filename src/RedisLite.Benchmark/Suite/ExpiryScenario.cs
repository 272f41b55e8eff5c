using System.Diagnostics;
using System.Globalization;
using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>How soon very many keys are gone that expire together, and what another client notices of it.</summary>
/// <param name="id">Its own name.</param>
/// <param name="title">What the document calls it.</param>
/// <param name="spread">Over how long a time the keys' expiry times are spread; zero for one and the same
/// millisecond.</param>
internal sealed class ExpiryScenario(string id, string title, TimeSpan spread) : Scenario("expiry", id, title)
{
    public const string GoneKey = "gone";
    public const string LongestWaitKey = "longest-wait";
    private const string P999Key = "p999";
    private const string QuietWaitKey = "quiet-wait";
    private const string CpuKey = "cpu";

    // Often enough that no pause of the goal's length is missed, and seldom enough to leave the processor to the
    // server.
    private const double Rate = 2_000;
    private const int FillPipeline = 64;
    private const int ExpiryTimes = 100;

    private static readonly LoadTest Get = TestCatalog.Create("get", 1, 1)!;
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private TimeSpan _fillTime;

    /// <inheritdoc/>
    public override int MaxTurns => 5;

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new(GoneKey, "until the last key is gone", "ms") { Comparison = Comparison.Absolute, Goal = 1000 },
        new(LongestWaitKey, "longest wait of a GET meanwhile", "ms") { Comparison = Comparison.Absolute, Goal = 2 },
        new(P999Key, "p99.9 of GET meanwhile", "ms") { Comparison = Comparison.Absolute },
        new(QuietWaitKey, "longest wait of a GET for as long before", "ms") { Comparison = Comparison.Absolute },
        new(CpuKey, "server CPU meanwhile, for each key", "us"),
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"{settings.ManyKeys:#,0} keys expire "
        + (spread > TimeSpan.Zero
            ? $"within {Reporting.Numbers.Short(spread.TotalSeconds)} s" : "in the same millisecond")
        + $", while another client asks for a key that stays {Rate:#,0} times a second. The time counts from the "
        + "moment at "
        + "which the last key expires.";

    /// <inheritdoc/>
    public override async Task PrepareAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        await context.Runner.FillAsync(server, 1, [32], cancellationToken);
        var filling = Stopwatch.StartNew();
        await FillAsync(server, context.Settings.ManyKeys, DateTimeOffset.MaxValue.AddYears(-1), cancellationToken);
        _fillTime = filling.Elapsed > _fillTime ? filling.Elapsed : _fillTime;
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var profile = new LoadProfile { Test = Get, Connections = 1, Keys = new KeySpace { Count = 1 } };
        using var client = await LoadRunner.OpenAsync(server, profile, cancellationToken);
        await client.RunAsync(new LoadPhase { Duration = context.Settings.WarmUp, Rate = Rate }, cancellationToken);

        var clock = TimeProvider.System;
        var begin = clock.GetUtcNow() + (_fillTime * 2) + HeadStart + TimeSpan.FromSeconds(1);
        await FillAsync(server, context.Settings.ManyKeys, begin, cancellationToken);
        var early = begin - HeadStart - clock.GetUtcNow();
        if (early < TimeSpan.Zero)
            throw new LoadException(
                $"{server.Name} took too long to set the keys: {_fillTime.TotalSeconds:0.0} s before.");
        GC.Collect();
        var quiet = await client.RunAsync(new LoadPhase { Duration = early, Rate = Rate }, cancellationToken);

        var before = server.Sample();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asking = client.RunAsync(new LoadPhase { Rate = Rate, Stop = stop.Token }, cancellationToken);
        DateTimeOffset gone;
        try
        {
            gone = await WaitUntilGoneAsync(server, begin, cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
        }

        var asked = await asking;
        if (client.Errors > 0)
            throw new LoadException($"{server.Name} answered the other client with: {client.FirstError}");
        var values = new List<MeasuredValue>
        {
            new(GoneKey, Math.Max(0, (gone - begin - spread).TotalMilliseconds)),
            new(LongestWaitKey, asked.Latencies.MaxMs),
            new(P999Key, asked.Latencies.PercentileMs(99.9)),
            new(QuietWaitKey, quiet.Latencies.MaxMs),
        };
        if (before is { } first && server.Sample() is { } last)
            values.Add(
                new MeasuredValue(
                    CpuKey, (last.CpuTime - first.CpuTime).TotalMicroseconds / context.Settings.ManyKeys));
        return values;
    }

    /// <summary>Sets every key once, with one of a hundred times from <paramref name="begin"/> on.</summary>
    private async Task FillAsync(
        ServerInstance server, long keys, DateTimeOffset begin, CancellationToken cancellationToken)
    {
        var times = spread > TimeSpan.Zero ? ExpiryTimes : 1;
        var parts = Enumerable.Range(1, times).Select(time =>
        {
            var at = begin + (spread * time / times);
            return new LoadTestPart(
                ["SET", RequestTemplate.KeyToken, RequestTemplate.ValueToken, "PXAT",
                    at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)]);
        });
        var profile = new LoadProfile
        {
            Test = new LoadTest("fill", [.. parts]) { KeyPrefix = "exp:" },
            Connections = 8,
            Pipeline = FillPipeline,
            Keys = new KeySpace { Count = keys, Distribution = KeyDistribution.Sequential },
        };
        using var session = await LoadRunner.OpenAsync(server, profile, cancellationToken);
        await session.RunAsync(new LoadPhase { Requests = keys }, cancellationToken);
        if (session.Errors > 0)
            throw new LoadException($"Filling {server.Name} got an error: {session.FirstError}");
    }

    /// <summary>Asks for the number of keys until only the one that stays is left.</summary>
    private static async Task<DateTimeOffset> WaitUntilGoneAsync(
        ServerInstance server, DateTimeOffset begin, CancellationToken cancellationToken)
    {
        await using var control = await ControlClient.ConnectAsync(server.EndPoint, cancellationToken);
        while (await control.SendAsync(cancellationToken, "DBSIZE") is { } keys && keys != "1")
        {
            if (TimeProvider.System.GetUtcNow() - begin > Patience)
                throw new LoadException($"{server.Name} still had {keys} keys after {Patience.TotalSeconds:0} s.");
            await Task.Delay(Between, cancellationToken);
        }

        return TimeProvider.System.GetUtcNow();
    }
}
