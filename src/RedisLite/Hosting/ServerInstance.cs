using System.Net;
using Akka;
using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Configuration;
using RedisLite.Connections;
using RedisLite.Persistence;
using RedisLite.Persistence.Files;

namespace RedisLite.Hosting;

/// <summary>One running server inside an ActorSystem, whoever owns that system: its actors, its data, its end.</summary>
/// <remarks>Any thread. The steps of the end may be called more than once and in any order; each happens once.</remarks>
internal sealed class ServerInstance
{
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SaveTimeout = TimeSpan.FromSeconds(110);

    private readonly ActorSystem _system;
    private readonly RedisLiteSettings _settings;
    private readonly ServerComponents _components;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IActorRef _server = ActorRefs.Nobody;
    private readonly ILoggingAdapter _log;
    private readonly Lock _gate = new();
    private Task? _releasing;
    private bool _savesAtEnd = true;

    /// <param name="system">The server's own system, or its host's.</param>
    /// <param name="settings">Validated.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="shutdown">Called for the SHUTDOWN command; returns at once.</param>
    /// <param name="device">Where files are kept.</param>
    public ServerInstance(
        ActorSystem system, RedisLiteSettings settings, ServerClock clock, Action<ShutdownRequest> shutdown, IStorageDevice device)
    {
        _system = system;
        _settings = settings;
        Clock = clock;
        _log = Logging.GetLogger(system, "redislite");
        _components = new ServerComponents(settings, clock, _log, shutdown, device);
    }

    public ServerClock Clock { get; }

    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    public CommandServices Services => _components.Services;

    /// <summary>Completes when nothing of the server is left.</summary>
    public Task WhenStopped => _stopped.Task;

    /// <summary>Starts the actors under a name; returns when connections are accepted.</summary>
    /// <exception cref="ServerStartException">An address is taken, ...</exception>
    public async Task StartAsync(string name, CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource<IReadOnlyList<IPEndPoint>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _server = _system.ActorOf(ServerActor.Props(_components, started), name);
        ShutdownTasks.Register(_system, this);
        _ = _server.WatchAsync(CancellationToken.None).ContinueWith(
            _ => started.TrySetException(new ServerStartException("The server stopped before it was ready; see the log", null)),
            TaskScheduler.Default);
        await using var registration = cancellationToken.Register(() =>
        {
            if (_components.TryGiveUp())
                started.TrySetCanceled(cancellationToken);
        }).ConfigureAwait(false);
        EndPoints = await started.Task.ConfigureAwait(false);
    }

    /// <summary>New clients get an error from now on.</summary>
    public Task RefuseNewClientsAsync() =>
        _components.TryGiveUp() ? Task.CompletedTask : AskAsync(ListenerActor.Refuse.Instance, StepTimeout);

    /// <summary>Every client gets the replies to what was read, up to the shutdown timeout, and is closed.</summary>
    public Task DrainAsync() => AskAsync(ListenerActor.Drain.Instance, _settings.Shutdown.Timeout + StepTimeout);

    /// <summary>Brings everything acknowledged to the disk: the append only file, and a snapshot if save points ask for one.</summary>
    public async Task SaveAsync()
    {
        // Clients have had their time; a script that still runs would hold its stripes for ever.
        Services.Scripts.StopAll();
        if (!IsRunning)
            return;
        if (_savesAtEnd && Services.Options.SavePoints.Count > 0)
        {
            var saved = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            Services.Persistence.Save(saved.SetResult);
            if (await saved.Task.ConfigureAwait(false) is { } failure)
                _log.Error("The last snapshot failed: {0}", failure);
        }

        var flushed = await _server.Ask<AofActor.Flushed>(AofActor.Flush.Instance, SaveTimeout).ConfigureAwait(false);
        if (!flushed.Succeeded)
            _log.Error("The append only file could not be written to the end");
    }

    /// <summary>SHUTDOWN has saved already, or was told not to.</summary>
    public void SkipSaveAtEnd() => _savesAtEnd = false;

    /// <summary>Stops all actors; afterwards no thread can touch the data.</summary>
    public async Task StopActorsAsync()
    {
        if (!_server.IsNobody())
            await _server.GracefulStop(StepTimeout).ConfigureAwait(false);
    }

    /// <summary>Gives every native block back.</summary>
    public Task ReleaseAsync()
    {
        lock (_gate)
            return _releasing ??= ReleaseOnceAsync();
    }

    /// <summary>All steps of the end in order, without the system's own end.</summary>
    public async Task StopAsync()
    {
        foreach (var step in ShutdownTasks.Of(this))
            await step.Run().ConfigureAwait(false);
    }

    private bool IsRunning => _components.IsServing && !_stopped.Task.IsCompleted;

    private async Task ReleaseOnceAsync()
    {
        await _components.WhenLoaderEndedAsync().ConfigureAwait(false);
        _components.Dispose();
        _stopped.TrySetResult();
    }

    private async Task AskAsync(object message, TimeSpan timeout)
    {
        if (IsRunning)
            await _server.Ask<Done>(message, timeout).ConfigureAwait(false);
    }
}
