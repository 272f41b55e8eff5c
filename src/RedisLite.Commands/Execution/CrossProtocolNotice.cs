namespace RedisLite.Commands.Execution;

/// <summary>
/// Tells the operator that somebody sends HTTP to the port of clients: a web page may have a browser do that, to reach
/// a server that is not open to the page's author.
/// </summary>
/// <remarks>Any thread. One line a minute at most: whoever sends it can send more.</remarks>
public sealed class CrossProtocolNotice
{
    private const long PeriodMs = 60_000;

    private readonly CommandServices _services;
    private long _nextMs;

    internal CrossProtocolNotice(CommandServices services) => _services = services;

    /// <summary>A client has sent a line of an HTTP request, and its connection is closed.</summary>
    internal void Note(ClientSession session)
    {
        var now = _services.NowMs;
        var next = Volatile.Read(ref _nextMs);
        if (now < next || Interlocked.CompareExchange(ref _nextMs, now + PeriodMs, next) != next)
            return;
        _services.Control.Warn(
            "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. "
                + "This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your "
                + "Redis instance. "
                + $"Connection from {session.Connection.RemoteAddress} aborted.");
    }
}
