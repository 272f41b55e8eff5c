using System.Globalization;
using System.Text;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>LATENCY DOCTOR: what the samples say, and what could be done about it.</summary>
internal static class LatencyDoctor
{
    public static string Report(IReadOnlyList<LatencyEvent> events, RuntimeOptions options)
    {
        if (options.LatencyMonitorThresholdMs == 0 && events.Count == 0)
            return "Latency monitoring is off. CONFIG SET latency-monitor-threshold <milliseconds> switches it on.\n";
        if (events.Count == 0)
            return "No event was slower than latency-monitor-threshold so far.\n";

        var text = new StringBuilder("Latency spikes were observed:\n\n");
        for (var i = 0; i < events.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i + 1}. {Describe(events[i])}\n");
        text.Append("\nWhat may help:\n\n");
        foreach (var advice in Advice(events, options))
            text.Append("- ").Append(advice).Append('\n');
        return text.ToString();
    }

    private static string Describe(LatencyEvent item)
    {
        var mean = item.Samples.Average(sample => sample.Milliseconds);
        var deviation = item.Samples.Average(sample => Math.Abs(sample.Milliseconds - mean));
        var period = item.Samples.Count < 2
            ? 0
            : (item.Samples[^1].UnixSeconds - item.Samples[0].UnixSeconds) / (double)(item.Samples.Count - 1);
        return string.Create(CultureInfo.InvariantCulture,
            $"{item.Name}: {item.Samples.Count} spikes (average {mean:F0} ms, mean deviation {deviation:F0} ms, one "
                + $"every {period:F0} s). Worst of all time {item.WorstMilliseconds} ms.");
    }

    private static IEnumerable<string> Advice(IReadOnlyList<LatencyEvent> events, RuntimeOptions options)
    {
        if (events.Any(item => item.Name.EndsWith("command", StringComparison.Ordinal)))
        {
            if (options.SlowlogLogSlowerThanMicroseconds is < 0 or > 1_000_000)
                yield return "CONFIG SET slowlog-log-slower-than 10000, so that SLOWLOG GET tells which commands are "
                    + "slow.";
            else
                yield return "SLOWLOG GET tells which commands are slow.";
        }

        if (events.Any(item => item.Name == "fast-command"))
            yield return "A command in constant time was slow: the machine's processors are short, or it waited for a "
                + "long command on the same keys.";
        if (events.Any(item => item.Name.StartsWith("aof", StringComparison.Ordinal)))
            yield return "The disk is slow for the append only file: see appendfsync and no-appendfsync-on-rewrite.";
        if (events.Any(item => item.Name == "expire-cycle"))
            yield return "Many keys expire at the same time: spread their times to live, or lower "
                + "active-expire-effort.";
    }
}
