using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Connections.Tls;

namespace RedisLite.Connections;

/// <content>Its states, and what others tell it; the rest comes from Akka.IO and the executors.</content>
internal sealed partial class ConnectionActor
{
    /// <summary>Answer what was read, then close: the server is stopping.</summary>
    public sealed record Drain : IDeadLetterSuppression
    {
        private Drain()
        {
        }

        public static Drain Instance { get; } = new();
    }

    /// <summary>Close this connection; CLIENT KILL, timeouts.</summary>
    public sealed record Close(bool RepliesFirst) : IDeadLetterSuppression
    {
        public static Close AtOnce { get; } = new(RepliesFirst: false);

        public static Close AfterReplies { get; } = new(RepliesFirst: true);
    }

    /// <summary>Send a message between replies. The memory belongs to the connection from here on.</summary>
    public sealed record Push(ReadOnlyMemory<byte> Message) : IDeadLetterSuppression;

    /// <summary>The time of a parked command is over.</summary>
    public sealed record WaitTimedOut(ParkedCommand Parked) : IDeadLetterSuppression;

    /// <summary>The wait of a parked command has ended.</summary>
    public sealed record Resume(ParkedCommand Parked) : IDeadLetterSuppression;

    private enum State
    {
        Waiting,
        Executing,
        Flushing,
        Parked,
        Ended,
        Abandoned,
        Served,
    }

    private enum Intake
    {
        Open,

        /// <summary>The client has sent its last byte; it still gets its replies.</summary>
        PeerClosed,

        /// <summary>The server is stopping: what was read is answered, nothing more is read.</summary>
        Draining,
    }

    /// <summary>
    /// Calls the constructor; Props of an expression calls it by reflection, which takes longer than all it does.
    /// </summary>
    private sealed class Producer(
        long id, IActorRef socket, string remoteAddress, string localAddress, ConnectionContext context,
        TlsCredentials? tls, bool isUnix)
        : IIndirectActorProducer
    {
        public Type ActorType => typeof(ConnectionActor);

        public ActorBase Produce() => new ConnectionActor(
            id, socket, remoteAddress, localAddress, context, tls, isUnix);

        public void Release(ActorBase actor)
        {
        }
    }
}
