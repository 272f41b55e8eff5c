using System.ComponentModel;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace RedisLite.Connections.Tls;

/// <summary>
/// A socket with TLS: stands between Akka.IO's socket actor and its parent, and speaks Akka.IO's language to both.
/// </summary>
/// <remarks>
/// <code>
///   parent (a client's connection, the link to a primary), or whoever sends to the parent's socket
///      |  Write, ResumeReading, Close, Abort          ^  Received, PeerClosed, Closed; acknowledgements come from the
/// socket
///      v                                              |
///   TlsSocketActor     SslStream over RecordStream: encrypts and decrypts inline
///      |                                              ^
///      v                                              |
///   socket actor of Akka.IO
///
///   Opening --Connected--> Handshake --ended--> Open --Close--> Closing --socket gone--> stops
///   (to a primary only)        \--failed, timeout, nonsense---------^
/// </code>
/// The handshake is computed on the pool, a step for each record that arrives (<see cref="TlsContext.RunHandshake"/>);
/// only then is the SslStream used by two threads, one after the other. Afterwards all that is there is decrypted in
/// the turn in which it arrives, so a read rarely waits inside the SslStream (a record without data, such as a new
/// key); its end comes back as a message. A child of the one who uses it: they end together.
/// </remarks>
internal sealed class TlsSocketActor : UntypedActor
{
    private const int MoreLength = 4096;
    private const string CommonNameOid = "2.5.4.3";

    private readonly TlsContext _tls;
    private readonly TlsCredentials _credentials;
    private readonly Tcp.Connect? _connect;
    private readonly IActorRef? _tcp;
    private readonly RecordStream _records;
    private readonly SslStream _ssl;
    private IActorRef _socket;
    private Tcp.Connected? _connected;
    private Queue<(Tcp.Write Write, IActorRef Sender)>? _early;
    private ICancelable? _timer;
    private State _state = State.Opening;
    private bool _isHandshaking;
    private volatile bool _isAbandoned;
    private bool _isReading;
    private bool _isWanted;
    private bool _hasEnded;
    private byte[]? _pending;
    private int _pendingFrom;
    private bool _closesAfterHandshake;

    private TlsSocketActor(
        IActorRef socket, TlsContext tls, TlsCredentials credentials, IActorRef? tcp, Tcp.Connect? connect)
    {
        _socket = socket;
        _tls = tls;
        _credentials = credentials;
        _tcp = tcp;
        _connect = connect;
        var self = Self;
        _records = new RecordStream(() => self.Tell(Waits.Instance), SendOfHandshake);
        _ssl = new SslStream(_records, leaveInnerStreamOpen: true);
    }

    private enum State
    {
        Opening,
        Handshake,
        Open,
        Closing,
    }

    /// <summary>For a connection that was accepted.</summary>
    public static Props Accepted(IActorRef socket, TlsContext tls, TlsCredentials credentials, string dispatcher) =>
        Akka.Actor.Props.CreateBy(new Producer(socket, tls, credentials, null, null)).WithDispatcher(dispatcher);

    /// <summary>For one to be made; the parent is told Connected, or why there is none.</summary>
    public static Props Connecting(
        IActorRef tcp, Tcp.Connect connect, TlsContext tls, TlsCredentials credentials, string dispatcher) =>
        Akka.Actor.Props.CreateBy(new Producer(ActorRefs.Nobody, tls, credentials, tcp, connect))
            .WithDispatcher(dispatcher);

    protected override void PreStart()
    {
        _timer = Context.System.Scheduler.ScheduleTellOnceCancelable(
            _tls.HandshakeTimeout, Self, TimedOut.Instance, Self);
        if (_connect is null)
            OnOpened();
        else
            _tcp.Tell(_connect);
    }

    // What was agreed with the other side is gone: a new instance cannot go on.
    protected override void PostRestart(Exception reason)
    {
        Context.Parent.Tell(new Tcp.ErrorClosed("TLS: an internal error"));
        Context.Stop(Self);
    }

    protected override void PostStop()
    {
        _timer?.Cancel();
        if (_state is State.Handshake or State.Open)
            _socket.Tell(Tcp.Abort.Instance);
        if (!_isHandshaking)
        {
            _ssl.Dispose();
            return;
        }

        // A thread of the pool may be in it: whoever ends the handshake disposes it.
        _isAbandoned = true;
        _records.End();
        _tls.RunHandshake(_records.Release);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Received received:
                OnReceived(received.Data);
                break;
            case Tcp.Write write:
                OnWrite(write);
                break;
            case Tcp.ResumeReading:
                _isWanted = true;
                if (_state == State.Open)
                    Pump();
                break;
            case Waits:
                OnWaits();
                break;
            case HandshakeEnded ended:
                OnHandshakeEnded(ended.Failure);
                break;
            case ReadEnded ended:
                OnReadEnded(ended);
                break;
            case TimedOut:
                if (_state is State.Opening or State.Handshake)
                    Fail("the handshake took too long");
                break;
            case Tcp.Register:
                break;
            default:
                OnSocketEvent(message);
                break;
        }
    }

    private void OnSocketEvent(object message)
    {
        switch (message)
        {
            case Tcp.Close:
                OnClose();
                break;
            case Tcp.Abort:
                _state = State.Closing;
                _socket.Tell(Tcp.Abort.Instance);
                break;
            case Tcp.Connected connected:
                _connected = connected;
                _socket = Sender;
                OnOpened();
                break;
            case Tcp.PeerClosed:
                OnPeerClosed();
                break;
            case Tcp.ConnectionClosed:
                _state = State.Closing;
                Context.Parent.Tell(message);
                Context.Stop(Self);
                break;
            case Tcp.CommandFailed failed:
                Context.Parent.Tell(failed);
                if (failed.Cmd is Tcp.Connect)
                    Context.Stop(Self);
                break;
            case Terminated:
                _state = State.Closing;
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnOpened()
    {
        _state = State.Handshake;
        Context.Watch(_socket);
        _socket.Tell(new Tcp.Register(Self, keepOpenOnPeerClosed: true, useResumeWriting: false));

        // Who is asked for a handshake speaks first: nothing is computed for one who only connects.
        if (_connect is null)
            ReadSocket();
        else
            BeginHandshake();
    }

    private void BeginHandshake()
    {
        _isHandshaking = true;
        var (self, ssl) = (Self, _ssl);
        _tls.RunHandshake(() =>
        {
            var handshake = _connect is null
                ? ssl.AuthenticateAsServerAsync(_credentials.Server, CancellationToken.None)
                : ssl.AuthenticateAsClientAsync(_credentials.Client(HostOf(_connect)), CancellationToken.None);
            handshake.ContinueWith(
                ended =>
                {
                    var failure = ended.Exception?.GetBaseException();
                    if (_isAbandoned)
                        ssl.Dispose();
                    else
                        self.Tell(new HandshakeEnded(failure));
                },
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        });
    }

    private static string HostOf(Tcp.Connect connect) => connect.RemoteAddress switch
    {
        DnsEndPoint dns => dns.Host,
        IPEndPoint ip => ip.Address.ToString(),
        _ => "",
    };

    private void OnReceived(ByteString data)
    {
        _isReading = false;
        if (_state == State.Closing)
            return;
        _records.Add(data);
        if (_records.IsNonsense)
            Fail("what it sends is no TLS");
        else if (_state == State.Open)
            Pump();
        else if (_records.Available == 0)
            ReadSocket();
        else if (!_isHandshaking)
            BeginHandshake();
        else
            _tls.RunHandshake(_records.Release);
    }

    /// <summary>A read of the SslStream's found nothing.</summary>
    private void OnWaits()
    {
        if (_state == State.Open && _pending is not null)
            Pump();
        else if (_state != State.Handshake || !_isHandshaking)
            return;
        else if (_records.Available > 0)
            _tls.RunHandshake(_records.Release);
        else
            ReadSocket();
    }

    private void OnHandshakeEnded(Exception? failure)
    {
        _isHandshaking = false;
        _timer?.Cancel();
        _timer = null;
        if (_state == State.Closing)
            return;
        if (failure is not null)
        {
            Fail(failure.Message);
            return;
        }

        _state = State.Open;
        _records.EndHandshake();
        if (_connected is null)
            Context.Parent.Tell(new Established(CommonName()));
        else
            Context.Parent.Tell(_connected);
        var early = _early;
        _early = null;
        while (early is not null && _state == State.Open && early.TryDequeue(out var next))
            Encrypt(next.Write, next.Sender);
        if (_closesAfterHandshake)
            OnClose();
        else
            Pump();
    }

    private string? CommonName()
    {
        if (!_credentials.NamesUsers || _ssl.RemoteCertificate is not { } certificate)
            return null;
        using var copy = new X509Certificate2(certificate);
        var names = copy.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(static name => !name.HasMultipleElements && name.GetSingleElementType().Value == CommonNameOid)
            .Select(static name => name.GetSingleElementValue())
            .ToList();

        // Of several, whoever issued the certificate may have meant any: it is nobody's.
        return names is [{ } only] ? only : "";
    }

    private void OnWrite(Tcp.Write write)
    {
        if (_state == State.Open)
            Encrypt(write, Sender);
        else if (_state != State.Closing)
            (_early ??= new Queue<(Tcp.Write, IActorRef)>()).Enqueue((write, Sender));
    }

    /// <summary>Its sender is the write's: acknowledgements, and failures, go straight there.</summary>
    private void Encrypt(Tcp.Write write, IActorRef sender)
    {
        try
        {
            write.Data.WriteTo(_ssl);
        }
        catch (Exception e) when (IsFailure(e))
        {
            Fail(e.Message);
            return;
        }

        _socket.Tell(Tcp.Write.Create(_records.TakeWritten(), write.Ack), sender);
    }

    /// <summary>Decrypts what is there and gives it to the parent, if it wants any; else receives more.</summary>
    private void Pump()
    {
        if (!_isWanted || _hasEnded)
            return;
        if (_pending is not null)
        {
            if (_records.Available > 0)
                _records.Release();
            else
                ReadSocket();
        }
        else if (_records.Available == 0)
        {
            ReadSocket();
        }
        else
        {
            // What comes out is shorter than what goes in.
            Decrypt(_records.Available);
        }
    }

    private void Decrypt(int length)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(length);
        var count = 0;
        bool isFull;
        do
        {
            if (count == buffer.Length)
            {
                Deliver(buffer, 0, count);
                (buffer, count) = (GC.AllocateUninitializedArray<byte>(MoreLength), 0);
            }

            ValueTask<int> read;
            try
            {
                read = _ssl.ReadAsync(buffer.AsMemory(count));
                if (!read.IsCompleted)
                {
                    Wait(read, buffer, count);
                    break;
                }

                var got = read.GetAwaiter().GetResult();
                _hasEnded = got == 0;
                isFull = got == buffer.Length - count;
                count += got;
            }
            catch (Exception e) when (IsFailure(e))
            {
                Fail(e.Message);
                return;
            }
        }
        while (!_hasEnded && (isFull || _records.Available > 0 || _records.MayHaveEnded));

        Deliver(buffer, 0, count);
        if (_hasEnded)
            Context.Parent.Tell(Tcp.PeerClosed.Instance);
        else if (count == 0)
            Pump();
    }

    private void Wait(ValueTask<int> read, byte[] buffer, int from)
    {
        (_pending, _pendingFrom) = (buffer, from);
        _ = ReportAsync(read, Self);
    }

    private static async Task ReportAsync(ValueTask<int> read, IActorRef self)
    {
        try
        {
            self.Tell(new ReadEnded(await read.ConfigureAwait(false), null));
        }
        catch (Exception e) when (IsFailure(e))
        {
            self.Tell(new ReadEnded(0, e));
        }
    }

    private void OnReadEnded(ReadEnded ended)
    {
        if (_state != State.Open || _pending is not { } buffer)
            return;
        _pending = null;
        if (ended.Failure is { } failure)
        {
            Fail(failure.Message);
            return;
        }

        _hasEnded = ended.Count == 0;
        Deliver(buffer, _pendingFrom, ended.Count);
        if (_hasEnded)
            Context.Parent.Tell(Tcp.PeerClosed.Instance);
        else if (ended.Count == buffer.Length - _pendingFrom)
            Decrypt(MoreLength); // the array was made for less: the SslStream may have more of it
        else
            Pump();
    }

    private void Deliver(byte[] buffer, int from, int count)
    {
        if (count == 0)
            return;
        _isWanted = false;
        Context.Parent.Tell(new Tcp.Received(ByteString.FromBytes(buffer, from, count)));
    }

    private void OnPeerClosed()
    {
        switch (_state)
        {
            case State.Open when !_hasEnded:
                // Nothing whole is left: the socket is read only when all of that is used up.
                _hasEnded = true;
                Context.Parent.Tell(Tcp.PeerClosed.Instance);
                break;
            case State.Handshake when _isHandshaking:
                _records.End();
                _tls.RunHandshake(_records.Release);
                break;
            case State.Handshake:
                Fail("it closed the connection");
                break;
            case State.Closing:
                // Akka.IO forgets a Close that waits for a write when the peer closes meanwhile.
                _socket.Tell(Tcp.Close.Instance);
                break;
        }
    }

    private void OnClose()
    {
        switch (_state)
        {
            case State.Handshake when _early is not null:
                _closesAfterHandshake = true;
                break;
            case State.Open:
                SendCloseNotify();
                CloseSocket();
                break;
            case State.Closing:
                break;
            default:
                CloseSocket();
                break;
        }
    }

    private void SendCloseNotify()
    {
        try
        {
            var shutdown = _ssl.ShutdownAsync();
            if (_records.TakeWritten() is { IsEmpty: false } alert)
                _socket.Tell(Tcp.Write.Create(alert));
            _ = shutdown.Exception;
        }
        catch (Exception e) when (IsFailure(e))
        {
            // The connection is closed all the same.
        }
    }

    private void CloseSocket()
    {
        _state = State.Closing;
        if (_socket.IsNobody())
            Context.Stop(Self);
        else
            _socket.Tell(Tcp.Close.Instance);
    }

    private void Fail(string reason)
    {
        if (_state == State.Closing)
            return;
        if (_connect is null)
            Context.GetLogger().Debug("TLS connection {0} ended: {1}", Context.Parent.Path.Name, reason);
        Context.Parent.Tell(new Tcp.ErrorClosed($"TLS: {reason}"));
        CloseSocket();
    }

    private static bool IsFailure(Exception e) =>
        e is IOException or AuthenticationException or InvalidOperationException or Win32Exception;

    private void ReadSocket()
    {
        if (_isReading)
            return;
        _isReading = true;
        _socket.Tell(Tcp.ResumeReading.Instance);
    }

    // On a thread of the pool.
    private void SendOfHandshake(ByteString data) => _socket.Tell(Tcp.Write.Create(data), ActorRefs.NoSender);

    /// <summary>The handshake with a client is done; comes before anything that it sends.</summary>
    /// <param name="User">The name in its certificate, if that signs clients in.</param>
    public sealed record Established(string? User) : IDeadLetterSuppression;

    private sealed record Waits : IDeadLetterSuppression
    {
        private Waits()
        {
        }

        public static Waits Instance { get; } = new();
    }

    private sealed record TimedOut : IDeadLetterSuppression
    {
        private TimedOut()
        {
        }

        public static TimedOut Instance { get; } = new();
    }

    private sealed record HandshakeEnded(Exception? Failure) : IDeadLetterSuppression;

    private sealed record ReadEnded(int Count, Exception? Failure) : IDeadLetterSuppression;

    private sealed class Producer(
        IActorRef socket, TlsContext tls, TlsCredentials credentials, IActorRef? tcp, Tcp.Connect? connect)
        : IIndirectActorProducer
    {
        public Type ActorType => typeof(TlsSocketActor);

        public ActorBase Produce() => new TlsSocketActor(socket, tls, credentials, tcp, connect);

        public void Release(ActorBase actor)
        {
        }
    }
}
