using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;
using RedisLite.Commands.Server;
using RedisLite.Connections;
using RedisLite.Log;

namespace RedisLite.Replication;

/// <summary>Sends one replica what it lacks: a full copy if it must be, and the log from there on.</summary>
/// <remarks>
/// <code>
///   Waiting --CopyBegins--> Copying --CopyEnds--> Streaming          a copy with its length
///      |                           \-------------> Acknowledging --ACK--> Streaming     one with an end mark
///      +--Continue-------------------------------> Streaming
///   any --Drop, connection gone--> stops
/// </code>
/// While a write is under way, little more is begun: what is appended meanwhile goes out with the next, so that a
/// primary under load makes few large writes, and one without has each at once.
/// After an end mark a replica of Redis takes nothing until it has looked at its copy: its first acknowledgement says
/// so. What has been given to the socket and not taken is bounded; what waits beyond is the log's, and
/// <c>client-output-buffer-limit</c> ends a replica that leaves too much of it. The requests of the replica (REPLCONF
/// ACK) go the way of all requests.
/// </remarks>
internal sealed class LinkActor : UntypedActor
{
    // Given to the socket at once, and at most.
    private const int PieceSize = 256 * 1024;
    private const int Window = 1024 * 1024;

    private static readonly byte[] KeepAliveByte = "\n"u8.ToArray();

    private readonly ReplicaLink _link;
    private readonly StreamSocket _socket;
    private readonly IActorRef _connection;
    private readonly RuntimeOptions _options;
    private readonly ReplicationStatistics _statistics;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private CopyShare? _share;
    private LogReader? _reader;
    private bool _hasEndMark;
    private int _secondsBehind;
    private readonly Queue<LogLease> _leases = new();
    private int _inFlight;

    public LinkActor(ReplicaLink link, StreamSocket socket, IActorRef connection, CommandServices services)
    {
        (_options, _statistics) = (services.Options, services.Statistics.Replication);
        _link = link;
        _socket = socket;
        _connection = connection;
    }

    /// <param name="link">The replica.</param>
    /// <param name="socket">Its connection's.</param>
    /// <param name="connection">The connection's actor: its end is the link's.</param>
    /// <param name="services">For the limits on what waits for it, and to count what is sent.</param>
    public static Props Props(ReplicaLink link, StreamSocket socket, IActorRef connection, CommandServices services) =>
        Akka.Actor.Props.Create(() => new LinkActor(link, socket, connection, services)).WithDispatcher(
            "redislite.dispatchers.io");

    protected override void PreStart()
    {
        Context.Watch(_connection);
        Become(Waiting);
    }

    protected override void PostStop()
    {
        _link.Peer.Acked = null;
        _share?.Dispose();
        _reader?.Dispose();

        // The socket may still send from their memory.
        foreach (var lease in _leases)
            lease.Abandon();
    }

    protected override void OnReceive(object message) => Unhandled(message);

    private void Waiting(object message)
    {
        switch (message)
        {
            case Look:
                _socket.Send(KeepAliveByte, Self);
                break;
            case CopyBegins begins:
                Begin(begins);
                break;
            case Continue go:
                _reader = go.Reader;
                _socket.Send(go.Greeting, Self);
                Stream();
                break;
            default:
                InAnyState(message);
                break;
        }
    }

    private void Copying(object message)
    {
        switch (message)
        {
            case SendPiece { Piece: var piece }:
                _statistics.CountOutput(piece.Length);
                _socket.Send(piece.Bytes, new Sent(piece), Self);
                break;
            case Sent sent:
                _share?.NoteSent(sent.Piece);
                break;
            case CopyEnds when _link.Peer.WantsCopyOnly:
                _log.Info("Replica {0} has its copy and wants no more", _link.Name);
                _link.Session.Connection.Close(afterReplies: true);
                break;
            case CopyEnds when _hasEndMark:
                var self = Self;
                _link.Peer.Acked = () => self.Tell(Acknowledged.Instance);
                Become(Acknowledging);
                break;
            case CopyEnds:
                _log.Info("Synchronization with replica {0} succeeded", _link.Name);
                Stream();
                break;
            default:
                InAnyState(message);
                break;
        }
    }

    private void Acknowledging(object message)
    {
        switch (message)
        {
            case Acknowledged:
                _link.Peer.Acked = null;
                _log.Info("Synchronization with replica {0} succeeded", _link.Name);
                Stream();
                break;
            case Sent sent:
                _share?.NoteSent(sent.Piece);
                break;
            default:
                InAnyState(message);
                break;
        }
    }

    private void Streaming(object message)
    {
        switch (message)
        {
            case Wake when _inFlight == 0 || _reader!.Lag >= PieceSize:
                Pump();
                break;
            case LeaseSent sent:
                _inFlight -= sent.Length;
                _leases.Dequeue().Dispose();
                Pump();
                break;
            case Sent sent:
                _share?.NoteSent(sent.Piece);
                break;
            default:
                InAnyState(message);
                break;
        }
    }

    private void InAnyState(object message)
    {
        switch (message)
        {
            case Terminated:
                _log.Info("Connection with replica {0} lost", _link.Name);
                Context.Stop(Self);
                break;
            case Drop drop:
                _log.Info("Connection with replica {0} is closed: {1}", _link.Name, drop.Reason);
                _link.Session.Connection.Close(afterReplies: false);
                Context.Unwatch(_connection);
                Context.Stop(Self);
                break;
            case Look:
                CheckLag();
                break;
            case Wake or Acknowledged or Continue:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Begin(CopyBegins begins)
    {
        _share = begins.Share;
        _reader = begins.Share.TakeReader();
        _hasEndMark = begins.HasEndMark;
        _link.Peer.State = ReplicaPeerState.ReceivingCopy;
        if (_link.Session.Sync is { IsPsync: true })
            _socket.Send(begins.Greeting, Self);
        Become(Copying);
    }

    private void Stream()
    {
        var self = Self;
        _reader!.Wake = () => self.Tell(Wake.Instance);
        _link.Peer.State = ReplicaPeerState.Online;
        Become(Streaming);
        Pump();
    }

    /// <summary>Sends what is there, as far as the replica takes it.</summary>
    private void Pump()
    {
        var reader = _reader!;
        while (_inFlight < Window && (_inFlight == 0 || reader.Lag >= PieceSize))
        {
            if (reader.Take(reader.Position + PieceSize) is not { } lease)
            {
                if (reader.IsOverrun)
                    Self.Tell(new Drop("it is behind by more than client-output-buffer-limit allows"));
                return;
            }

            var length = (int)(lease.End - lease.Start);
            _inFlight += length;
            _statistics.CountOutput(length);
            _leases.Enqueue(lease);
            reader.Advance(lease.End);
            _socket.Send(lease.Slices, new LeaseSent(length), Self);
        }
    }

    /// <summary>client-output-buffer-limit replica; never below the backlog, which is kept anyway.</summary>
    private void CheckLag()
    {
        var limit = _options.OutputBufferLimit(ClientClass.Replica);
        var lag = _reader?.Lag ?? 0;
        var backlog = _options.Replication.BacklogSize;
        _secondsBehind = limit.SoftBytes > 0 && lag > Math.Max(limit.SoftBytes, backlog) ? _secondsBehind + 1 : 0;
        var isOverHard = limit.HardBytes > 0 && lag > Math.Max(limit.HardBytes, backlog);
        if (isOverHard || _secondsBehind > limit.SoftSeconds)
            Self.Tell(new Drop("it is behind by more than client-output-buffer-limit allows"));
    }

    /// <summary>The bytes from where the replica was are there.</summary>
    public sealed record Continue(LogReader Reader, byte[] Greeting);

    /// <summary>A copy follows, piece by piece.</summary>
    public sealed record CopyBegins(CopyShare Share, byte[] Greeting, bool HasEndMark);

    /// <summary>A piece of the copy.</summary>
    public sealed record SendPiece(CopyPiece Piece);

    /// <summary>The copy is complete.</summary>
    public sealed record CopyEnds
    {
        private CopyEnds()
        {
        }

        public static CopyEnds Instance { get; } = new();
    }

    /// <summary>Close the connection.</summary>
    public sealed record Drop(string Reason) : IDeadLetterSuppression;

    /// <summary>
    /// Once a second: a replica that waits must not take this server for dead, nor be too far behind for long.
    /// </summary>
    public sealed record Look : IDeadLetterSuppression
    {
        private Look()
        {
        }

        public static Look Instance { get; } = new();
    }

    private sealed record Wake : IDeadLetterSuppression
    {
        private Wake()
        {
        }

        public static Wake Instance { get; } = new();
    }

    private sealed record Acknowledged : IDeadLetterSuppression
    {
        private Acknowledged()
        {
        }

        public static Acknowledged Instance { get; } = new();
    }

    private sealed class Sent(CopyPiece piece) : StreamSocket.Written, IDeadLetterSuppression
    {
        public CopyPiece Piece { get; } = piece;
    }

    private sealed class LeaseSent(int length) : StreamSocket.Written, IDeadLetterSuppression
    {
        public int Length { get; } = length;
    }
}
