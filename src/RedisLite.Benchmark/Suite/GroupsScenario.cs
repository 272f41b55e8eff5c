using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>XADD to a stream on which a client of each of very many groups waits.</summary>
internal sealed class GroupsScenario() : Scenario("types", "types-groups", "XADD with 1,000 groups waiting")
{
    private const string AddsKey = "adds";
    private const string DeliveriesKey = "deliveries";
    private const string CpuKey = "cpu";
    private const int Groups = 1_000;

    private static readonly LoadTest Add = ElementFill.Test("XADD stream MAXLEN ~ 10000 * field {value}");
    private static readonly LoadTest Read =
        ElementFill.Test("XREADGROUP GROUP {key} consumer COUNT 1 BLOCK 0 NOACK STREAMS stream >");

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new(DeliveriesKey, "entries handed to a group", "per s") { HigherIsBetter = true, Goal = 1 },
        new(AddsKey, "XADD", "ops/s") { HigherIsBetter = true },
        new(CpuKey, "server CPU for each entry handed over", "us") { Goal = 1 },
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        $"{Groups:#,0} connections wait in XREADGROUP for one entry, each for another group of one stream, and wait "
        + "again when they are answered; one more keeps adding entries.";

    /// <inheritdoc/>
    public override async Task PrepareAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken) =>
        await new ElementFill("XGROUP CREATE stream {key} $ MKSTREAM").RunAsync(server, Groups, cancellationToken);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        var reading = new LoadProfile
        {
            Test = Read,
            Connections = Groups,
            Keys = new KeySpace { Count = Groups, Distribution = KeyDistribution.Sequential },
        };
        using var readers = await LoadRunner.OpenAsync(server, reading, cancellationToken);
        var adding = reading with { Test = Add, Connections = 1 };
        using var adder = await LoadRunner.OpenAsync(server, adding, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = readers.RunAsync(new LoadPhase { Stop = stop.Token }, cancellationToken);
        PhaseResult added;
        long delivered;
        ProcessSample? before, after;
        try
        {
            await adder.RunAsync(new LoadPhase { Duration = context.Settings.WarmUp }, cancellationToken);
            before = server.Sample();
            var earlier = readers.Completed;
            added = await adder.RunAsync(new LoadPhase { Duration = context.Settings.Duration }, cancellationToken);
            delivered = readers.Completed - earlier;
            after = server.Sample();
        }
        finally
        {
            await stop.CancelAsync();
        }

        await ReleaseAsync(server, waiting, cancellationToken);
        if (readers.Errors + adder.Errors > 0)
            throw new LoadException($"{server.Name} answered with: {readers.FirstError ?? adder.FirstError}");
        var values = new List<MeasuredValue>
        {
            new(DeliveriesKey, delivered / added.Elapsed.TotalSeconds),
            new(AddsKey, added.Replies / added.Elapsed.TotalSeconds),
        };
        if (before is { } first && after is { } last && delivered > 0)
            values.Add(new MeasuredValue(CpuKey, (last.CpuTime - first.CpuTime).TotalMicroseconds / delivered));
        return values;
    }

    /// <summary>Answers those who still wait, so that their run ends with nothing outstanding.</summary>
    private static async Task ReleaseAsync(
        ServerInstance server, Task<PhaseResult> waiting, CancellationToken cancellationToken)
    {
        while (!waiting.IsCompleted)
        {
            await server.SendAsync(cancellationToken, "XADD", "stream", "*", "last", "one");
            await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken));
        }

        await waiting;
    }
}
