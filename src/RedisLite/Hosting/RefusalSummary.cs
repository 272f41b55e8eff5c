using RedisLite.Commands.Execution;

namespace RedisLite.Hosting;

/// <summary>
/// Sums up what clients were refused and an operator can do something about: a line a minute and kind for the log, and
/// none when nothing was refused.
/// </summary>
/// <remarks>A line for each refusal would let a client that tries again and again fill the disk. One thread.</remarks>
internal sealed class RefusalSummary(ServerStatistics statistics, RuntimeLimits limits, Func<long> logins)
{
    internal const long PeriodMs = 60_000;

    private long _lastMs = long.MinValue;
    private long _connections;
    private long _outOfMemory;
    private long _wrongPasswords;
    private long _evicted;
    private long _heldBack;

    /// <summary>The lines that are due.</summary>
    /// <param name="monotonicMs">Of a clock that never goes back.</param>
    public IReadOnlyList<string> Take(long monotonicMs)
    {
        if (_lastMs != long.MinValue && monotonicMs - _lastMs < PeriodMs)
            return [];
        var isFirst = _lastMs == long.MinValue;
        _lastMs = monotonicMs;
        var lines = new List<string>();
        Add(lines, ref _connections, statistics.ConnectionsRejected, count =>
            $"{count} connections were refused within a minute: maxclients is {limits.MaxClients()}");
        Add(lines, ref _outOfMemory, OfKind("OOM"), count =>
            $"{count} requests were refused within a minute: maxmemory is {limits.MaxMemory()} bytes");
        Add(lines, ref _evicted, statistics.EvictedKeys, count =>
            $"{count} keys were evicted within a minute: maxmemory is {limits.MaxMemory()} bytes");
        Add(lines, ref _wrongPasswords, OfKind("WRONGPASS"), count =>
            $"{count} clients within a minute gave a user or a password that is not valid");
        Add(lines, ref _heldBack, logins(), count =>
            $"{count} attempts to authenticate within a minute were held back or refused: too many failed before from "
                + "the same address (auth-failure-limit)");
        return isFirst ? [] : lines;
    }

    private long OfKind(string kind) => statistics.ErrorsByKind.GetValueOrDefault(kind);

    private static void Add(List<string> lines, ref long last, long now, Func<long, string> line)
    {
        // After CONFIG RESETSTAT the counters begin anew.
        var since = now >= last ? now - last : now;
        last = now;
        if (since > 0)
            lines.Add(line(since));
    }
}

/// <summary>The limits that a summary names, as they are at that time.</summary>
internal sealed record RuntimeLimits(Func<long> MaxClients, Func<long> MaxMemory);
