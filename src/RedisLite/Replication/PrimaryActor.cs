using System.Text;
using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;
using RedisLite.Commands.Server;
using RedisLite.Connections;
using RedisLite.Execution;

namespace RedisLite.Replication;

/// <summary>
/// The link to the primary: connects, says who it is, takes a full copy if it must, and has the stream executed.
/// </summary>
/// <remarks>
/// <code>
///   Connecting --open--> Handshaking --+CONTINUE----------------------> Streaming
///      ^                     \---------+FULLRESYNC--> Loading --adopted--^
///      |                                                 |
///   Resting &lt;--- any failure: closed, refused, silent for repl-timeout, nonsense; the data stays as it is
///      (longer each time, until the stream stands again)
/// </code>
/// The stream runs through the same executors as clients' requests, one batch at a time, and so in order; a batch's
/// bytes are in the own log when it is back. While the disk is behind, the next batch waits, and the primary's bytes
/// wait in the kernel.
/// </remarks>
internal sealed partial class PrimaryActor : UntypedActor, IWithTimers
{
    private const int LongestLine = 1024;

    private static readonly TimeSpan FirstRest = TimeSpan.FromMilliseconds(100);

    // As often as Redis tries: a primary that has only lost its own comes back at any moment.
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly ReplicationState _state;
    private readonly FollowedStream _stream;
    private readonly PrimaryAddress _address;
    private readonly ReplicationContext _context;
    private readonly CommandServices _services;
    private readonly PrimaryLink _figures;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private StreamSocket? _socket;
    private IActorRef _socketActor = ActorRefs.Nobody;
    private TimeSpan _rest = FirstRest;
    private string _lastFailure = "";
    private bool _isStopping;

    // When the primary must have answered, by the server's clock.
    private long _answerByMs;

    // Of the handshake.
    private readonly StringBuilder _line = new();
    private Handshake? _handshake;

    // Of the copy.
    private CopyReceiver? _receiver;
    private FeedStream? _feed;
    private bool _isLoading;
    private bool _isReading;

    // Of the stream.
    private StreamRun? _run;

    public PrimaryActor(
        ReplicationState state, FollowedStream stream, PrimaryAddress address, ReplicationContext context)
    {
        _state = state;
        _stream = stream;
        _address = address;
        _context = context;
        _services = context.Services;
        _figures = state.Link;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private ReplicationOptions Options => _services.Options.Replication;

    /// <param name="state">Shared with commands.</param>
    /// <param name="stream">What it follows; cut when this server follows another.</param>
    /// <param name="address">The primary's.</param>
    /// <param name="context">What it needs of the server.</param>
    public static Props Props(
        ReplicationState state, FollowedStream stream, PrimaryAddress address, ReplicationContext context) =>
        Akka.Actor.Props.Create(() => new PrimaryActor(state, stream, address, context))
            .WithDispatcher("redislite.dispatchers.io");

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, LookInterval, LookInterval);
        Connect();
    }

    protected override void PostStop()
    {
        EndSession();
        _feed?.End("the server stops");
        _socket?.Abort(Self);
    }

    protected override void OnReceive(object message) => Unhandled(message);

    protected override bool AroundReceive(Receive receive, object message)
    {
        if (StreamSocket.EventOf(message, Sender, Self) is { } translated)
        {
            // A socket that was given up may still say something.
            if (translated is not StreamSocket.Opened && !_socketActor.IsNobody() && !Sender.Equals(_socketActor))
                return true;
            message = translated;
        }

        return base.AroundReceive(receive, message);
    }

    private void Connect()
    {
        _log.Info("Connecting to the primary {0}", _address);
        _figures.State = PrimaryLinkState.Connecting;
        if (Context.GetChildren().FirstOrDefault() is { } givenUp)
            Context.Stop(givenUp);
        Become(Connecting);
        var timeout = TimeSpan.FromSeconds(Options.TimeoutSeconds);
        _answerByMs = _services.NowMs + (long)timeout.TotalMilliseconds;
        var tls = _context.Tls is { Credentials.ForReplication: true } ? _context.Tls : null;
        _socketActor = StreamSocket.Connect(_context.Tcp, Context, _address.Host, _address.Port, timeout, tls);
        Timers.StartSingleTimer(nameof(TimedOut), TimedOut.Instance, timeout);
    }

    private void Connecting(object message)
    {
        switch (message)
        {
            case StreamSocket.Opened opened:
                Open(opened);
                break;
            case TimedOut:
                Fail("it does not answer");
                break;
            case ClockAdvanced when _services.NowMs > _answerByMs:
                Fail("it does not answer");
                break;
            default:
                InAnyState(message);
                break;
        }
    }

    private void Open(StreamSocket.Opened opened)
    {
        (_socket, _socketActor) = (opened.Socket, opened.Actor);
        _figures.State = PrimaryLinkState.Handshake;
        _figures.NoteIo();
        _line.Clear();
        _stream.Rewind();
        var (id, offset) = _state.ResumePoint();
        // Whoever asks this replica where it is uses TLS as it does.
        var port = _context.Tls is { Credentials.ForReplication: true } && _services.Identity.TlsPort != 0
            ? _services.Identity.TlsPort : _services.Identity.Port;
        _handshake = new Handshake(Options, port, id, offset, _state.IsHandingOver);
        Become(Handshaking);
        _socket.Send(_handshake.Request, Self);
        _socket.Read();
    }

    private void Handshaking(object message)
    {
        switch (message)
        {
            case StreamSocket.Arrived arrived:
                NoteIo(arrived);
                TakeLines(arrived.ToArray());
                break;
            case TimedOut:
                break;
            default:
                InAnyState(message);
                break;
        }
    }

    /// <summary>Takes lines up to the answer to PSYNC; what follows that is the copy's, or the stream's.</summary>
    private void TakeLines(byte[] bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != '\n')
            {
                _line.Append((char)bytes[i]);
                if (_line.Length <= LongestLine)
                    continue;
                Fail("what it sends is no answer");
                return;
            }

            var line = _line.ToString().TrimEnd('\r');
            _line.Clear();
            if (_handshake!.Take(line) is { } refusal)
            {
                _state.FailoverActor.Tell(new FailoverActor.Answered(refusal));
                Fail(refusal);
                return;
            }

            if (_handshake.Answer is { } answer)
            {
                Sync(answer, bytes[(i + 1)..]);
                return;
            }

            if (line.Length > 0)
                _socket!.Send(_handshake.Request, Self);
        }

        _socket!.Read();
    }

    private void Sync(SyncAnswer answer, byte[] rest)
    {
        Timers.Cancel(nameof(TimedOut));
        _state.FailoverActor.Tell(new FailoverActor.Answered(null));
        if (answer.Offset is null)
        {
            _log.Info("The primary {0} goes on from offset {1}", _address, _state.Offset);
            _state.Continue(answer.Id ?? _state.History.Id);
            Stream(_state.SelectedDatabase, rest);
            return;
        }

        _log.Info("Full copy from the primary {0}: {1} at offset {2}", _address, answer.Id, answer.Offset);
        _figures.State = PrimaryLinkState.Copying;
        var self = Self;
        _receiver = new CopyReceiver();
        _feed = new FeedStream(() => self.Tell(GoOn.Instance));
        _figures.CopyLength = _figures.CopyRead = 0;
        var (loader, feed) = (new CopyLoader(_state, _stream, _services, _context.Status, _log), _feed);
        Task.Factory.StartNew(
            () => loader.Load(feed, answer, _context.VerifyChecksum), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default).PipeTo(Self, failure: e => new LoadFailed(e));
        _isLoading = true;
        Become(Loading);
        TakeCopy(rest);
    }

    private void Loading(object message)
    {
        switch (message)
        {
            case StreamSocket.Arrived arrived:
                NoteIo(arrived);
                TakeCopy(arrived.ToArray());
                break;
            case GoOn when !_receiver!.IsComplete && !_isReading:
                ReadCopy();
                break;
            case LoadedCopy { IsAdopted: true } loaded:
                _isLoading = false;
                _log.Info("The copy of {0} keys is in place", loaded.Keys);
                Stream(loaded.Database, _receiver!.Rest);
                SendAck();
                break;
            case LoadedCopy:
                // Another role, and another actor, by now.
                _isLoading = false;
                Fail("the copy is not wanted any more");
                break;
            case LoadFailed failed:
                _isLoading = false;
                Fail($"its copy cannot be loaded: {failed.Cause.GetBaseException().Message}");
                break;
            default:
                InAnyState(message);
                break;
        }
    }

    private void TakeCopy(byte[] bytes)
    {
        _isReading = false;
        if (_receiver!.Take(bytes, _feed!.Add) is { } refusal)
        {
            Fail(refusal);
            return;
        }

        _figures.CopyLength = _receiver.Length;
        _figures.CopyRead = _receiver.Received;
        if (_receiver.IsComplete)
            _feed.End(null);
        else if (!_feed.IsFull)
            ReadCopy();
    }

    private void ReadCopy()
    {
        _isReading = true;
        _socket!.Read();
    }

    private void Stream(int database, byte[] rest)
    {
        _receiver = null;
        _feed = null;
        _rest = FirstRest;
        _lastFailure = "";
        var connection = new StreamConnection(
            Self, _socket!, () => _figures.Unexecuted, Kill.Instance, GoOn.Instance);
        var session = new ClientSession(_services.Clients.NextId(), connection, _services.NowMs)
        {
            Origin = SessionOrigin.Primary,
            Stream = _stream,
            Database = database,
            ReplyMode = ReplyMode.Off,
        };
        _services.Clients.Add(session);
        _run = new StreamRun(_context, _socket!, session, Self, _stream.TakeBlanks);
        _run.Add(rest);
        _isReading = false;
        _figures.State = PrimaryLinkState.Up;
        _log.Info("The link to the primary {0} stands", _address);
        Become(Streaming);
        Next();
    }

    private void Streaming(object message)
    {
        switch (message)
        {
            case StreamSocket.Arrived arrived:
                NoteIo(arrived);
                if (_run!.Take(arrived))
                    _figures.Unexecuted = _run.Unexecuted;
                else
                    Fail(_run.Refusal!);
                break;
            case ExecutorActor.Executed:
                OnExecuted();
                break;
            case GoOn:
                Next();
                break;
            default:
                InAnyState(message);
                break;
        }
    }

    /// <summary>Goes on as far as the disk lets it.</summary>
    private void Next()
    {
        if (_run!.Next())
            _figures.Unexecuted = _run.Unexecuted;
        else
            Fail(_run.Refusal!);
    }

    private void OnExecuted()
    {
        var step = _run!.EndRun();
        if (step == StreamStep.Cut)
        {
            Fail("its stream is not followed any more");
            return;
        }

        if (step == StreamStep.Running)
            return;
        if (_figures.IsAckAsked)
        {
            _figures.IsAckAsked = false;
            SendAck();
        }

        Next();
    }

    /// <summary>
    /// The link has ended while a batch runs or a copy loads: when that is over, it begins anew, or stops.
    /// </summary>
    private void Ending(object message)
    {
        switch (message)
        {
            case ExecutorActor.Executed:
                _run?.NoteBack();
                Rest();
                break;
            case LoadedCopy or LoadFailed:
                _isLoading = false;
                Rest();
                break;
            case Stop:
                _isStopping = true;
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private void Resting(object message)
    {
        switch (message)
        {
            case TryAgain or ClockAdvanced:
                Timers.Cancel(nameof(TryAgain));
                Connect();
                break;
            case Stop:
                Context.Stop(Self);
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private void InAnyState(object message)
    {
        switch (message)
        {
            case StreamSocket.Closed closed:
                Fail(closed.Reason);
                break;
            case Kill:
                Fail("CLIENT KILL has closed the link");
                break;
            case Stop:
                _isStopping = true;
                Fail("");
                break;
            case Look or ClockAdvanced:
                OnLook();
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private void Ignore(object message)
    {
        if (message is not (
            StreamSocket.Closed or StreamSocket.Arrived or Look or ClockAdvanced or TimedOut or GoOn or Kill))
            Unhandled(message);
    }

    private void NoteIo(StreamSocket.Arrived arrived)
    {
        _figures.NoteIo();
        _state.Statistics.CountInput(arrived.Data.Count);
    }

    private void OnLook()
    {
        if (_figures.State == PrimaryLinkState.Up)
            SendAck();
        if (_figures.SecondsSinceIo > Options.TimeoutSeconds && _figures.State != PrimaryLinkState.Connecting)
            Fail("it was silent for longer than repl-timeout");
    }

    /// <summary>A primary of Redis 7.0 takes no notice of what is on the disk here; later ones, and ours, do.</summary>
    private void SendAck()
    {
        var offset = Text(_state.Offset);
        _socket!.Send(
            _services.Persistence.AofEnabled
                ? Handshake.Encode(
                    "REPLCONF", "ACK", offset, "FACK",
                    Text(_state.History.OffsetOf(_services.Persistence.SyncedPosition)))
                : Handshake.Encode("REPLCONF", "ACK", offset),
            Self);
    }

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private void Fail(string reason)
    {
        // The same failure is told once, and not with every try.
        if (!_isStopping && reason != _lastFailure)
            _log.Warning("The link to the primary {0} is down: {1}", _address, reason);
        _lastFailure = reason;
        _figures.State = PrimaryLinkState.Down;
        _socket?.Abort(Self);
        _socket = null;
        _feed?.End(reason);
        Timers.Cancel(nameof(TimedOut));
        if (_run is { IsExecuting: true } || _isLoading)
            Become(Ending);
        else
            Rest();
    }

    private void Rest()
    {
        EndSession();
        if (_isStopping)
        {
            Context.Stop(Self);
            return;
        }

        Become(Resting);
        Timers.StartSingleTimer(nameof(TryAgain), TryAgain.Instance, _rest);
        _rest = _rest * 2 < LongestRest ? _rest * 2 : LongestRest;
    }

    private void EndSession()
    {
        if (_run is null)
            return;
        _services.Clients.Remove(_run.Session);
        _run.Session.Extensions.Dispose();
        _figures.Unexecuted = 0;

        // An executor may still have the batch when the whole server stops.
        if (!_run.IsExecuting)
            _stream.Rewind();
        _run.Dispose();
        _run = null;
    }
}
