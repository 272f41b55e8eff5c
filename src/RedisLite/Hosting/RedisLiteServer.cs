using System.Net;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.Hosting.Logging;
using Microsoft.Extensions.Logging;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Configuration;
using RedisLite.Persistence.Files;

namespace RedisLite.Hosting;

/// <summary>A RedisLite server in this process, on its own ActorSystem. Several can run side by side.</summary>
/// <example>
/// <code>
/// await using var server = await RedisLiteServer.StartAsync(RedisLiteSettings.ForTests());
/// using var redis = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
/// </code>
/// </example>
/// <remarks>All members may be called from any thread.</remarks>
public sealed class RedisLiteServer : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly ServerInstance _instance;
    private readonly TaskCompletionSource _shutdownRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Task? _stopping;
    private IServerCompanion? _companion;

    private RedisLiteServer(ActorSystem system, RedisLiteSettings settings, IStorageDevice device)
    {
        _system = system;
        _instance = new ServerInstance(system, settings, new ServerClock(), OnShutdownCommand, device);
        Services.Options.Changed += directive =>
        {
            if (directive == "loglevel")
                _system.EventStream.SetLogLevel(AkkaConfiguration.LogLevel(LogLevel));
        };
    }

    /// <summary>
    /// The first address that the server listens on, with the port it really got; with TLS where there is no other.
    /// </summary>
    /// <exception cref="InvalidOperationException">It listens on a Unix socket only.</exception>
    public IPEndPoint EndPoint => EndPoints.Concat(TlsEndPoints).FirstOrDefault()
        ?? throw new InvalidOperationException($"The server listens on no TCP port, but on {UnixSocket}");

    /// <summary>All addresses that the server listens on without TLS.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _instance.EndPoints;

    /// <summary>All addresses that the server listens on with TLS.</summary>
    public IReadOnlyList<IPEndPoint> TlsEndPoints => _instance.TlsEndPoints;

    /// <summary>The Unix socket that the server listens on, with its full path; null for none.</summary>
    public string? UnixSocket => _instance.UnixSocket;

    /// <summary>
    /// "host:port", as Redis clients take it; with ",ssl=true" where there is only TLS, and "!path", which is
    /// StackExchange.Redis's form, where there is only a Unix socket.
    /// </summary>
    public string ConnectionString => EndPoints.Count > 0 ? EndPoint.ToString()
        : TlsEndPoints.Count > 0 ? $"{EndPoint},ssl=true"
        : $"!{UnixSocket}";

    /// <summary>
    /// The server's clock: moving it on makes times to live pass at once, so that tests need not wait for them.
    /// </summary>
    public ServerClock Clock => _instance.Clock;

    /// <summary>What the server shows to whoever watches it.</summary>
    public ServerView View => _instance.View;

    /// <summary>Completes when a client has sent SHUTDOWN and the server has begun to stop.</summary>
    public Task ShutdownRequested => _shutdownRequested.Task;

    /// <summary>Completes when the server has stopped and released everything.</summary>
    public Task WhenStopped => _instance.WhenStopped;

    /// <summary>The least important level that is worth logging; CONFIG SET loglevel changes it.</summary>
    public LogVerbosity LogLevel => Services.Options.LogLevel;

    /// <summary>The services behind the commands, for tests and for parts of the server that are no actors.</summary>
    internal CommandServices Services => _instance.Services;

    /// <summary>Starts a server that logs nothing and returns when it accepts connections.</summary>
    /// <param name="settings">Port 0 takes any free port.</param>
    /// <param name="cancellationToken">Gives the start up; what was begun is undone.</param>
    /// <exception cref="SettingsException">A value of the settings is not valid.</exception>
    /// <exception cref="ServerStartException">The server cannot start: an address is taken, ...</exception>
    /// <exception cref="OperationCanceledException">It was given up, or a client sent SHUTDOWN while files were being
    /// loaded.</exception>
    public static Task<RedisLiteServer> StartAsync(
        RedisLiteSettings settings, CancellationToken cancellationToken = default) =>
        StartAsync(settings, null, cancellationToken);

    /// <inheritdoc cref="StartAsync(RedisLiteSettings, CancellationToken)"/>
    /// <param name="settings">Port 0 takes any free port.</param>
    /// <param name="loggerFactory">Where the log goes; null for nowhere. Not disposed.</param>
    /// <param name="cancellationToken">Gives the start up; what was begun is undone.</param>
    public static Task<RedisLiteServer> StartAsync(
        RedisLiteSettings settings, ILoggerFactory? loggerFactory, CancellationToken cancellationToken = default) =>
        StartAsync(settings, loggerFactory, DiskDevice.Instance, null, cancellationToken);

    /// <inheritdoc cref="StartAsync(RedisLiteSettings, ILoggerFactory, CancellationToken)"/>
    /// <param name="settings">Port 0 takes any free port.</param>
    /// <param name="loggerFactory">Where the log goes; null for nowhere. Not disposed.</param>
    /// <param name="companion">Started before the server listens, and stopped after its end; null for none.</param>
    /// <param name="cancellationToken">Gives the start up; what was begun is undone.</param>
    public static Task<RedisLiteServer> StartAsync(
        RedisLiteSettings settings,
        ILoggerFactory? loggerFactory,
        IServerCompanion? companion,
        CancellationToken cancellationToken = default) =>
        StartAsync(settings, loggerFactory, DiskDevice.Instance, companion, cancellationToken);

    /// <summary>Starts a server whose files are on any device.</summary>
    internal static Task<RedisLiteServer> StartAsync(
        RedisLiteSettings settings,
        ILoggerFactory? loggerFactory,
        IStorageDevice device,
        CancellationToken cancellationToken = default) =>
        StartAsync(settings, loggerFactory, device, null, cancellationToken);

    private static async Task<RedisLiteServer> StartAsync(
        RedisLiteSettings settings,
        ILoggerFactory? loggerFactory,
        IStorageDevice device,
        IServerCompanion? companion,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        var server = new RedisLiteServer(CreateSystem(settings, loggerFactory), settings, device);
        var frame = AkkaConfiguration.FrameSize(settings);
        if (frame < settings.Network.MaxFrameSize)
            server._system.Log.Info(
                "Receive buffers are {0} bytes: {1} of network.max-frame-size would not fit into memory", frame,
                settings.Network.MaxClients);
        try
        {
            if (companion is not null)
            {
                server._companion = companion;
                await companion.StartAsync(server.View, cancellationToken).ConfigureAwait(false);
            }

            await server._instance.StartAsync("server", cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch (Exception e)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            if (e is ServerStartException && server._shutdownRequested.Task.IsCompleted)
                throw new OperationCanceledException("SHUTDOWN came before the server was ready", e);
            throw;
        }
    }

    /// <summary>
    /// What to do before <see cref="StopAsync"/> if the server shall not end without its data: everything acknowledged
    /// goes to the disk, a snapshot if there are save points, and writers wait for the end.
    /// </summary>
    /// <returns>Null when the server may be stopped; else why it may not: it serves on, as if nothing had
    /// been.</returns>
    public Task<string?> SaveBeforeStopAsync() => _instance.SaveBeforeEndAsync();

    /// <summary>
    /// The server is to be stopped although <see cref="SaveBeforeStopAsync"/> has failed: no snapshot is tried again.
    /// </summary>
    public void GiveUpSaving() => _instance.GiveUpSnapshot();

    /// <summary>
    /// The audit trail was moved away (logrotate): it goes on in a new file. What redislite-server does at SIGHUP.
    /// </summary>
    public void ReopenFiles() => _instance.ReopenFiles();

    /// <summary>
    /// Whether the last attempt to save before the end has failed: a stop then loses what is in memory alone.
    /// </summary>
    public bool IsUnsaved => _instance.IsUnsaved;

    /// <summary>
    /// Stops the server: new clients are refused, batches in flight finish and their replies are sent, up to the
    /// shutdown timeout of the settings; then everything is closed and released. Later calls wait for the first.
    /// </summary>
    public Task StopAsync()
    {
        lock (_gate)
            return _stopping ??= StopOnceAsync();
    }

    /// <inheritdoc cref="StopAsync"/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private static ActorSystem CreateSystem(RedisLiteSettings settings, ILoggerFactory? loggerFactory)
    {
        try
        {
            return ActorSystem.Create("redislite", Setup(settings, loggerFactory));
        }
        catch (Exception e)
        {
            // What Akka.NET reads of the configuration is checked only here, and by exceptions of any kind.
            throw new ServerStartException(
                $"The actor system cannot be made with these settings of 'akka': {e.GetBaseException().Message}", e);
        }
    }

    private void OnShutdownCommand(ShutdownRequest request)
    {
        _instance.HeedShutdown(request);
        _shutdownRequested.TrySetResult();
        _ = Task.Run(StopAsync);
    }

    private async Task StopOnceAsync()
    {
        await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClrExitReason.Instance).ConfigureAwait(false);

        // A command that does not end keeps its actor, and what it reads cannot be freed: both are left to the process.
        var ended = await Task.WhenAny(_system.WhenTerminated, Task.Delay(TerminationPatience)).ConfigureAwait(false);
        if (ended == _system.WhenTerminated)
            await _instance.ReleaseAsync().ConfigureAwait(false);
        if (_companion is not null)
            await _companion.StopAsync().ConfigureAwait(false);
    }

    private static ActorSystemSetup Setup(RedisLiteSettings settings, ILoggerFactory? loggerFactory)
    {
        var config = AkkaConfiguration.Create(settings);
        if (loggerFactory is null)
            return ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(Quiet.WithFallback(config)));
        return ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(Bridged.WithFallback(config)), new LoggerFactorySetup(loggerFactory));
    }

    private static TimeSpan TerminationPatience { get; } = TimeSpan.FromSeconds(15);

    private static Config Quiet { get; } = ConfigurationFactory.ParseString(
        "akka { loggers = [], stdout-loglevel = OFF, loglevel = OFF }");

    private static Config Bridged { get; } = ConfigurationFactory.ParseString(
        $"akka {{ loggers = [\"{LogBridgeActor.Name}\"], stdout-loglevel = OFF }}");
}
