using System.Net;
using Akka;
using Akka.Actor;
using Akka.Event;
using RedisLite.Auditing;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server.Metrics;
using RedisLite.Configuration;
using RedisLite.Connections;
using RedisLite.Persistence.Files;

namespace RedisLite.Hosting;

/// <summary>
/// One running server inside an ActorSystem, whoever owns that system: its actors, its data, its end.
/// </summary>
/// <remarks>
/// Any thread. The steps of the end may be called more than once and in any order; each happens once.
/// </remarks>
internal sealed class ServerInstance
{
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(10);

    private readonly ActorSystem _system;
    private readonly RedisLiteSettings _settings;
    private readonly ServerComponents _components;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IActorRef _server = ActorRefs.Nobody;
    private readonly ILoggingAdapter _log;
    private readonly Lock _gate = new();
    private Task? _refusing;
    private Task? _draining;
    private Task? _saving;
    private Task? _stoppingActors;
    private Task? _releasing;
    private volatile End _end;
    private volatile bool _isEnding;

    /// <param name="system">The server's own system, or its host's.</param>
    /// <param name="settings">Validated.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="shutdown">Called for the SHUTDOWN command; returns at once.</param>
    /// <param name="device">Where files are kept.</param>
    public ServerInstance(
        ActorSystem system, RedisLiteSettings settings, ServerClock clock, Action<ShutdownRequest> shutdown,
        IStorageDevice device)
    {
        _system = system;
        _settings = settings;
        Clock = clock;
        _log = Logging.GetLogger(system, "redislite");
        _components = new ServerComponents(settings, clock, _log, shutdown, device);
        Meter = new ServerMeter(_components.Services);
        View = new ServerView(this);
    }

    /// <summary>The server's figures, for whoever listens to meters.</summary>
    public ServerMeter Meter { get; }

    /// <summary>What others may see of the server.</summary>
    public ServerView View { get; }

    public ServerClock Clock { get; }

    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>Where clients speak TLS.</summary>
    public IReadOnlyList<IPEndPoint> TlsEndPoints { get; private set; } = [];

    /// <summary>The Unix socket that the server listens on; null for none.</summary>
    public string? UnixSocket { get; private set; }

    public CommandServices Services => _components.Services;

    /// <summary>Completes when nothing of the server is left.</summary>
    public Task WhenStopped => _stopped.Task;

    /// <summary>Starts the actors under a name; returns when connections are accepted.</summary>
    /// <exception cref="ServerStartException">An address is taken, ...</exception>
    public async Task StartAsync(string name, CancellationToken cancellationToken)
    {
        _components.Prepare();
        var started = new TaskCompletionSource<ListenerActor.Listening>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        _server = _system.ActorOf(ServerActor.Props(_components, started), name);
        ShutdownTasks.Register(_system, this);
        _ = _server.WatchAsync(CancellationToken.None).ContinueWith(
            _ => started.TrySetException(
                new ServerStartException("The server stopped before it was ready; see the log", null)),
            TaskScheduler.Default);
        await using var registration = cancellationToken.Register(() =>
        {
            if (_components.TryGiveUp())
                started.TrySetCanceled(cancellationToken);
        }).ConfigureAwait(false);
        var listening = await started.Task.ConfigureAwait(false);
        (EndPoints, TlsEndPoints, UnixSocket) = (listening.EndPoints, listening.TlsEndPoints, listening.UnixSocket);
    }

    /// <summary>New clients get an error from now on.</summary>
    public Task RefuseNewClientsAsync() => Once(ref _refusing, () =>
    {
        _isEnding = true;
        return _components.TryGiveUp() ? Task.CompletedTask : AskAsync(ListenerActor.Refuse.Instance, StepTimeout);
    });

    /// <summary>Every client gets the replies to what was read, up to the shutdown timeout, and is closed.</summary>
    public Task DrainAsync() =>
        Once(ref _draining, () => AskAsync(ListenerActor.Drain.Instance, _settings.Shutdown.Timeout + StepTimeout));

    /// <summary>
    /// Brings everything acknowledged to the disk: the append only file, and a snapshot if save points ask for one.
    /// </summary>
    public Task SaveAsync() => Once(ref _saving, SaveOnceAsync);

    private async Task SaveOnceAsync()
    {
        // Clients have had their time; a script that still runs would hold its stripes for ever.
        Services.Scripts.StopAll();
        if (!IsRunning)
            return;

        // A batch that had passed the gate when the last save began may have changed something since.
        var snapshot = Services.Options.SavePoints.Count > 0
            && (_end == End.NotSaved || (_end == End.Saved && _components.Status.Changes > 0));
        var failure = snapshot ? await SaveAsync(snapshot: true).ConfigureAwait(
            false) : await _components.Persistence.FlushAsync().ConfigureAwait(false);
        if (failure is not null)
            _log.Error("{0}; what was not saved is lost", failure);
    }

    /// <summary>
    /// What SIGTERM does first: everything acknowledged goes to the disk, and writers wait for the end.
    /// </summary>
    /// <returns>Null, or why the server goes on instead.</returns>
    public async Task<string?> SaveBeforeEndAsync()
    {
        if (!IsRunning)
            return null;
        var failure = await SaveAsync(Services.Options.SavePoints.Count > 0).ConfigureAwait(false);
        if (failure is null)
            _end = End.Saved;
        return failure;
    }

    /// <summary>
    /// Whether the server has ended, or is about to end, without having saved what it should have. Any thread.
    /// </summary>
    public bool IsUnsaved => _components.Persistence.IsUnsaved;

    /// <summary>Files that are only appended to are opened again: somebody has moved them away.</summary>
    public void ReopenFiles() => _server.Tell(AuditActor.Reopen.Instance);

    /// <summary>A client's SHUTDOWN has saved already, or was told not to.</summary>
    public void HeedShutdown(ShutdownRequest request)
    {
        _isEnding = true;
        _end = request.IsSaved ? End.Saved : request.Save == false || request.Force ? End.Unwanted : _end;
    }

    /// <summary>The end was insisted on although saving had failed: no snapshot is tried again.</summary>
    public void GiveUpSnapshot() => _end = End.Unwanted;

    private Task<string?> SaveAsync(bool snapshot)
    {
        var saved = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _components.Persistence.SaveAtEnd(snapshot, saved.SetResult);
        return saved.Task;
    }

    /// <summary>Stops all actors; afterwards no thread can touch the data.</summary>
    public Task StopActorsAsync() =>
        Once(ref _stoppingActors, () => _server.IsNobody() ? Task.CompletedTask : _server.GracefulStop(StepTimeout));

    /// <summary>Gives every native block back.</summary>
    public Task ReleaseAsync() => Once(ref _releasing, ReleaseOnceAsync);

    /// <summary>All steps of the end in order, without the system's own end.</summary>
    public async Task StopAsync()
    {
        foreach (var step in ShutdownTasks.Of(this))
            await step.Run().ConfigureAwait(false);
    }

    /// <summary>Whether clients are served: from the start to the first step of the end. Any thread.</summary>
    public bool IsServing => IsRunning && !_isEnding;

    /// <summary>Whether the end has begun. Any thread.</summary>
    public bool IsEnding => _isEnding || _stopped.Task.IsCompleted;

    private bool IsRunning => _components.IsServing && !_stopped.Task.IsCompleted;

    /// <summary>
    /// A guest's own end and that of its system may come at once: the second waits for what the first does.
    /// </summary>
    private Task Once(ref Task? step, Func<Task> run)
    {
        lock (_gate)
            return step ??= run();
    }

    private async Task ReleaseOnceAsync()
    {
        await _components.WhenLoaderEndedAsync().ConfigureAwait(false);
        if (_components.ClusterNode is { } node)
            await node.StopAsync().ConfigureAwait(false);
        Meter.Dispose();
        _components.Dispose();
        _stopped.TrySetResult();
    }

    private async Task AskAsync(object message, TimeSpan timeout)
    {
        if (IsRunning)
            await _server.Ask<Done>(message, timeout).ConfigureAwait(false);
    }

    /// <summary>What is left to be saved at the end.</summary>
    private enum End
    {
        NotSaved,
        Saved,
        Unwanted,
    }
}
