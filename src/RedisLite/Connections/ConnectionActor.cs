using Akka.Actor;
using Akka.Event;
using Akka.IO;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Connections.Tls;
using RedisLite.Execution;

namespace RedisLite.Connections;

/// <summary>Owns one client's connection: parses what arrives, has it executed, sends the replies in order.</summary>
/// <remarks>
/// One batch is in flight at a time, so order holds whatever the routers do; what arrives meanwhile waits in the kernel
/// and makes the next batch, so load itself makes batches larger.
/// <code>
///              whole requests parsed             Executed: Completed, input left
///   Waiting  --------------------->  Executing  ---------------------> Executing
///      ^                              |  |  |
///      |   Completed, nothing left    |  |  | ReplyFull, or too much unsent
///      +------------------------------+  |  +---------> Flushing --Taken------> Executing or Waiting
///      |                                 | Parked
///      |                                 +------------> Parked --Resume, time over--> Executing or Waiting
///   any --Close, protocol error, drained--> Ended --socket gone--> stops
///   Executing --socket gone--> Abandoned --Executed--> stops: the executor still has the batch
///   Parked    --socket gone--> Served    --Resume----> stops: another client's executor runs the command just then
/// </code>
/// While large replies are taken piece by piece (<see cref="ConnectionOutput.HasRest"/>) it is Flushing as well,
/// whatever follows. The states are an enum and not Become: they change twice per request, and Become allocates each
/// time. What an idle client holds counts (there may be many thousands), so buffers go back to their pools with the
/// last reply, and there is no logger and no timer scheduler before one is needed.
/// </remarks>
internal sealed partial class ConnectionActor : UntypedActor
{
    // What Akka's scheduler takes; a wait that is longer than that has no end.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(int.MaxValue);

    private static readonly TimeSpan ReleaseInterval = TimeSpan.FromMilliseconds(5);

    private readonly IActorRef _socket;
    private readonly ConnectionContext _context;
    private readonly ConnectionHandle _handle;
    private readonly ClientSession _session;
    private readonly ConnectionInput _input;
    private readonly CommandBatch _batch;
    private readonly ConnectionOutput _output;
    private readonly ExecutorActor.Execute _execute;

    private State _state = State.Waiting;
    private Intake _intake = Intake.Open;
    private bool _isReading;
    private int _lastReceived;
    private long _heldSinceMs;
    private BatchOutcome _outcome;
    private bool _closeAtOnce;
    private bool _isLinked;
    private ICancelable? _timer;

    public ConnectionActor(long id, IActorRef socket, string remoteAddress, string localAddress,
        ConnectionContext context, TlsCredentials? tls, bool isUnix)
    {
        _socket = tls is null ? socket
            : Context.ActorOf(TlsSocketActor.Accepted(socket, context.Tls!, tls, Context.Props.Dispatcher), "tls");
        _context = context;
        var services = context.Services;
        _handle = new ConnectionHandle(Self, _socket, remoteAddress, localAddress) { IsUnixSocket = isUnix };
        _session = new ClientSession(id, _handle, services.NowMs)
        {
            InlineRepliesAreResp = context.InlineRepliesAreResp,
            User = services.Access.Users.Default,
            IsAuthenticated = services.Access.Users.Default.IsOpen,
        };
        _input = new ConnectionInput(_handle, context);
        _batch = new CommandBatch(_session, services);
        _output = new ConnectionOutput(_socket, _handle);
        _execute = new ExecutorActor.Execute(_batch);
    }

    /// <param name="id">The client id.</param>
    /// <param name="socket">Akka.IO's connection actor.</param>
    /// <param name="remoteAddress">As "address:port".</param>
    /// <param name="localAddress">As "address:port".</param>
    /// <param name="context">Shared by all connections of the server.</param>
    /// <param name="tls">Of a connection to the TLS port.</param>
    /// <param name="isUnix">Whether the socket is a Unix socket; the addresses are its path and ":0".</param>
    public static Props Props(
        long id, IActorRef socket, string remoteAddress, string localAddress, ConnectionContext context,
        TlsCredentials? tls = null, bool isUnix = false) =>
        Akka.Actor.Props.CreateBy(new Producer(id, socket, remoteAddress, localAddress, context, tls, isUnix));

    protected override void PreStart()
    {
        _context.Services.Clients.Add(_session);
        Context.Watch(_socket);
        _socket.Tell(new Tcp.Register(Self, keepOpenOnPeerClosed: true, useResumeWriting: false));
        Read();
    }

    protected override void PostStop()
    {
        _handle.IsClosing = true;
        _session.Watched?.Clear();
        _session.Extensions.Dispose();
        _context.Services.Clients.Remove(_session);
        _timer?.Cancel();
        _batch.Abandon();
        _session.Transaction = null;
        _output.Dispose();
        _input.Dispose();
        _batch.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Received received:
                OnReceived(received.Data);
                break;
            case ExecutorActor.Executed executed:
                OnExecuted(executed);
                break;
            case ConnectionOutput.Taken taken:
                OnTaken(taken);
                break;
            case Push push:
                OnPush(push.Message);
                break;
            case Resume resume:
                OnResume(resume.Parked);
                break;
            case WaitTimedOut timedOut:
                OnTimedOut(timedOut.Parked);
                break;
            case TlsSocketActor.Established established:
                OnEstablished(established.User);
                break;
            case Tcp.PeerClosed:
                EndIntake(Intake.PeerClosed);
                break;
            case Drain:
                EndIntake(Intake.Draining);
                break;
            case Close close:
                OnClose(close);
                break;
            case Tcp.ConnectionClosed or Terminated:
                End();
                break;
            case Tcp.CommandFailed { Cmd: Tcp.WriteCommand }:
                // Our own limit on unsent bytes is lower than Akka's, so this is a connection that is closing.
                End();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>A certificate's name is as good as a password; a name that is nobody's gets nothing.</summary>
    private void OnEstablished(string? user)
    {
        if (user is null || _context.SignIn(_session, user))
            return;
        Context.GetLogger().Warning(
            "Closing client {0}: its certificate is for '{1}', who is no user", _handle.RemoteAddress, user);
        CloseSocket();
    }

    private void OnReceived(ByteString data)
    {
        _isReading = false;
        _lastReceived = data.Count;
        if (IsOver)
            return;
        _input.Add(data);
        if (_state == State.Waiting)
            NextBatch();
        else if (_state == State.Parked && _input.Length <= _context.InputHighWater)
            Read();
    }

    /// <summary>Parses what is there and sends it to be executed; else goes back to waiting.</summary>
    private void NextBatch()
    {
        if (_input.TryParse(_batch))
            Dispatch();
        else
            WaitForMore();
    }

    private void WaitForMore()
    {
        _state = State.Waiting;
        if (_intake != Intake.Open)
        {
            // What is left is a request cut short; its rest will not come.
            CloseSocket();
            return;
        }

        if (_input.Length > _context.Services.Options.ClientQueryBufferLimit)
        {
            Context.GetLogger().Warning(
                "Closing client {0}: its query buffer of {1} bytes is over client-query-buffer-limit",
                _handle.RemoteAddress, _input.Length);
            CloseSocket();
            return;
        }

        Read();
    }

    private void Dispatch()
    {
        _state = State.Executing;
        var router = _batch.NeedsPool || !_context.UseFastPath ? _context.Pool : _context.Fast;
        router.Tell(_execute, Self);
    }

    private void OnExecuted(ExecutorActor.Executed executed)
    {
        if (_state == State.Abandoned)
        {
            Context.Stop(Self);
            return;
        }

        if ((_batch.HasWritten || _session.AskedCluster is not null) && !MayRelease(executed))
            return;
        _session.AwaitsDisk = false;
        if (executed.Failure != RunFailure.None)
            _batch.Parked?.TryEnd(ParkedEnd.Gone);
        if (executed.Failure == RunFailure.Unowned)
        {
            // Nobody can tell whether the successor has what was written. An error would say that it has not, and
            // clients would write it again.
            _batch.Reply.Clear();
            CloseSocket();
            return;
        }

        if (executed.Failure != RunFailure.None)
        {
            _batch.Reply.Clear();
            _batch.Reply.Error(ErrorOf(executed.Failure));
        }

        _output.SendReplies(_batch.Reply);
        if (_session.Sync is not null && !_isLinked)
            Link();
        _outcome = executed.Outcome;
        if (_output.HasRest)
            _state = State.Flushing;
        else
            EndRun();
    }

    private ReadOnlySpan<byte> ErrorOf(RunFailure failure) => failure switch
    {
        RunFailure.Fault => Commands.Errors.Internal,
        _ => _context.Services.Persistence.WriteRefusal ?? Commands.Errors.Undurable,
    };

    /// <summary>
    /// In a cluster: whether what was asked of it is answered, and what was written may be acknowledged. Asked as late
    /// as possible: a node that was stopped since the write ran may have a successor by now who knows nothing of it.
    /// </summary>
    private bool MayRelease(ExecutorActor.Executed executed)
    {
        if (executed.Failure == RunFailure.None && _context.Services.Cluster is { } cluster)
        {
            if (_session.AskedCluster is { IsAnswered: false })
            {
                Hold(executed);
                return false;
            }

            var now = Environment.TickCount64;
            if (_heldSinceMs == 0)
                _heldSinceMs = now;
            switch (_batch.HasWritten
                ? cluster.JudgeRelease(_batch.WrittenSlot, _batch.LogPosition, now - _heldSinceMs)
                : ReleaseVerdict.Release)
            {
                case ReleaseVerdict.Wait:
                    Hold(executed);
                    return false;
                case ReleaseVerdict.Refuse:
                    _batch.ForgetWrites();
                    OnExecuted(ExecutorActor.Executed.Unowned);
                    return false;
            }
        }

        if (executed.Failure == RunFailure.None)
            _session.AskedCluster?.Correct(_batch.Reply);
        _session.AskedCluster = null;
        _heldSinceMs = 0;
        _batch.ForgetWrites();
        return true;
    }

    private void Hold(ExecutorActor.Executed executed) => _timer = Context.System.Scheduler.ScheduleTellOnceCancelable(
        ReleaseInterval, Self, executed, Self);

    /// <summary>All replies of a run are on their way.</summary>
    private void EndRun()
    {
        var outcome = _outcome;
        _outcome = BatchOutcome.Completed;
        switch (outcome)
        {
            case BatchOutcome.Close:
                CloseSocket();
                break;
            case BatchOutcome.Parked:
                Park();
                break;
            default:
                GoOn();
                break;
        }
    }

    /// <summary>
    /// The client has sent PSYNC: replication sends to it from now on, beside the replies to what it sends.
    /// </summary>
    private void Link()
    {
        _isLinked = true;
        _session.Replica!.State = Commands.Replication.ReplicaPeerState.WaitingForCopy;
        _context.Link?.Invoke(_session, new StreamSocket(_socket, _handle.RemoteAddress, _handle.LocalAddress), Self);
    }

    /// <summary>
    /// After replies were sent: waits for the client to take them, or runs what is left, or reads on.
    /// </summary>
    private void GoOn()
    {
        if (_output.HasRest)
            _state = State.Flushing;
        else if (_closeAtOnce)
            CloseSocket();
        else if (_output.Untaken > _context.OutputHighWater)
            _state = State.Flushing;
        else if (_batch.Next < _batch.Count || _batch.HasLongReply)
            Dispatch();
        else
            Finish();
    }

    private void Finish()
    {
        _batch.Clear();
        _input.Consume();
        _output.SendHeld();
        if (_input.Length > 0 || _intake != Intake.Open)
            NextBatch();
        else
        {
            _state = State.Waiting;
            Read();
        }
    }

    private void OnTaken(ConnectionOutput.Taken taken)
    {
        _output.Acknowledge(taken);
        if (_state != State.Flushing || _output.HasRest)
            return;
        if (_outcome is BatchOutcome.Close or BatchOutcome.Parked || _output.Untaken <= _context.OutputHighWater)
            EndRun();
    }

    private void OnPush(ReadOnlyMemory<byte> message)
    {
        _handle.PushTaken(message.Length);
        _context.Services.Statistics.CountPushed(message.Length);
        if (IsOver)
            return;

        // A push must not stand between a batch's replies that are still being written.
        if (_state == State.Executing || _output.HasRest)
            _output.Hold(message);
        else
            _output.Send(message);
        var options = _context.Services.Options;
        if (!_output.IsOver(options.OutputBufferLimit(_session.IsSubscribed ? ClientClass.PubSub : ClientClass.Normal)))
            return;
        Context.GetLogger().Warning(
            "Closing client {0}: it does not read what is sent to it ({1} bytes unsent)", _handle.RemoteAddress,
            _output.Unsent);
        Abort();
    }

    private bool IsOver => _state is State.Ended or State.Abandoned or State.Served;

    private void Park()
    {
        _output.SendHeld();
        var parked = _batch.Parked!;
        _state = State.Parked;
        if (_closeAtOnce || WaitsForNobody(parked))
        {
            CloseSocket();
            return;
        }

        // Read on, or nobody would see that the client has gone; but not without end.
        if (_input.Length <= _context.InputHighWater)
            Read();
        _session.Parked = parked;
        parked.Settle();
        if (parked.End != ParkedEnd.None)
            OnResume(parked);
        else if (parked.Timeout != Timeout.InfiniteTimeSpan)
            StartTimer(parked);
    }

    private void StartTimer(ParkedCommand parked)
    {
        var timeout = parked.Timeout > LongestTimer ? LongestTimer : parked.Timeout;
        _timer = Context.System.Scheduler.ScheduleTellOnceCancelable(timeout, Self, new WaitTimedOut(parked), Self);
    }

    /// <summary>A message that was overtaken finds its command gone, or ended by another who tells of it.</summary>
    private void OnTimedOut(ParkedCommand parked)
    {
        if (_state == State.Parked && ReferenceEquals(parked, _batch.Parked) && parked.TryEnd(ParkedEnd.TimedOut))
            OnResume(parked);
    }

    private void OnResume(ParkedCommand parked)
    {
        if (_state is not (State.Parked or State.Served)
            || !ReferenceEquals(parked, _batch.Parked) || parked.End == ParkedEnd.None)
            return;
        if (_state == State.Served)
        {
            Context.Stop(Self);
            return;
        }

        _timer?.Cancel();
        _timer = null;
        if (!_batch.TakeUp())
        {
            GoOn();
        }
        else if (parked.LogPosition != 0 && _context.Commits is { IsOpen: true } commits)
        {
            // Another client's executor has run it: its reply waits for the disk as all others do.
            if (_context.Services.Cluster is not null)
                _batch.NoteWrite(CommandBatch.SeveralSlots);
            _state = State.Executing;
            _session.AwaitsDisk = true;
            commits.Add(parked.LogPosition, Self, ExecutorActor.Executed.For(BatchOutcome.Completed));
        }
        else
        {
            // What another client's executor has written for it is acknowledged as its own writes are.
            if (parked.End == ParkedEnd.Served && _context.Services.Cluster is not null)
                _batch.NoteWrite(CommandBatch.SeveralSlots);
            _state = State.Executing;
            OnExecuted(ExecutorActor.Executed.For(BatchOutcome.Completed));
        }
    }

    private void OnClose(Close close)
    {
        if (IsOver)
            return;
        if (_state is State.Waiting or State.Parked
            || (_state == State.Flushing && !(close.RepliesFirst && _output.HasRest)))
        {
            // A client that does not read would keep the connection, and what it was sent, for as long as it likes.
            if (!close.RepliesFirst && _handle.OutputBufferLength > 0)
                Abort();
            else
                CloseSocket();
            return;
        }

        // The batch in flight runs to its end; its replies are sent, or thrown away with the connection.
        _closeAtOnce = true;
        if (!close.RepliesFirst)
            Abort();
    }

    private void Abort()
    {
        _handle.IsClosing = true;
        _socket.Tell(Tcp.Abort.Instance);
        if (_state == State.Parked)
            _batch.Parked?.TryEnd(ParkedEnd.Gone);
        if (_state != State.Executing)
            _state = State.Ended;
    }

    private void EndIntake(Intake intake)
    {
        if (IsOver)
        {
            // Akka.IO forgets a Close that waits for a write when the peer closes meanwhile: it reports that and stays
            // open, as for every other peer that closed its half.
            if (intake == Intake.PeerClosed && _state == State.Ended)
                _socket.Tell(Tcp.Close.Instance);
            return;
        }

        _intake = intake;
        if (_state == State.Waiting)
            NextBatch();
        else if (_state == State.Parked && WaitsForNobody(_batch.Parked!))
            CloseSocket();
    }

    /// <summary>
    /// Whether a command is not worth waiting for: its client has gone, or would hold up the server's end for ever.
    /// </summary>
    /// <remarks>
    /// A client that has only closed its half looks like one that has gone, and of these there are many more. For one
    /// that has gone nothing may be taken from a key: what it would have been given is for the next that waits. Some
    /// clients also wait for the server's end of the connection before they count it as closed.
    /// </remarks>
    private bool WaitsForNobody(ParkedCommand parked) =>
        _intake == Intake.PeerClosed || (_intake == Intake.Draining && parked.Timeout == Timeout.InfiniteTimeSpan);

    private void CloseSocket()
    {
        // Close, unlike Abort, first sends what was written.
        _handle.IsClosing = true;
        _socket.Tell(Tcp.Close.Instance);
        if (_state == State.Parked)
            _batch.Parked?.TryEnd(ParkedEnd.Gone);
        _state = State.Ended;
    }

    private void End()
    {
        // Comes twice: the socket says that it closed, and then that it is gone. The batch in flight belongs to an
        // executor: stop when it is back.
        _handle.IsClosing = true;
        if (_state == State.Executing)
            _state = State.Abandoned;
        else if (IsServedElsewhere())
            _state = State.Served;
        else if (_state != State.Abandoned)
            Context.Stop(Self);
    }

    /// <summary>Ends the wait of a parked command; another thread may be running it just then, and will tell.</summary>
    private bool IsServedElsewhere() =>
        _batch.Parked is { } parked && !parked.TryEnd(ParkedEnd.Gone) && parked.End == ParkedEnd.None;

    /// <summary>
    /// Asks the socket for what comes next. Each piece is asked for: a client whose requests run waits in the kernel.
    /// </summary>
    private void Read()
    {
        if (_isReading || _intake != Intake.Open || _handle.IsClosing)
            return;
        _isReading = true;
        _handle.Read(_lastReceived);
    }
}
