namespace RedisLite.Connections.Tls;

/// <summary>The TLS configuration in force, and where handshakes are computed. Any thread.</summary>
/// <param name="handshakeTimeout">From the connection to the end of its handshake.</param>
/// <param name="handshakesAtOnce">Handshakes that compute at the same time; others wait for their turn.</param>
internal sealed class TlsContext(TimeSpan handshakeTimeout, int handshakesAtOnce)
{
    // Signing takes a millisecond: a flood of connections would keep every thread of the pool from what it has to do.
    private readonly TaskScheduler _handshakes =
        new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, handshakesAtOnce).ConcurrentScheduler;

    private volatile TlsCredentials? _credentials;

    public TimeSpan HandshakeTimeout { get; } = handshakeTimeout;

    /// <summary>What new connections use; null when nothing needs TLS.</summary>
    public TlsCredentials? Credentials
    {
        get => _credentials;
        set => _credentials = value;
    }

    /// <summary>Runs a step of a handshake on the pool, up to where it waits for the other side.</summary>
    public void RunHandshake(Action step) =>
        _ = Task.Factory.StartNew(step, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _handshakes);
}
