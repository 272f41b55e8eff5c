namespace RedisLite.Configuration;

/// <summary>Sockets and the clients behind them (section <c>redislite.network</c>).</summary>
public sealed record NetworkSettings
{
    /// <summary>
    /// Addresses to listen on; <c>*</c> and <c>::*</c> for all, a leading <c>-</c> for "if it exists".
    /// </summary>
    [Setting("bind")]
    public required IReadOnlyList<string> Bind { get; init; }

    /// <summary>As <see cref="Port"/>: any port that is free, which the system chooses.</summary>
    public const int RandomPort = -1;

    /// <summary>
    /// The TCP port, or <see cref="RandomPort"/>. 0 is Redis's word for none, which no server here can live with.
    /// </summary>
    [Port("port", Min = RandomPort, Max = 65535)]
    public required int Port { get; init; }

    /// <summary>A Unix socket to listen on as well, relative to the data directory; empty for none.</summary>
    [Setting("unix-socket")]
    public required string UnixSocket { get; init; }

    /// <summary>Its mode, in octal digits; 0 for what the process's mask leaves.</summary>
    [Setting("unix-socket-permissions")]
    public required string UnixSocketPermissions { get; init; }

    /// <summary>Connections that the kernel holds until they are accepted.</summary>
    [Setting("tcp-backlog", Max = int.MaxValue)]
    public required int TcpBacklog { get; init; }

    /// <summary>Time between keep-alive probes, in whole seconds; zero for none.</summary>
    [Setting("tcp-keepalive", Max = int.MaxValue)]
    public required TimeSpan TcpKeepAlive { get; init; }

    /// <summary>Clients connected at once.</summary>
    [Setting("maxclients", Min = 1, Max = int.MaxValue)]
    public required int MaxClients { get; init; }

    /// <summary>Time without a request after which a client is closed, in whole seconds; zero for never.</summary>
    [Setting("timeout", Max = int.MaxValue)]
    public required TimeSpan Timeout { get; init; }

    /// <summary>Bytes of a connection's receive buffer, and the most one send call takes.</summary>
    [Size("max-frame-size", Min = 1024, Max = 16 * 1024 * 1024)]
    public required int MaxFrameSize { get; init; }
}
