using Akka.Actor;
using Akka.Event;
using Akka.Routing;
using RedisLite.Auditing;
using RedisLite.Commands.Execution;
using RedisLite.Connections;
using RedisLite.Execution;
using RedisLite.Persistence;
using RedisLite.Replication;
using RedisLite.Replication.Slots;

namespace RedisLite.Hosting;

/// <summary>
/// The parent of all of a server's actors: starts them in order, and decides when the server cannot go on.
/// </summary>
/// <remarks>
/// <code>
///   /user/server
///     executors        router  e-n   the fixed-size pool
///     executors-fast   router  e-n   the io dispatcher
///     snapshots                      writes RDB files and AOF bases, on its own thread
///     aof                            writes and fsyncs the append only file, on its own thread
///     replication   link-n, primary-n  who follows this server, and whom it follows
///     expiry                         deletes keys whose time has come
///     housekeeper                    what has to be looked at once in a while
///     listener                 c-n   one connection actor per client
///
///   bind --> load files, clients get -LOADING --> Ready to accept connections
/// </code>
/// </remarks>
internal sealed class ServerActor : UntypedActor
{
    private readonly ServerComponents _components;
    private readonly TaskCompletionSource<ListenerActor.Listening> _started;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef _listener = ActorRefs.Nobody;
    private IActorRef _snapshots = ActorRefs.Nobody;
    private IActorRef _aof = ActorRefs.Nobody;
    private IActorRef _replication = ActorRefs.Nobody;
    private IActorRef _audit = ActorRefs.Nobody;
    private readonly MailboxDepths _depths = new();
    private IActorRef _slots = ActorRefs.Nobody;
    private ListenerActor.Listening _endPoints = new([], []);

    public ServerActor(ServerComponents components, TaskCompletionSource<ListenerActor.Listening> started)
    {
        _components = components;
        _started = started;
    }

    /// <param name="components">Made before the actors; outlives them.</param>
    /// <param name="started">Completed with the bound addresses, or failed when the server cannot start.</param>
    public static Props Props(ServerComponents components, TaskCompletionSource<ListenerActor.Listening> started) =>
        Akka.Actor.Props.Create(() => new ServerActor(components, started));

    protected override void PreStart()
    {
        StartActors();
        foreach (var (name, actor) in ((string, IActorRef)[])
            [("listener", _listener), ("replication", _replication), ("snapshots", _snapshots), ("audit", _audit)])
            if (!actor.IsNobody())
                _depths.Add(name, actor);
        _components.Services.Mailboxes = _depths.Read;
    }

    private void StartActors()
    {
        var services = _components.Services;
        services.IsLoading = true;
        if (_components.Audit is { } trail)
        {
            _audit = Context.ActorOf(AuditActor.Props(trail, services), "audit");
            Context.Watch(_audit);
        }

        var router = FromConfig.Instance.WithSupervisorStrategy(new OneForOneStrategy(_ => Directive.Restart));
        var pool = Context.ActorOf(
            ExecutorActor.Props(services, null, _components.Persistence).WithRouter(router), "executors");
        var fast = Context.ActorOf(
            ExecutorActor.Props(services, pool, _components.Persistence).WithRouter(router), "executors-fast");
        _depths.Add("executors", pool, isRouter: true);
        _depths.Add("executors-fast", fast, isRouter: true);
        _snapshots = Context.ActorOf(_components.SnapshotProps(_stopping.Token), "snapshots");
        _replication = Context.ActorOf(_components.ReplicationProps(fast, pool, _snapshots), "replication");
        if (_components.ClusterNode is not null)
            _slots = Context.ActorOf(_components.SlotMovesProps(fast, pool, _snapshots), "slots");
        Context.ActorOf(HousekeeperActor.Props(services, _components.Persistence), "housekeeper");
        Context.ActorOf(_components.ExpiryProps(), "expiry");
        _listener = Context.ActorOf(
            ListenerActor.Props(_components.ListenerSettings, _components.ConnectionContext(
                fast, pool, _replication, _slots), Self), "listener");
    }

    // An actor here that fails has lost what it stood for; going on without the durability promised would be worse.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ListenerActor.Listening listening:
                OnListening(listening);
                break;
            case ListenerActor.BindFailed failed:
                var reason = failed.Cause?.GetBaseException().Message ?? "the address could not be bound";
                _started.TrySetException(
                    new ServerStartException($"Could not listen on {failed.Address}: {reason}", failed.Cause));
                break;
            case LoadedData loaded:
                OnLoaded(loaded);
                break;
            case Status.Failure failure:
                OnLoadFailed(failure.Cause);
                break;
            case ListenerActor.Refuse or ListenerActor.Drain:
                _listener.Forward(message);
                break;
            case AuditActor.Reopen:
                _audit.Tell(message);
                break;
            case AofActor.Flush when _aof.IsNobody():
                Sender.Tell(new AofActor.Flushed(Succeeded: true));
                break;
            case AofActor.Flush:
                _aof.Forward(message);
                break;
            case Terminated terminated:
                _log.Error("{0} has failed; the server stops, since it could not keep its promises without it",
                    terminated.ActorRef.Path.Name);
                _components.Services.Control.Shutdown(new ShutdownRequest(Save: false, Now: true, Force: true));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnListening(ListenerActor.Listening listening)
    {
        _endPoints = listening;
        var tlsPort = listening.TlsEndPoints is [var tls, ..] ? tls.Port : 0;
        _components.Services.Identity.TlsPort = tlsPort;
        _components.Services.Identity.Port = listening.EndPoints is [var plain, ..] ? plain.Port : tlsPort;
        if (!StartsNode())
            return;
        foreach (var endPoint in listening.EndPoints)
            _log.Info("Listening on {0}", endPoint);
        foreach (var endPoint in listening.TlsEndPoints)
            _log.Info("Listening on {0} (TLS)", endPoint);
        if (listening.UnixSocket is { } path)
            _log.Info("Listening on {0} (Unix socket)", path);
        _components.LoadAsync(_log, _stopping.Token).PipeTo(Self, failure: LoadFailure);
    }

    private bool StartsNode()
    {
        try
        {
            _components.ClusterNode?.Start(_components.Services.Identity.Port);
            return true;
        }
        catch (ServerStartException failure)
        {
            _started.TrySetException(failure);
            return false;
        }
    }

    private void OnLoaded(LoadedData loaded)
    {
        // Told to stop in the last moment: what is served now would not be saved any more.
        if (!_components.TryBeginToServe())
            return;
        AofCommits? commits = null;
        if (loaded.Writer is { } writer)
        {
            _components.AofQueue.Open();
            _aof = Context.ActorOf(_components.AofProps(writer, _snapshots), "aof");
            Context.Watch(_aof);
            commits = _components.CommitsOf(writer, _aof);
            _depths.Add("aof", _aof);
        }

        Context.Watch(_snapshots);
        _components.Persistence.Attach(_snapshots, _aof, commits);
        _components.Services.IsLoading = false;
        _replication.Tell(ReplicationActor.Ready.Instance);
        _slots.Tell(SlotMovesActor.Ready.Instance);
        _log.Info("Ready to accept connections");
        _started.TrySetResult(_endPoints);
    }

    private static object LoadFailure(Exception cause) =>
        cause is OperationCanceledException ? LoadCanceled.Instance : new Status.Failure(cause);

    private void OnLoadFailed(Exception cause)
    {
        if (cause is AggregateException { InnerException: { } inner })
            cause = inner;
        _started.TrySetException(
            cause as ServerStartException ?? new ServerStartException(cause.GetBaseException().Message, cause));
    }

    /// <summary>The load gave up because the server stops: comes when there is nobody left to hear it.</summary>
    private sealed record LoadCanceled : IDeadLetterSuppression
    {
        private LoadCanceled()
        {
        }

        public static LoadCanceled Instance { get; } = new();
    }
}
