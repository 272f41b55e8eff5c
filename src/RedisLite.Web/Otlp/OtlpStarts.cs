namespace RedisLite.Web.Otlp;

/// <summary>
/// Since when each counter counts: since the server has started, or since CONFIG RESETSTAT has set it to zero, which a
/// collector must be told or it takes the fall for an error.
/// </summary>
internal sealed class OtlpStarts
{
    private readonly Dictionary<string, (double Value, ulong Since)> _known = new(StringComparer.Ordinal);
    private readonly ulong _started;
    private ulong _reportedAt;

    /// <param name="started">The first moment, in nanoseconds of Unix time.</param>
    public OtlpStarts(ulong started) => _started = _reportedAt = started;

    /// <summary>Since when a counter counts that shows a value now.</summary>
    public ulong Of(string counter, double value, ulong now)
    {
        var since = _known.TryGetValue(counter, out var last) ? last.Since : _started;
        if (value < last.Value)
            since = Math.Min(_reportedAt, now);
        _known[counter] = (value, since);
        return since;
    }

    /// <summary>All counters have been read at a moment.</summary>
    public void Reported(ulong now) => _reportedAt = now;
}
