using Akka.Actor;
using Akka.IO;
using RedisLite.Connections.Tls;

namespace RedisLite.Connections;

/// <summary>Tells a client that it cannot be served, with one error line, and closes.</summary>
internal sealed class RefusedConnectionActor : UntypedActor
{
    private readonly IActorRef _socket;
    private readonly string _error;

    public RefusedConnectionActor(IActorRef socket, string error, TlsContext? tls, TlsCredentials? credentials)
    {
        _socket = credentials is null ? socket
            : Context.ActorOf(TlsSocketActor.Accepted(socket, tls!, credentials, Context.Props.Dispatcher), "tls");
        _error = error;
    }

    /// <param name="socket">Akka.IO's connection actor.</param>
    /// <param name="error">The reply without its leading '-'; empty for none.</param>
    /// <param name="tls">Of a connection to the TLS port.</param>
    /// <param name="credentials">As <paramref name="tls"/>.</param>
    public static Props Props(
        IActorRef socket, string error, TlsContext? tls = null, TlsCredentials? credentials = null) =>
        Akka.Actor.Props.Create(() => new RefusedConnectionActor(socket, error, tls, credentials));

    protected override void PreStart()
    {
        Context.Watch(_socket);
        _socket.Tell(new Tcp.Register(Self));

        // What it has sent already is read: closing a socket with unread bytes would take the error back.
        _socket.Tell(Tcp.ResumeReading.Instance);
        if (_error.Length > 0)
            _socket.Tell(Tcp.Write.Create(ByteString.FromString($"-{_error}\r\n")));
        _socket.Tell(Tcp.Close.Instance);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Received or TlsSocketActor.Established:
                // Whatever it asks, it has had its answer.
                break;
            case Tcp.ConnectionClosed or Terminated or Tcp.CommandFailed:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
