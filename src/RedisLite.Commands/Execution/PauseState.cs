namespace RedisLite.Commands.Execution;

/// <summary>CLIENT PAUSE: commands wait, parked at their connections, until the time is over or UNPAUSE comes.</summary>
/// <remarks>Any thread. While nobody pauses, a command pays for one read.</remarks>
public sealed class PauseState(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ParkedCommand, IClientConnection> _waiting = [];
    private long _endMs;
    private bool _writesOnly;

    /// <summary>Whether a pause was begun and not ended; its time may be over.</summary>
    public bool IsActive => Volatile.Read(ref _endMs) != 0;

    /// <summary>Whether the clients are paused at a moment: nothing may expire or be evicted then, as in Redis.</summary>
    public bool IsOn(long nowMs) => Volatile.Read(ref _endMs) > nowMs;

    /// <summary>Begins a pause, or widens the one that is on: the later end and the stricter mode win.</summary>
    public void Start(long milliseconds, bool writesOnly)
    {
        lock (_gate)
        {
            var now = Now();
            var isOn = _endMs > now;
            _writesOnly = writesOnly && (!isOn || _writesOnly);
            Volatile.Write(ref _endMs, Math.Max(isOn ? _endMs : 0, milliseconds > long.MaxValue - now ? long.MaxValue : now + milliseconds));
        }
    }

    public void End()
    {
        KeyValuePair<ParkedCommand, IClientConnection>[] waiting;
        lock (_gate)
        {
            Volatile.Write(ref _endMs, 0);
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        foreach (var (parked, connection) in waiting)
            connection.Resume(parked);
    }

    /// <summary>What a command has to wait for, or null when it may run.</summary>
    /// <param name="connection">Resumed when the pause ends early.</param>
    /// <param name="isWrite">Whether the command may change data.</param>
    public ParkedCommand? ParkIfPaused(IClientConnection connection, bool isWrite)
    {
        lock (_gate)
        {
            var left = _endMs - Now();
            if (left <= 0)
            {
                Volatile.Write(ref _endMs, 0);
                return null;
            }

            if (_writesOnly && !isWrite)
                return null;
            ParkedCommand? parked = null;
            parked = new ParkedCommand
            {
                Patience = TimeSpan.FromMilliseconds(Math.Min(left, int.MaxValue)),
                Released = () => Forget(parked!),
            };
            _waiting[parked] = connection;
            return parked;
        }
    }

    private void Forget(ParkedCommand parked)
    {
        lock (_gate)
            _waiting.Remove(parked);
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
