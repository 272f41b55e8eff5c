namespace RedisLite.Commands.Execution;

/// <summary>A kind of refusal: the same event, reason, user and host.</summary>
internal readonly record struct AuditRepeat(string Event, string Kind, string User, string Host)
{
    public AuditRepeat(string @event, string kind, string user, ClientSession session)
        : this(@event, kind, user, HostOf(session.Connection.RemoteAddress))
    {
    }

    private static string HostOf(string address) =>
        address.LastIndexOf(':') is var colon and > 0 ? address[..colon] : address;
}

/// <summary>
/// Counts refusals that come again within a minute in place of recording each: who is refused a thousand times a second
/// must not be able to push everything else out of a file of limited size.
/// </summary>
/// <remarks>Under the lock of its owner. Bounded: what is too much is told at once.</remarks>
internal sealed class AuditRepeats
{
    private const long PeriodMs = 60_000;
    private const int Capacity = 1024;

    private readonly Dictionary<AuditRepeat, Count> _counts = [];
    private readonly List<KeyValuePair<AuditRepeat, Count>> _overflow = [];

    /// <summary>Whether such a refusal was recorded within the last minute; it is counted then.</summary>
    public bool Has(AuditRepeat what, long nowMs)
    {
        if (_counts.TryGetValue(what, out var count) && nowMs - count.FirstMs < PeriodMs)
        {
            count.Value++;
            count.LastMs = nowMs;
            return true;
        }

        if (count is { Value: > 0 })
            _overflow.Add(new(what, count));
        if (_counts.Count >= Capacity && count is null)
        {
            _overflow.AddRange(_counts.Where(static item => item.Value.Value > 0));
            _counts.Clear();
        }

        _counts[what] = new Count { FirstMs = nowMs };
        return false;
    }

    /// <summary>Those whose minute is over.</summary>
    public List<KeyValuePair<AuditRepeat, Count>> TakeDue(long nowMs)
    {
        List<KeyValuePair<AuditRepeat, Count>> over =
            [.. _counts.Where(item => nowMs - item.Value.FirstMs >= PeriodMs)];
        foreach (var (what, _) in over)
            _counts.Remove(what);
        return Take(over);
    }

    public List<KeyValuePair<AuditRepeat, Count>> TakeAll()
    {
        List<KeyValuePair<AuditRepeat, Count>> all = [.. _counts];
        _counts.Clear();
        return Take(all);
    }

    /// <summary>Those that had to make room.</summary>
    public IReadOnlyList<KeyValuePair<AuditRepeat, Count>> TakeOverflow()
    {
        if (_overflow.Count == 0)
            return [];
        KeyValuePair<AuditRepeat, Count>[] overflow = [.. _overflow];
        _overflow.Clear();
        return overflow;
    }

    private static List<KeyValuePair<AuditRepeat, Count>> Take(List<KeyValuePair<AuditRepeat, Count>> over)
    {
        over.RemoveAll(static item => item.Value.Value == 0);
        return over;
    }

    /// <summary>How often since the one that was recorded.</summary>
    internal sealed class Count
    {
        public long FirstMs { get; init; }

        public long LastMs { get; set; }

        public long Value { get; set; }
    }
}
