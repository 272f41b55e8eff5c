using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace RedisLite.Connections.Unix;

/// <summary>Listens on a Unix socket, and is the parent of the sockets that it accepts.</summary>
/// <remarks>
/// Says what Akka.IO's listener says: its parent gets Connected for each client, from the actor of the client's socket.
/// The file is made when it binds, gets its mode before anybody can connect, and is gone when the actor ends.
/// </remarks>
internal sealed class UnixListenerActor : UntypedActor, IWithTimers
{
    // Others have their turn in between.
    private const int AcceptsAtOnce = 64;

    // With no descriptor left nobody can be accepted, however often it is tried.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly UnixSocketSettings _settings;
    private readonly int _backlog;
    private readonly int _bufferSize;
    private readonly string _dispatcher;
    private readonly SocketAsyncEventArgs _accept = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private UnixDomainSocketEndPoint? _endPoint;
    private Socket? _socket;
    private bool _isAccepting;

    public UnixListenerActor(UnixSocketSettings settings, int backlog, int bufferSize, string dispatcher)
    {
        _settings = settings;
        _backlog = backlog;
        _bufferSize = bufferSize;
        _dispatcher = dispatcher;
        var self = Self;
        _accept.Completed += (_, _) => self.Tell(Accepted.Instance);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="settings">Where.</param>
    /// <param name="backlog">Connections that the kernel holds until they are accepted.</param>
    /// <param name="bufferSize">Of each client's socket.</param>
    /// <param name="dispatcher">Of each client's socket.</param>
    public static Props Props(UnixSocketSettings settings, int backlog, int bufferSize, string dispatcher) =>
        Akka.Actor.Props.Create(() => new UnixListenerActor(settings, backlog, bufferSize, dispatcher));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart()
    {
        try
        {
            _endPoint = UnixSocketFile.EndPoint(_settings.Path);
            _socket = UnixSocketFile.Bind(_endPoint, _settings);
            _socket.Listen(_backlog);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException
            or PlatformNotSupportedException)
        {
            Context.Parent.Tell(new BindFailed(_settings.Path, e));
            Context.Stop(Self);
            return;
        }

        Context.Parent.Tell(Bound.Instance);
        AcceptAll();
    }

    // It is made anew by its parent.
    protected override void PostRestart(Exception reason) => Context.Stop(Self);

    protected override void PostStop()
    {
        _socket?.Dispose();
        if (_socket is not null)
            UnixSocketFile.Delete(_settings.Path);
        if (!_isAccepting)
            _accept.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Accepted:
                _isAccepting = false;
                if (OnAccepted())
                    AcceptAll();
                break;
            case AcceptAgain:
                AcceptAll();
                break;
            case Tcp.Unbind:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void AcceptAll()
    {
        for (var i = 0; i < AcceptsAtOnce; i++)
        {
            if (_isAccepting)
                return;
            _accept.AcceptSocket = null;
            _isAccepting = true;
            if (_socket!.AcceptAsync(_accept))
                return;
            _isAccepting = false;
            if (!OnAccepted())
                return;
        }

        Self.Tell(AcceptAgain.Instance);
    }

    private bool OnAccepted()
    {
        if (_accept.SocketError != SocketError.Success || _accept.AcceptSocket is not { } client)
        {
            _log.Warning("Accepting a client on {0}: {1}", _settings.Path, _accept.SocketError);
            Timers.StartSingleTimer(nameof(AcceptAgain), AcceptAgain.Instance, Pause);
            return false;
        }

        var actor = Context.ActorOf(UnixSocketActor.Props(client, _bufferSize, _dispatcher));
        Context.Parent.Tell(new Tcp.Connected(_endPoint!, _endPoint!), actor);
        return true;
    }

    /// <summary>It listens.</summary>
    public sealed record Bound
    {
        private Bound()
        {
        }

        public static Bound Instance { get; } = new();
    }

    /// <summary>It cannot listen, and has ended.</summary>
    public sealed record BindFailed(string Path, Exception Cause);

    private sealed record Accepted : IDeadLetterSuppression
    {
        private Accepted()
        {
        }

        public static Accepted Instance { get; } = new();
    }

    private sealed record AcceptAgain : IDeadLetterSuppression
    {
        private AcceptAgain()
        {
        }

        public static AcceptAgain Instance { get; } = new();
    }
}

/// <summary>Where a server listens beside its TCP ports; immutable.</summary>
/// <param name="Path">The file, with its full path.</param>
/// <param name="ShownPath">As it was given, and as clients are shown.</param>
/// <param name="Mode">Who may connect; null for what the process's mask leaves.</param>
internal sealed record UnixSocketSettings(string Path, string ShownPath, UnixFileMode? Mode);
