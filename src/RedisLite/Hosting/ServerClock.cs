namespace RedisLite.Hosting;

/// <summary>The time a server lives by: the system's, and whatever it was moved on by.</summary>
/// <remarks>
/// Any thread. What is asked of <see cref="GetUtcNow"/> moves (times to live, INFO), and so do the timeouts of
/// replication and the waits of those who try to authenticate, which are looked at when the clock was moved on
/// (<see cref="Advanced"/>). Other waits of clients go on in real time.
/// </remarks>
public sealed class ServerClock : TimeProvider
{
    private long _advancedTicks;

    /// <summary>Called when the time was moved on, by the thread that did it; returns at once.</summary>
    internal event Action? Advanced;

    /// <summary>
    /// Moves the server's time on at once. There is no way back: Redis keys never come back from expiry.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        Interlocked.Add(ref _advancedTicks, by.Ticks);
        Advanced?.Invoke();
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Volatile.Read(ref _advancedTicks));
}
