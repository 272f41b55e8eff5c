using System.Net;
using RedisLite.Commands;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;
using RedisLite.Commands.Server.Metrics;

namespace RedisLite.Hosting;

/// <summary>What a server shows of itself to whoever watches it: health checks, metrics, the console.</summary>
/// <remarks>Any thread, from before the data is loaded until after the end.</remarks>
public sealed class ServerView
{
    private readonly ServerInstance _instance;

    internal ServerView(ServerInstance instance) => _instance = instance;

    /// <summary>Where clients connect; empty before the server listens.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _instance.EndPoints;

    /// <summary>The Unix socket that clients may connect to; null for none, and before the server listens.</summary>
    public string? UnixSocket => _instance.UnixSocket;

    /// <summary>Whether one can be this user only with a password.</summary>
    /// <param name="user">Empty for the default user.</param>
    public bool NeedsPassword(string user) =>
        _instance.Services.Access.Users.Find(user is "" ? "default" : user) is { Rules.HasNoPassword: false };

    /// <summary>Whether the data follows another server's.</summary>
    public bool IsReplica => _instance.Services.Role == ServerRole.Replica;

    /// <summary>The figures.</summary>
    public ServerMeter Meter => _instance.Meter;

    /// <summary>The commands, by the names that requests have.</summary>
    public CommandTable Commands => _instance.Services.Commands;

    /// <summary>How often threads waited for each stripe since the start.</summary>
    public IReadOnlyList<long> WaitsByStripe() => _instance.Services.Databases.WaitsByStripe();

    /// <summary>How many keys each stripe holds, over all databases.</summary>
    public IReadOnlyList<long> KeysByStripe() => _instance.Services.Databases.KeysByStripe();

    /// <summary>Whether clients should be sent here.</summary>
    public ServerReadiness Readiness
    {
        get
        {
            if (_instance.IsEnding)
                return ServerReadiness.Ending;
            if (!_instance.IsServing)
                return ServerReadiness.Loading;
            var services = _instance.Services;
            if (services.Role == ServerRole.Replica && services.Replication.Report().Link != PrimaryLinkState.Up)
                return ServerReadiness.Unlinked;
            return services.Cluster is { Routing.IsDown: true } ? ServerReadiness.ClusterDown : ServerReadiness.Ready;
        }
    }
}

/// <summary>Whether clients should be sent to a server.</summary>
public enum ServerReadiness
{
    /// <summary>Files are being loaded, or nothing has begun yet.</summary>
    Loading,

    /// <summary>Clients are served.</summary>
    Ready,

    /// <summary>A replica without its primary: clients are served with what it has, which may be nothing.</summary>
    Unlinked,

    /// <summary>The server ends, or has ended.</summary>
    Ending,

    /// <summary>
    /// A node of a cluster that is down: slots without an owner, or no majority. Clients are served, keys are not.
    /// </summary>
    ClusterDown,
}

/// <summary>What runs beside a server for as long as it does, from before it listens: its HTTP port.</summary>
public interface IServerCompanion
{
    /// <summary>The server has been made, and is about to listen and to load.</summary>
    /// <exception cref="ServerStartException">It cannot start, and so shall not the server.</exception>
    Task StartAsync(ServerView server, CancellationToken cancellationToken);

    /// <summary>The server has ended; also when it never served. Called once after a call of StartAsync.</summary>
    Task StopAsync();
}
