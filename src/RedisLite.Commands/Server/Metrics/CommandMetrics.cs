using System.Diagnostics;
using System.Globalization;
using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Server.Metrics;

/// <summary>What is counted of commands.</summary>
/// <remarks>
/// .NET has no observable histogram, and one that is told of each call would cost each call a lock. The server's own
/// histograms are told as Prometheus tells them: cumulated counts by the tag <c>le</c>, a sum and a count.
/// </remarks>
internal static class CommandMetrics
{
    private static readonly string[] Bounds =
    [
        .. LatencyHistogram.StepSeconds.Select(bound => bound.ToString(CultureInfo.InvariantCulture)), "+Inf",
    ];

    public static IEnumerable<MetricDeclaration> All() =>
    [
        OfCommand("command.calls", "{call}", "Calls, failed ones included.", command => command.Calls),
        OfCommand("command.rejected", "{call}", "Requests refused before they ran.", command => command.RejectedCalls),
        OfCommand("command.failed", "{call}", "Calls that replied an error.", command => command.FailedCalls),
        new("redislite.command.duration.bucket", MetricKind.Counter, "{call}",
            "Calls that took up to so many seconds (latency-tracking).", Buckets)
        {
            Tags = ["command", "le"],
        },
        new("redislite.command.duration.sum", MetricKind.Counter, "s", "Time of all calls.", sample =>
            Measured(sample, (of, _) => (double)of.Ticks / Stopwatch.Frequency))
        {
            Tags = ["command"],
        },
        new("redislite.command.duration.count", MetricKind.Counter, "{call}", "Calls that were measured.", sample =>
            Measured(sample, (_, latency) => latency.Count))
        {
            Tags = ["command"],
        },
        new("redislite.errors", MetricKind.Counter, "{error}", "Error replies, by their first word.", sample =>
            sample.Services.Statistics.ErrorsByKind.Select(error => new MetricValue(error.Value, error.Key)))
        {
            Tags = ["kind"],
        },
        MetricTable.Counter("slowlog.entries", "{call}", "Calls that SLOWLOG took in; not reset.",
            sample => sample.Services.SlowLog.Total),
        MetricTable.Gauge("slowlog.length", "{call}", "Entries that SLOWLOG keeps.",
            sample => sample.Services.SlowLog.Count),
        MetricTable.Gauge("scripts.cached", "{script}", "Scripts that EVALSHA finds.",
            sample => sample.Services.Scripts.ScriptCount),
        MetricTable.Gauge("scripts.functions", "{function}", "Functions that are loaded.",
            sample => sample.Services.Scripts.Functions.FunctionCount),
    ];

    private static MetricDeclaration OfCommand(
        string name, string unit, string description, Func<CommandStatistics, double> read) =>
        new("redislite." + name, MetricKind.Counter, unit, description, sample =>
            sample.UsedCommands.Select(command =>
                new MetricValue(read(sample.Sums.ByCommand[command.Ordinal]), command.Name)))
        {
            Tags = ["command"],
        };

    private static IEnumerable<MetricValue> Buckets(MetricsSample sample)
    {
        foreach (var command in sample.UsedCommands)
        {
            if (sample.Sums.ByCommand[command.Ordinal].Latency is not { } latency)
                continue;
            var counts = latency.UpToSteps();
            for (var i = 0; i < counts.Length; i++)
                yield return new MetricValue(counts[i], command.Name, Bounds[i]);
        }
    }

    private static IEnumerable<MetricValue> Measured(
        MetricsSample sample, Func<CommandStatistics, LatencyHistogram, double> read)
    {
        foreach (var command in sample.UsedCommands)
            if (sample.Sums.ByCommand[command.Ordinal] is { Latency: { } latency } of)
                yield return new MetricValue(read(of, latency), command.Name);
    }
}
