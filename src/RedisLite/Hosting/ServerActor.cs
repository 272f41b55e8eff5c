using System.Net;
using Akka.Actor;
using Akka.Event;
using Akka.Routing;
using RedisLite.Connections;
using RedisLite.Execution;

namespace RedisLite.Hosting;

/// <summary>The parent of all of a server's actors: starts them in order, and decides when the server cannot go on.</summary>
/// <remarks>
/// <code>
///   /user/server
///     executors        router  e-n   the fixed-size pool
///     executors-fast   router  e-n   the io dispatcher
///     housekeeper                    timeouts, figures that need a clock
///     listener                 c-n   one connection actor per client
/// </code>
/// </remarks>
internal sealed class ServerActor : UntypedActor
{
    private readonly ServerComponents _components;
    private readonly TaskCompletionSource<IReadOnlyList<IPEndPoint>> _started;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef _listener = ActorRefs.Nobody;

    public ServerActor(ServerComponents components, TaskCompletionSource<IReadOnlyList<IPEndPoint>> started)
    {
        _components = components;
        _started = started;
    }

    /// <param name="components">Made before the actors; outlives them.</param>
    /// <param name="started">Completed with the bound addresses, or failed when the server cannot start.</param>
    public static Props Props(ServerComponents components, TaskCompletionSource<IReadOnlyList<IPEndPoint>> started) =>
        Akka.Actor.Props.Create(() => new ServerActor(components, started));

    protected override void PreStart()
    {
        var services = _components.Services;
        var router = FromConfig.Instance.WithSupervisorStrategy(new OneForOneStrategy(_ => Directive.Restart));
        var pool = Context.ActorOf(ExecutorActor.Props(services, pool: null).WithRouter(router), "executors");
        var fast = Context.ActorOf(ExecutorActor.Props(services, pool).WithRouter(router), "executors-fast");
        Context.ActorOf(HousekeeperActor.Props(services), "housekeeper");
        _listener = Context.ActorOf(
            ListenerActor.Props(_components.ListenerSettings, _components.ConnectionContext(fast, pool), Self), "listener");
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ListenerActor.Listening listening:
                _components.Services.Identity.Port = listening.EndPoints[0].Port;
                foreach (var endPoint in listening.EndPoints)
                    _log.Info("Listening on {0}", endPoint);
                _log.Info("Ready to accept connections");
                _started.TrySetResult(listening.EndPoints);
                break;
            case ListenerActor.BindFailed failed:
                _started.TrySetException(new ServerStartException(
                    $"Could not listen on {failed.EndPoint}: {failed.Cause?.GetBaseException().Message ?? "the address could not be bound"}", failed.Cause));
                break;
            case ListenerActor.Refuse or ListenerActor.Drain:
                _listener.Forward(message);
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
