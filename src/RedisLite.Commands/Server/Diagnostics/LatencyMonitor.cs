namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>
/// What took longer than <c>latency-monitor-threshold</c>, by kind of event: the last samples of each. Any thread.
/// </summary>
/// <remarks>
/// Events are named as in Redis: "command", "fast-command" (a command that should never be slow), "expire-cycle",
/// "aof-write", "aof-fsync-always", ... Whoever measures one checks the threshold before it calls.
/// </remarks>
public sealed class LatencyMonitor
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, LatencySeries> _series = new(StringComparer.Ordinal);

    /// <summary>Adds a sample. Within one second only the worst sample of an event is kept.</summary>
    /// <param name="name">The event.</param>
    /// <param name="nowMs">Unix time in milliseconds.</param>
    /// <param name="milliseconds">How long it took.</param>
    public void Add(string name, long nowMs, long milliseconds)
    {
        lock (_gate)
        {
            if (!_series.TryGetValue(name, out var series))
                _series[name] = series = new LatencySeries();
            series.Add(nowMs / 1000, milliseconds);
        }
    }

    /// <summary>All events with their samples, by name; copies.</summary>
    internal IReadOnlyList<LatencyEvent> Events()
    {
        lock (_gate)
            return [.. _series.Select(item => item.Value.ToEvent(item.Key))];
    }

    internal LatencyEvent? Find(string name)
    {
        lock (_gate)
            return _series.TryGetValue(name, out var series) ? series.ToEvent(name) : null;
    }

    /// <summary>Forgets events.</summary>
    /// <param name="names">Empty for all.</param>
    /// <returns>How many were known.</returns>
    internal int Reset(IReadOnlyCollection<string> names)
    {
        lock (_gate)
        {
            var count = names.Count == 0 ? _series.Count : names.Count(_series.Remove);
            if (names.Count == 0)
                _series.Clear();
            return count;
        }
    }

    private sealed class LatencySeries
    {
        private const int MaxSamples = 160;

        // Oldest first.
        private readonly List<LatencySample> _samples = [];
        private long _worst;

        public void Add(long second, long milliseconds)
        {
            _worst = Math.Max(_worst, milliseconds);
            if (_samples is [.., var last] && last.UnixSeconds == second)
            {
                _samples[^1] = last with { Milliseconds = Math.Max(last.Milliseconds, milliseconds) };
                return;
            }

            if (_samples.Count == MaxSamples)
                _samples.RemoveAt(0);
            _samples.Add(new LatencySample(second, milliseconds));
        }

        public LatencyEvent ToEvent(string name) => new(name, [.. _samples], _worst);
    }
}

/// <summary>The worst that an event took within one second.</summary>
internal readonly record struct LatencySample(long UnixSeconds, long Milliseconds);

/// <summary>One event's samples, oldest first, and the worst of all times.</summary>
internal sealed record LatencyEvent(string Name, IReadOnlyList<LatencySample> Samples, long WorstMilliseconds);
