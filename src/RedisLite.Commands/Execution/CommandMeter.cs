using System.Diagnostics;
using RedisLite.Commands.Server.Diagnostics;
using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>
/// Measures the commands of one executor: counters, histograms, and what is worth noting when one was slow.
/// </summary>
/// <remarks>
/// One reading of the clock per command: where one ends the next begins. What a fast command pays beyond that is two
/// sums, an increment in its histogram, and one comparison for everything that concerns slow commands.
/// </remarks>
internal sealed class CommandMeter(CommandServices services, ExecutionStatistics statistics)
{
    private static readonly double TicksPerMicrosecond = Stopwatch.Frequency / 1_000_000.0;

    private bool _tracksLatency;
    private long _slowTicks;

    /// <summary>Whether HOTKEYS wants to know the keys of commands.</summary>
    public bool NotesKeys { get; private set; }

    /// <summary>When the last command ended.</summary>
    public long Timestamp { get; private set; }

    /// <summary>Ticks since the last command ended.</summary>
    public long Elapsed => Stopwatch.GetTimestamp() - Timestamp;

    /// <summary>Reads the clock and the options.</summary>
    public void BeginBatch()
    {
        Timestamp = Stopwatch.GetTimestamp();
        ReadOptions();
    }

    /// <summary>The time since the last command was spent on something that is none.</summary>
    public void Skip() => Timestamp = Stopwatch.GetTimestamp();

    /// <summary>Counts a command that has just ended, from the end of the one before.</summary>
    public void Count(Command command, in Arguments args, ClientSession session, bool failed)
    {
        var now = Stopwatch.GetTimestamp();
        Count(command, args, session, now - Timestamp, failed);
        Timestamp = now;
    }

    /// <summary>Counts a command that has run for so many ticks.</summary>
    public void Count(Command command, in Arguments args, ClientSession session, long ticks, bool failed)
    {
        // CONFIG SET counts for itself already, as in Redis; any other change from the next batch on.
        if (command.Has(CommandFlags.Admin))
            ReadOptions();
        ref var counters = ref statistics.ByCommand[command.Ordinal];
        counters.Calls++;
        counters.Ticks += ticks;
        if (failed)
            counters.FailedCalls++;
        if (_tracksLatency)
            (counters.Latency ??= new LatencyHistogram()).Record(ticks);
        if (ticks >= _slowTicks)
            SlowCommands.NoteIfSlow(services, command, args, session, (long)(ticks / TicksPerMicrosecond));
    }

    /// <summary>
    /// Counts time that a command has taken on a further try; the call itself was counted at the first.
    /// </summary>
    public void CountAgain(Command command, in Arguments args, ClientSession session, long ticks, bool failed)
    {
        Count(command, args, session, ticks, failed);
        statistics.ByCommand[command.Ordinal].Calls--;
        Timestamp = Stopwatch.GetTimestamp();
    }

    private void ReadOptions()
    {
        var options = services.Options;
        _tracksLatency = options.LatencyTracking;
        NotesKeys = services.HotKeys.IsActive;
        var slowMicroseconds = Math.Min(
            options.SlowlogLogSlowerThanMicroseconds >= 0 ? options.SlowlogLogSlowerThanMicroseconds : long.MaxValue,
            options.LatencyMonitorThresholdMs > 0 ? options.LatencyMonitorThresholdMs * 1000 : long.MaxValue);
        _slowTicks = slowMicroseconds >= long.MaxValue / 1000
            ? long.MaxValue : (long)(slowMicroseconds * TicksPerMicrosecond);
    }
}
