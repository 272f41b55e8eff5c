namespace RedisLite.Benchmark.Load;

/// <summary>How long and how hard to load: a warm-up, a measurement or a disturbance.</summary>
internal sealed record LoadPhase
{
    /// <summary>Requests to send in all; <see cref="long.MaxValue"/> when the time is the bound.</summary>
    public long Requests { get; init; } = long.MaxValue;

    /// <summary>
    /// Send nothing new after this time; <see cref="TimeSpan.MaxValue"/> when the requests are the bound.
    /// </summary>
    public TimeSpan Duration { get; init; } = TimeSpan.MaxValue;

    /// <summary>Requests a second of an open loop; 0 for a closed loop.</summary>
    public double Rate { get; init; }

    /// <summary>Cancelled: send nothing new, wait for the replies, end.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>No reply for this long while some are awaited fails the run.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
