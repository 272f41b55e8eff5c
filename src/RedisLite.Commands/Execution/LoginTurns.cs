using RedisLite.Commands.Access;

namespace RedisLite.Commands.Execution;

/// <summary>
/// Holds attempts to authenticate back where there were many failures lately: the client waits, parked at its
/// connection, before its password is looked at.
/// </summary>
/// <remarks>
/// Any thread. Nobody else waits: not other clients, not those who have authenticated already, and not who comes from
/// another address. While nobody has failed an attempt pays for one read.
/// </remarks>
public sealed class LoginTurns
{
    private readonly CommandServices _services;
    private readonly FailedLogins _failures = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<ParkedCommand, long> _waiting = [];
    private long _heldBack;
    private long _refused;

    internal LoginTurns(CommandServices services) => _services = services;

    /// <summary>Attempts that had to wait.</summary>
    public long HeldBack => Volatile.Read(ref _heldBack);

    /// <summary>Attempts that were refused, since too many waited already.</summary>
    public long Refused => Volatile.Read(ref _refused);

    private LoginLimits Limits => new(_services.Options.AuthFailureLimit, _services.Options.AuthFailureIntervalMs);

    /// <summary>The clock was moved on: whose turn has come by it need not wait for his timer.</summary>
    public void OnClockAdvanced()
    {
        ParkedCommand[] due;
        var nowMs = _services.NowMs;
        lock (_gate)
            due = [.. _waiting.Where(waiting => waiting.Value <= nowMs).Select(waiting => waiting.Key)];
        foreach (var parked in due)
            parked.EndByClock();
    }

    /// <summary>Parks a client whose attempt has to wait.</summary>
    /// <param name="session">Whose next command tries a password.</param>
    /// <param name="isRefused">Whether too many wait already.</param>
    /// <returns>What to wait for; null when there is nothing.</returns>
    internal ParkedCommand? ParkIfHeldBack(ClientSession session, out bool isRefused)
    {
        isRefused = false;
        if (!_failures.IsAny || session.HasLoginTurn || Limits is not { IsOn: true } limits)
            return null;
        var nowMs = _services.NowMs;
        var wait = _failures.TakeTurn(FailedLogins.KeyOf(session.Connection.RemoteAddress), nowMs, limits);
        if (wait == 0)
            return null;
        if (isRefused = wait == FailedLogins.Refused)
        {
            Interlocked.Increment(ref _refused);
            _services.Audit?.LoginFailed(session, "", isRefused: true, nowMs);
            return null;
        }

        Interlocked.Increment(ref _heldBack);
        session.HasLoginTurn = true;
        ParkedCommand? parked = null;
        parked = new ParkedCommand
        {
            Timeout = TimeSpan.FromMilliseconds(wait),
            Connection = session.Connection,
            OnEnded = () => Forget(parked!),
        };
        lock (_gate)
            _waiting.Add(parked, nowMs + wait);
        return parked;
    }

    /// <summary>Whether a password may be looked at: the client's turn has come, or it needs none.</summary>
    /// <remarks>What MULTI has queued cannot wait.</remarks>
    internal bool Admits(ClientSession session)
    {
        if (!_failures.IsAny || session.HasLoginTurn || Limits is not { IsOn: true } limits)
            return true;
        if (!_failures.MustWait(FailedLogins.KeyOf(session.Connection.RemoteAddress), _services.NowMs, limits))
            return true;
        Interlocked.Increment(ref _refused);
        return false;
    }

    /// <summary>An attempt is over.</summary>
    internal void Note(ClientSession session, bool succeeded, string user, ReadOnlySpan<byte> password)
    {
        var hadTurn = session.HasLoginTurn;
        session.HasLoginTurn = false;
        if ((succeeded && !hadTurn) || Limits is not { IsOn: true } limits)
            return;
        var address = FailedLogins.KeyOf(session.Connection.RemoteAddress);
        if (succeeded)
            _failures.GiveBack(address, limits);
        else
            _failures.Note(address, _services.NowMs, limits, hadTurn, user, password);
    }

    private void Forget(ParkedCommand parked)
    {
        lock (_gate)
            _waiting.Remove(parked);
    }
}
