namespace RedisLite.Commands.Execution;

/// <summary>
/// CLIENT PAUSE: commands wait, parked at their connections, until the time is over or UNPAUSE comes.
/// </summary>
/// <remarks>Any thread. While nothing is paused, a command pays for one read.</remarks>
public sealed class PauseState(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly ParkingList _list = new();
    private long _endMs;
    private bool _writesOnly;
    private bool _isEnding;
    private bool _isHandingOver;

    /// <summary>Whether a pause was begun and not ended; its time may be over.</summary>
    public bool IsActive => Volatile.Read(ref _endMs) != 0 || HoldsWriters;

    private bool HoldsWriters => Volatile.Read(ref _isEnding) || Volatile.Read(ref _isHandingOver);

    /// <summary>
    /// Whether the clients are paused at a moment: nothing may expire or be evicted then, as in Redis.
    /// </summary>
    public bool IsOn(long nowMs) => Volatile.Read(ref _endMs) > nowMs || HoldsWriters;

    /// <summary>
    /// The server saves for the last time: writers wait, so that nothing is acknowledged that is not in it, until the
    /// end or <see cref="EndCanceled"/>. Beside a pause of CLIENT PAUSE.
    /// </summary>
    public void BeginEnd() => Volatile.Write(ref _isEnding, true);

    /// <summary>The server goes on, and so do those who waited.</summary>
    public void EndCanceled()
    {
        Volatile.Write(ref _isEnding, false);
        _list.WakeAll();
    }

    /// <summary>
    /// This primary hands over to a replica: writers wait until <see cref="EndHandOver"/>. Beside the other pauses.
    /// </summary>
    public void BeginHandOver() => Volatile.Write(ref _isHandingOver, true);

    /// <summary>Whoever waited goes on: here, or by a redirection.</summary>
    public void EndHandOver()
    {
        if (!Volatile.Read(ref _isHandingOver))
            return;
        Volatile.Write(ref _isHandingOver, false);
        _list.WakeAll();
    }

    /// <summary>Begins a pause, or widens the one that is on: the later end and the stricter mode win.</summary>
    /// <remarks>
    /// An end past the last moment that can be counted is none: as in Redis, where it wraps around to long ago.
    /// </remarks>
    public void Start(long milliseconds, bool writesOnly)
    {
        lock (_gate)
        {
            var now = Now();
            var isOn = _endMs > now;
            _writesOnly = writesOnly && (!isOn || _writesOnly);
            var end = milliseconds > long.MaxValue - now ? 0 : now + milliseconds;
            Volatile.Write(ref _endMs, Math.Max(isOn ? _endMs : 0, end));
        }
    }

    public void End()
    {
        lock (_gate)
            Volatile.Write(ref _endMs, 0);
        _list.WakeAll();
    }

    /// <summary>What a command has to wait for, or null when it may run.</summary>
    /// <param name="connection">Resumed when the pause ends early.</param>
    /// <param name="isWrite">Whether the command may change data.</param>
    public ParkedCommand? ParkIfPaused(IClientConnection connection, bool isWrite) =>
        _list.ParkIf(connection, () => TimeLeft(isWrite));

    private TimeSpan? TimeLeft(bool isWrite)
    {
        lock (_gate)
        {
            if (isWrite && HoldsWriters)
                return Timeout.InfiniteTimeSpan;
            var left = _endMs - Now();
            if (left <= 0)
            {
                Volatile.Write(ref _endMs, 0);
                return null;
            }

            return _writesOnly && !isWrite ? null : TimeSpan.FromMilliseconds(Math.Min(left, int.MaxValue));
        }
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
