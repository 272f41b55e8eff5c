using System.Net;
using System.Net.Sockets;
using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using RedisLite.Connections.Tls;
using RedisLite.Connections.Unix;

namespace RedisLite.Connections;

/// <summary>Binds the server's addresses, accepts clients, and is the parent of their connection actors.</summary>
/// <remarks>
/// <code>
///   Binding --all addresses Bound--> Accepting --Refuse--> Refusing --Drain--> Draining --no clients left--> Unbinding
///      +------one failed: BindFailed, and the server does not start
/// </code>
/// Akka.IO's own listener is the parent of the socket actors and resets them all when it is unbound, so unbinding is
/// what comes last. That listener stops on accept errors it does not know; it is watched and bound again. And it
/// accepts a moment before it is ready for what it accepted: such a client would never be served, so its message, which
/// Akka reports as unhandled, is given back to it once it is. Where the system allows it an address has several
/// listening sockets, and so room for more clients that come in one stroke (<see cref="SharedPort"/>).
/// </remarks>
internal sealed class ListenerActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(5);

    private readonly ListenerSettings _settings;
    private readonly ConnectionContext _context;
    private readonly IActorRef _owner;
    private readonly IActorRef _tcp;
    private readonly int _receiveBufferSize;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<IActorRef, IPEndPoint> _sockets = [];
    private readonly Queue<(IPEndPoint EndPoint, bool IsTls)> _toBind;
    private readonly List<IPEndPoint> _bound = [];
    private readonly List<IPEndPoint> _boundTls = [];
    private bool _bindsTls;
    private readonly List<UnhandledMessage> _earlyAccepts = [];
    private TimeSpan _backoff = FirstBackoff;
    private Socket? _claim;
    private int _moreSockets;
    private IActorRef? _drainCommander;
    private IActorRef _unix = ActorRefs.Nobody;

    public ListenerActor(ListenerSettings settings, ConnectionContext context, IActorRef owner, IActorRef? tcp)
    {
        _settings = settings;
        _context = context;
        _owner = owner;
        _tcp = tcp ?? Context.System.Tcp();
        _receiveBufferSize = TcpSettings.Create(Context.System).MaxFrameSizeBytes;
        _toBind = new Queue<(IPEndPoint, bool)>(
            [.. settings.EndPoints.Select(endPoint => (endPoint, false)),
                .. settings.TlsEndPoints.Select(endPoint => (endPoint, true))]);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="settings">Where to listen.</param>
    /// <param name="context">For the connections.</param>
    /// <param name="owner">Gets <see cref="Listening"/> or <see cref="BindFailed"/>.</param>
    /// <param name="tcp">Akka.IO's manager; null for the system's own.</param>
    public static Props Props(
        ListenerSettings settings, ConnectionContext context, IActorRef owner, IActorRef? tcp = null) =>
        Akka.Actor.Props.Create(() => new ListenerActor(settings, context, owner, tcp));

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(UnhandledMessage));
        Become(Binding);
        BindNext();
    }

    protected override void PostStop()
    {
        _claim?.Dispose();
        Context.System.EventStream.Unsubscribe(Self);
    }

    // A connection actor that failed has lost its socket's state: it is stopped, never restarted.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    // Whatever the state is: an accept that a socket listener could not take yet.
    protected override bool AroundReceive(Receive receive, object message)
    {
        if (message is not UnhandledMessage unhandled)
            return base.AroundReceive(receive, message);
        if (unhandled.Message.GetType().Name != "AcceptCompleted")
            return true;
        if (_sockets.ContainsKey(unhandled.Recipient))
            unhandled.Recipient.Tell(unhandled.Message, unhandled.Sender);
        else
            _earlyAccepts.Add(unhandled);
        return true;
    }

    protected override void OnReceive(object message) => Unhandled(message);

    private void Binding(object message)
    {
        switch (message)
        {
            case Tcp.Bound bound:
                OnBound((IPEndPoint)bound.LocalAddress);
                break;
            case Tcp.CommandFailed { Cmd: Tcp.Bind bind } when Bound.Contains((IPEndPoint)bind.LocalAddress):
                // The first socket is there: the others are only room for more.
                _log.Debug("Only one socket listens on {0}", bind.LocalAddress);
                _moreSockets = 0;
                BindMore((IPEndPoint)bind.LocalAddress);
                break;
            case UnixListenerActor.Bound:
                Finish();
                break;
            case UnixListenerActor.BindFailed failed:
                // The server does not start: nothing is bound again.
                Context.Unwatch(Sender);
                _owner.Tell(new BindFailed(failed.Path, failed.Cause));
                break;
            case Tcp.CommandFailed { Cmd: Tcp.Bind bind } failed:
                _owner.Tell(
                    new BindFailed($"{bind.LocalAddress}", failed.Cause.HasValue ? failed.Cause.Value : null));
                break;
            default:
                Accepting(message);
                break;
        }
    }

    private void Accepting(object message)
    {
        switch (message)
        {
            case Tcp.Connected connected:
                Accept(connected);
                break;
            case Terminated terminated when _sockets.Remove(terminated.ActorRef, out var endPoint):
                _log.Error(
                    "The listener on {0} stopped; binding again in {1} ms", endPoint, _backoff.TotalMilliseconds);
                Timers.StartSingleTimer(endPoint, new BindAgain(endPoint), _backoff);
                _backoff = _backoff * 2 < MaxBackoff ? _backoff * 2 : MaxBackoff;
                break;
            case BindAgain again:
                Bind(again.EndPoint);
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_unix):
                _log.Error("The listener on {0} stopped; binding again", _settings.UnixSocket!.Path);
                Timers.StartSingleTimer(nameof(BindUnix), BindUnix.Instance, _backoff);
                break;
            case UnixListenerActor.BindFailed failed:
                _log.Error("Could not listen on {0}: {1}", failed.Path, failed.Cause.Message);
                break;
            case BindUnix:
                ListenUnix();
                break;
            case UnixListenerActor.Bound:
                break;
            case Tcp.Bound bound:
                _backoff = FirstBackoff;
                Listen((IPEndPoint)bound.LocalAddress);
                break;
            case Tcp.CommandFailed { Cmd: Tcp.Bind bind }:
                Timers.StartSingleTimer(bind.LocalAddress, new BindAgain((IPEndPoint)bind.LocalAddress), _backoff);
                break;
            case Refuse:
                Become(Refusing);
                Sender.Tell(Done.Instance);
                break;
            case Drain:
                StartDraining();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Refusing(object message)
    {
        switch (message)
        {
            case Tcp.Connected connected:
                // Watched: when it is the last one to end, nothing else would say that nobody is left.
                var said = IsTls(connected) ? "" : "ERR server is shutting down";
                Context.Watch(Context.ActorOf(RefusedConnectionActor.Props(Sender, said)));
                break;
            case Drain:
                StartDraining();
                break;
            case Terminated or BindAgain or BindUnix or Tcp.Bound or Tcp.CommandFailed:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Draining(object message)
    {
        switch (message)
        {
            case Terminated:
                UnbindWhenDrained();
                break;
            case DrainTimeout:
                _log.Warning("{0} clients did not take their replies in time; closing them", Clients.Count());
                Unbind();
                break;
            default:
                Refusing(message);
                break;
        }
    }

    private void Unbinding(object message)
    {
        switch (message)
        {
            case Terminated terminated:
                if (terminated.ActorRef.Equals(_unix))
                    _unix = ActorRefs.Nobody;
                if (_sockets.Remove(terminated.ActorRef) || _unix.IsNobody())
                    AnswerWhenUnbound();
                break;
            default:
                // Nobody is left to be served: what still arrives comes from sockets that are being closed.
                break;
        }
    }

    /// <summary>What is bound of the kind that is being bound.</summary>
    private List<IPEndPoint> Bound => _bindsTls ? _boundTls : _bound;

    private void BindNext()
    {
        if (!_toBind.TryDequeue(out var next))
        {
            if (_settings.UnixSocket is null)
                Finish();
            else
                ListenUnix();
            return;
        }

        (var endPoint, _bindsTls) = next;

        // Port 0 means any free one, but the same for all addresses.
        if (endPoint.Port == 0 && Bound.Count > 0)
            endPoint = new IPEndPoint(endPoint.Address, Bound[0].Port);
        if (_settings.SocketsPerAddress > 1 && endPoint.Port != 0)
        {
            try
            {
                _claim = SharedPort.Claim(endPoint);
            }
            catch (SocketException e)
            {
                _owner.Tell(new BindFailed($"{endPoint}", e));
                return;
            }
        }

        Bind(endPoint);
    }

    private void Finish()
    {
        Become(Accepting);
        _owner.Tell(new Listening([.. _bound], [.. _boundTls], _settings.UnixSocket?.Path));
    }

    private void ListenUnix()
    {
        _unix = Context.ActorOf(UnixListenerActor.Props(
            _settings.UnixSocket!, _settings.Backlog, _receiveBufferSize, _settings.ConnectionDispatcher));
        Context.Watch(_unix);
    }

    /// <summary>The actors of clients: all children but the one that accepts them.</summary>
    private IEnumerable<IActorRef> Clients => Context.GetChildren().Where(child => !child.Equals(_unix));

    private void Bind(IPEndPoint endPoint)
    {
        var option = new ClientSocketOption(
            _settings.KeepAliveSeconds, _receiveBufferSize, _settings.SocketsPerAddress > 1);
        _tcp.Tell(new Tcp.Bind(Self, endPoint, _settings.Backlog, [option], pullMode: true));
    }

    private void OnBound(IPEndPoint endPoint)
    {
        Listen(endPoint);
        if (!Bound.Contains(endPoint))
        {
            Bound.Add(endPoint);
            _moreSockets = _settings.SocketsPerAddress - 1;
        }

        BindMore(endPoint);
    }

    private void BindMore(IPEndPoint endPoint)
    {
        if (_moreSockets-- > 0)
        {
            Bind(endPoint);
            return;
        }

        _claim?.Dispose();
        _claim = null;
        BindNext();
    }

    private void Listen(IPEndPoint endPoint)
    {
        _sockets[Sender] = endPoint;
        Context.Watch(Sender);
        foreach (var early in _earlyAccepts.Where(accept => accept.Recipient.Equals(Sender)))
            early.Recipient.Tell(early.Message, early.Sender);
        _earlyAccepts.RemoveAll(accept => accept.Recipient.Equals(Sender));
    }

    private void Accept(Tcp.Connected connected)
    {
        var services = _context.Services;
        var tls = IsTls(connected) ? _context.Tls!.Credentials : null;
        if (RefusalFor(connected) is { } refusal)
        {
            services.Statistics.CountRejectedConnection();
            TurnAway(Sender, refusal, tls);
            return;
        }

        services.Statistics.CountConnection();
        var id = services.Clients.NextId();
        var isUnix = IsUnix(connected);
        var shown = isUnix ? $"{_settings.UnixSocket!.ShownPath}:0" : null;
        var props = ConnectionActor.Props(
            id, Sender, shown ?? connected.RemoteAddress.ToString()!, shown ?? connected.LocalAddress.ToString()!,
            _context, tls, isUnix)
            .WithDispatcher(_settings.ConnectionDispatcher);
        Context.ActorOf(props, $"c-{id}");
    }

    /// <summary>The TLS port is the other one: a random one may accept somebody before it is known here.</summary>
    private bool IsTls(Tcp.Connected connected) =>
        _settings.TlsEndPoints.Count > 0 && !IsUnix(connected)
            && !_bound.Exists(endPoint => endPoint.Port == ((IPEndPoint)connected.LocalAddress).Port);

    private static bool IsUnix(Tcp.Connected connected) => connected.LocalAddress is UnixDomainSocketEndPoint;

    /// <summary>
    /// As in Redis a client with TLS is told nothing before its handshake, which is not done for somebody who is one
    /// too many.
    /// </summary>
    private void TurnAway(IActorRef socket, string refusal, TlsCredentials? tls)
    {
        if (tls is not null && refusal.StartsWith("ERR", StringComparison.Ordinal))
            Context.ActorOf(RefusedConnectionActor.Props(socket, ""));
        else
            Context.ActorOf(RefusedConnectionActor.Props(socket, refusal, _context.Tls, tls)
                .WithDispatcher(_settings.ConnectionDispatcher));
    }

    private string? RefusalFor(Tcp.Connected connected)
    {
        var options = _context.Services.Options;
        if (_context.Services.Clients.Count >= options.MaxClients)
            return "ERR max number of clients reached";
        if (!_context.Services.Access.HasRoomFor(_context.Services.Access.Users.Default))
            return "LIMIT this user may not have more connections";
        if (options.ProtectedMode && !IsUnix(connected) && _context.Services.Access.Users.Default.Rules.HasNoPassword
            && !IPAddress.IsLoopback(((IPEndPoint)connected.RemoteAddress).Address))
            return "DENIED RedisLite is running in protected mode because no password is set: only clients on the same "
                + "machine are "
                + "served. Set requirepass, or set protected-mode to no if you are sure that nobody else can reach "
                + "this port.";
        return null;
    }

    private void StartDraining()
    {
        _drainCommander = Sender;
        Become(Draining);
        foreach (var child in Clients)
        {
            Context.Watch(child);
            child.Tell(ConnectionActor.Drain.Instance);
        }

        Timers.StartSingleTimer(nameof(DrainTimeout), DrainTimeout.Instance, _settings.DrainTimeout);
        UnbindWhenDrained();
    }

    private void UnbindWhenDrained()
    {
        if (!Clients.Any())
            Unbind();
    }

    private void Unbind()
    {
        Timers.CancelAll();
        Become(Unbinding);
        foreach (var socket in _sockets.Keys)
            socket.Tell(Tcp.Unbind.Instance);
        _unix.Tell(Tcp.Unbind.Instance);
        AnswerWhenUnbound();
    }

    private void AnswerWhenUnbound()
    {
        if (_sockets.Count == 0 && _unix.IsNobody())
            _drainCommander!.Tell(Done.Instance);
    }

    /// <summary>All addresses are bound; the first one is what tests on port 0 want to know.</summary>
    public sealed record Listening(
        IReadOnlyList<IPEndPoint> EndPoints, IReadOnlyList<IPEndPoint> TlsEndPoints, string? UnixSocket = null);

    /// <summary>An address could not be bound: the server cannot start.</summary>
    public sealed record BindFailed(string Address, Exception? Cause);

    /// <summary>New clients get an error from now on. Answered with <see cref="Done"/>.</summary>
    public sealed record Refuse
    {
        private Refuse()
        {
        }

        public static Refuse Instance { get; } = new();
    }

    /// <summary>
    /// Let every client have the replies to what was read, then close it. Answered with <see cref="Done"/>.
    /// </summary>
    public sealed record Drain
    {
        private Drain()
        {
        }

        public static Drain Instance { get; } = new();
    }

    private sealed record BindAgain(IPEndPoint EndPoint) : IDeadLetterSuppression;

    private sealed record BindUnix : IDeadLetterSuppression
    {
        private BindUnix()
        {
        }

        public static BindUnix Instance { get; } = new();
    }

    private sealed record DrainTimeout : IDeadLetterSuppression
    {
        private DrainTimeout()
        {
        }

        public static DrainTimeout Instance { get; } = new();
    }
}

/// <summary>Where and how the listener binds; immutable.</summary>
internal sealed record ListenerSettings
{
    public required IReadOnlyList<IPEndPoint> EndPoints { get; init; }

    /// <summary>Where clients speak TLS; bound last.</summary>
    public IReadOnlyList<IPEndPoint> TlsEndPoints { get; init; } = [];

    /// <summary>A Unix socket, bound after all addresses; null for none.</summary>
    public UnixSocketSettings? UnixSocket { get; init; }

    public required int Backlog { get; init; }

    /// <summary>
    /// Listening sockets of one address; more than one only where <see cref="SharedPort.IsSupported"/>.
    /// </summary>
    public int SocketsPerAddress { get; init; } = 1;

    public required int KeepAliveSeconds { get; init; }

    /// <summary>
    /// The dispatcher of connection actors: the one that Akka.IO's socket actors use, or one like it.
    /// </summary>
    public required string ConnectionDispatcher { get; init; }

    public required TimeSpan DrainTimeout { get; init; }
}
