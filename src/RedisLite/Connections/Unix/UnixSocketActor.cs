using System.Buffers;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using RedisLite.Connections.Buffers;

namespace RedisLite.Connections.Unix;

/// <summary>
/// A client's Unix socket: does what Akka.IO's socket actor does for TCP, and speaks its language, so that connections
/// do not know the difference.
/// </summary>
/// <remarks>
/// <code>
///   connection
///      |  ResumeReading, Write, Close, Abort      ^  Received, PeerClosed, Closed, acknowledgements
///      v                                          |
///   UnixSocketActor    one receive, one send under way at most; their ends come back as messages, from .NET's event
///                      loops
///
///   Open --end of file, kept open--> Open, nothing more is read
///   Open --Close--> Flushing --all is sent--> stops
///   any  --Abort, failure, the connection has ended--> stops
/// </code>
/// Each piece is read when it is asked for (Akka.IO's pull mode). What is sent belongs to the socket until it is
/// acknowledged, and is not copied. The receive buffer is held for the socket's life, as Akka.IO's is.
/// </remarks>
internal sealed class UnixSocketActor : UntypedActor
{
    private readonly Socket _socket;
    private readonly SocketAsyncEventArgs _receive = new();
    private readonly SocketAsyncEventArgs _send = new();
    private readonly byte[] _buffer;
    private readonly Queue<(Tcp.Write Write, IActorRef Sender)> _writes = new(0);
    private IActorRef _handler = ActorRefs.Nobody;
    private bool _keepsOpen;
    private bool _isReading;
    private bool _isSending;
    private bool _hasEnded;
    private bool _isFlushing;

    private UnixSocketActor(Socket socket, int bufferSize)
    {
        _socket = socket;
        ReceiveBufferPool.Prime(bufferSize);
        _buffer = ArrayPool<byte>.Shared.Rent(bufferSize);
        _receive.SetBuffer(_buffer);
        var self = Self;
        _receive.Completed += (_, _) => self.Tell(Received.Instance);
        _send.Completed += (_, _) => self.Tell(Sent.Instance);
    }

    /// <param name="socket">Connected; belongs to the actor from here on.</param>
    /// <param name="bufferSize">Bytes that one read takes at most.</param>
    /// <param name="dispatcher">That of connections.</param>
    public static Props Props(Socket socket, int bufferSize, string dispatcher) =>
        Akka.Actor.Props.CreateBy(new Producer(socket, bufferSize)).WithDispatcher(dispatcher);

    // A socket whose state is lost cannot go on.
    protected override void PostRestart(Exception reason) => Context.Stop(Self);

    protected override void PostStop()
    {
        _socket.Dispose();

        // What the system still reads into, or sends from, stays with it.
        if (!_isReading)
        {
            _receive.Dispose();
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        if (!_isSending)
            _send.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Received:
                _isReading = false;
                OnReceived();
                break;
            case Sent:
                OnSent();
                break;
            case Tcp.Write write:
                _writes.Enqueue((write, Sender));
                SendNext();
                break;
            case Tcp.ResumeReading:
                Read();
                break;
            case Tcp.Close:
                _isFlushing = true;
                if (_writes.Count == 0)
                    End(Tcp.Closed.Instance);
                break;
            case Tcp.Abort:
                End(Tcp.Aborted.Instance);
                break;
            case Tcp.Register register:
                _handler = register.Handler;
                _keepsOpen = register.KeepOpenOnPeerClosed;
                Context.Watch(_handler);
                break;
            case Terminated:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Read()
    {
        if (_isReading || _hasEnded)
            return;
        _isReading = true;
        if (_socket.ReceiveAsync(_receive))
            return;
        _isReading = false;
        OnReceived();
    }

    private void OnReceived()
    {
        if (_receive.SocketError != SocketError.Success)
        {
            End(new Tcp.ErrorClosed(Reason(_receive.SocketError)));
            return;
        }

        if (_receive.BytesTransferred > 0)
        {
            _handler.Tell(new Tcp.Received(ByteString.CopyFrom(_buffer, 0, _receive.BytesTransferred)));
            return;
        }

        _hasEnded = true;
        if (_keepsOpen)
            _handler.Tell(Tcp.PeerClosed.Instance);
        else
            End(Tcp.PeerClosed.Instance);
    }

    private void SendNext()
    {
        while (!_isSending && _writes.TryPeek(out var next))
        {
            SetData(next.Write.Data);
            _isSending = true;
            if (_socket.SendAsync(_send))
                return;
            if (!TryEndSend())
                return;
        }

        if (_isFlushing && _writes.Count == 0)
            End(Tcp.Closed.Instance);
    }

    private void OnSent()
    {
        if (TryEndSend())
            SendNext();
    }

    private bool TryEndSend()
    {
        _isSending = false;
        if (_send.SocketError != SocketError.Success)
        {
            End(new Tcp.ErrorClosed(Reason(_send.SocketError)));
            return false;
        }

        var (write, sender) = _writes.Dequeue();
        if (write.WantsAck)
            sender.Tell(write.Ack);
        return true;
    }

    private void SetData(ByteString data)
    {
        var pieces = new Pieces();
        data.WriteTo(pieces);
        if (pieces.Items is [var only])
        {
            _send.BufferList = null;
            _send.SetBuffer(only.Array, only.Offset, only.Count);
            return;
        }

        _send.SetBuffer(null, 0, 0);
        _send.BufferList = pieces.Items;
    }

    private void End(Tcp.ConnectionClosed why)
    {
        _hasEnded = true;
        _handler.Tell(why);
        Context.Stop(Self);
    }

    private static string Reason(SocketError error) => new SocketException((int)error).Message;

    /// <summary>The receive has ended.</summary>
    private sealed record Received : IDeadLetterSuppression
    {
        private Received()
        {
        }

        public static Received Instance { get; } = new();
    }

    /// <summary>The send has ended.</summary>
    private sealed record Sent : IDeadLetterSuppression
    {
        private Sent()
        {
        }

        public static Sent Instance { get; } = new();
    }

    /// <summary>Takes the arrays that a ByteString consists of, which it gives to nobody but a stream.</summary>
    private sealed class Pieces : Stream
    {
        public List<ArraySegment<byte>> Items { get; } = new(1);

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) =>
            Items.Add(new ArraySegment<byte>(buffer, offset, count));

        public override void Write(ReadOnlySpan<byte> buffer) => Items.Add(buffer.ToArray());

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }

    private sealed class Producer(Socket socket, int bufferSize) : IIndirectActorProducer
    {
        public Type ActorType => typeof(UnixSocketActor);

        public ActorBase Produce() => new UnixSocketActor(socket, bufferSize);

        public void Release(ActorBase actor)
        {
        }
    }
}
