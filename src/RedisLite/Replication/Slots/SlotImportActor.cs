using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Configuration;
using RedisLite.Connections;
using RedisLite.Execution;
using RedisLite.Storage;

namespace RedisLite.Replication.Slots;

/// <summary>Takes slots of another node: has what comes executed unseen, and shows it when it is this node's.</summary>
/// <remarks>
/// <code>
///   Preparing --marked in the node's file--> Connecting --> Streaming --PAUSED, on the disk: READY--> Promised
///       ^                                        |              |                                       |  |
///       |                                        v              v                                       |  |
///       +--- tried again (if begun here) --- Clearing &lt;-------+- ABANDONED                               |  |
///                                                                      COMMITTED, or the map has it: done  |
///                                                            InDoubt: the other node is asked, the map looked at
/// </code>
/// INVARIANT: from READY until it knows what was decided it neither shows nor deletes the keys: the slots may be its.
/// </remarks>
internal sealed partial class SlotImportActor : UntypedActor, IWithTimers
{
    // Executed bytes of which the other node is told even while more waits.
    private const long AckEvery = 256 * 1024;
    private const int LongestLine = 1024;
    private const string FlushedReason = "the data of the target was flushed";

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskInterval = TimeSpan.FromMilliseconds(200);

    // Who was sent here early waits no longer than this, whatever becomes of the slots.
    private static readonly TimeSpan LongestEarly = TimeSpan.FromSeconds(2);

    private readonly SlotMove _move;
    private readonly SlotMoveContext _context;
    private readonly CommandServices _services;
    private readonly bool _isInDoubt;
    private readonly SlotSet _slots;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly StringBuilder _line = new();
    private Handshake? _handshake;
    private StreamSocket? _socket;
    private IActorRef _socketActor = ActorRefs.Nobody;
    private ImportStream? _stream;
    private StreamRun? _run;
    private long _lastIoMs;
    private long _saidExecuted;
    private string _failure = "";
    private ClientHold? _hold;

    public SlotImportActor(SlotMove move, SlotMoveContext context, bool isInDoubt)
    {
        (_move, _context, _isInDoubt) = (move, context, isInDoubt);
        _services = context.Replication.Services;
        _slots = move.Report.Slots;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private ISlotOwnership Node => _context.Node;

    private ReplicationOptions Options => _services.Options.Replication;

    private string Source => _move.Report.Source;

    private string Name => $"{_move.Id} of slots {_slots} from {Source}";

    /// <param name="move">What is moved.</param>
    /// <param name="context">What it needs of the server.</param>
    /// <param name="isInDoubt">It had begun before this server did.</param>
    public static Props Props(SlotMove move, SlotMoveContext context, bool isInDoubt) =>
        Akka.Actor.Props.Create(() => new SlotImportActor(move, context, isInDoubt))
            .WithDispatcher("redislite.dispatchers.executor");

    protected override void PreStart()
    {
        _move.Actor = Self;
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, LookInterval, LookInterval);
        if (_isInDoubt)
            Doubt();
        else
            Prepare();
    }

    protected override void PostStop()
    {
        EndSession();
        _socket?.Abort(Self);
        ReleaseClients();
        _move.End(SlotMoveState.Failed, "The server stops");
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

    /// <summary>Before the first key comes, the node's file says that they do.</summary>
    private void Prepare()
    {
        Become(Preparing);
        _move.IsFlushed = false;
        if (Node.Leaving.Overlaps(_slots))
            return;
        var (node, slots, source) = (Node, _slots, Source);
        Task.Run(() => new Marked(node.BeginArrival(slots, source))).PipeTo(Self);
    }

    private void Preparing(object message)
    {
        switch (message)
        {
            case Marked { Error: { } error }:
                End(SlotMoveState.Failed, error);
                break;
            case Marked when _move.IsCancelled:
                Fail("cancelled");
                break;
            case Marked:
                Connect();
                break;
            case SlotClearingActor.Cleared when !Node.Leaving.Overlaps(_slots):
                Prepare();
                break;
            case CancelMove or NodeChanged or Look or SlotClearingActor.Cleared or Flushed:
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private void Connect()
    {
        if (Node.Find(Source) is not { } place)
        {
            Fail("the source is not known any more");
            return;
        }

        _handshake = new Handshake(Options, Question("LINK"));
        _line.Clear();
        var timeout = TimeSpan.FromSeconds(Options.TimeoutSeconds);
        var replication = _context.Replication;
        var tls = replication.Tls is { Credentials.ForReplication: true } ? replication.Tls : null;
        _socketActor = StreamSocket.Connect(replication.Tcp, Context, place.Host, place.Port, timeout, tls);
        Timers.StartSingleTimer(nameof(TimedOut), TimedOut.Instance, timeout);
        Become(Connecting);
    }

    private void Connecting(object message)
    {
        switch (message)
        {
            case StreamSocket.Opened opened:
                (_socket, _socketActor) = (opened.Socket, opened.Actor);
                _socket.Send(_handshake!.Request, Self);
                _socket.Read();
                break;
            case StreamSocket.Arrived arrived:
                TakeLines(arrived.ToArray());
                break;
            case TimedOut:
                Fail("the source does not answer");
                break;
            default:
                BeforePromise(message);
                break;
        }
    }

    /// <summary>Takes lines up to the answer; what follows it is the stream's.</summary>
    private void TakeLines(byte[] bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != '\n')
            {
                _line.Append((char)bytes[i]);
                if (_line.Length <= LongestLine)
                    continue;
                Fail("what the source sends is no answer");
                return;
            }

            var line = _line.ToString().TrimEnd('\r');
            _line.Clear();
            if (_handshake!.Take(line) is { } refusal)
            {
                Fail($"the source refuses: {refusal}");
                return;
            }

            if (_handshake.Line is not null)
            {
                Stream(bytes[(i + 1)..]);
                return;
            }

            _socket!.Send(_handshake.Request, Self);
        }

        _socket!.Read();
    }

    private void Stream(byte[] rest)
    {
        Timers.Cancel(nameof(TimedOut));
        var self = Self;
        _stream = new ImportStream(_context.Log, (word, text) => self.Tell(new Heard(word, text)));
        StreamRun? run = null;
        var connection = new StreamConnection(
            Self, _socket!, () => run?.Unexecuted ?? 0, Kill.Instance, GoOn.Instance);
        var session = new ClientSession(_services.Clients.NextId(), connection, _services.NowMs)
        {
            Origin = SessionOrigin.Import,
            Stream = _stream,
            ReplyMode = ReplyMode.Off,
        };
        _services.Clients.Add(session);
        _run = run = new StreamRun(_context.Replication, _socket!, session, Self);
        _run.Add(rest);
        _lastIoMs = _services.NowMs;
        _saidExecuted = 0;
        _move.Enter(SlotMoveState.Copying);
        _log.Info("Move {0} begins", Name);
        Become(Streaming);
        GoOnReading();
    }

    private void Streaming(object message)
    {
        switch (message)
        {
            case StreamSocket.Arrived arrived:
                _lastIoMs = _services.NowMs;
                if (!_run!.Take(arrived))
                    Fail(_run.Refusal!);
                break;
            case ExecutorActor.Executed:
                OnExecuted();
                break;
            case GoOn:
                GoOnReading();
                break;
            case Heard heard:
                OnHeard(heard);
                break;
            case Written { IsAll: true }:
                Hold();
                break;
            case Held:
                Promise();
                break;
            case Written:
                Say(SlotMoveWords.Prepared);
                break;
            default:
                BeforePromise(message);
                break;
        }
    }

    private void GoOnReading()
    {
        if (!_run!.Next())
            Fail(_run.Refusal!);
    }

    private void OnExecuted()
    {
        if (_run!.EndRun() == StreamStep.Running)
            return;
        if (_stream!.Failure is { } failure)
        {
            Fail(failure);
            return;
        }

        if (_services.IsOutOfMemory)
        {
            Fail("Ran out of memory (OOM) during slot import");
            return;
        }

        if (_run.Unexecuted == 0 || _run.Executed - _saidExecuted >= AckEvery)
            SayExecuted();
        GoOnReading();
    }

    private void OnHeard(Heard heard)
    {
        _move.NoteAck();
        switch (heard.Word)
        {
            case SlotMoveWords.Copied:
                _move.Enter(SlotMoveState.Streaming);
                break;
            case SlotMoveWords.Prepare:
                _move.Enter(SlotMoveState.Preparing);
                WhenWritten(isAll: false);
                break;
            case SlotMoveWords.Paused:
                _move.Enter(SlotMoveState.Paused);
                WhenWritten(isAll: true);
                break;
            case SlotMoveWords.Abandoned:
                Fail(heard.Text);
                break;
        }
    }

    /// <summary>What has come is to be in the append only file before this node says that it has it.</summary>
    private void WhenWritten(bool isAll)
    {
        var self = Self;
        _services.Persistence.WhenSynced(_context.Log.End, () => self.Tell(new Written(isAll)));
    }

    /// <summary>From a moment on at which no command runs nobody deletes all keys; on a thread that may wait.</summary>
    private void Hold()
    {
        var (services, slots, holds) = (_services, _slots, _services.SlotHolds);
        var hold = _hold = new ClientHold(() => holds.HoldEarly(slots), () => holds.ReleaseAll(slots));
        Task.Run(() =>
        {
            var plan = services.Databases.CreatePlan();
            plan.Add(Databases.HashOfSlot(slots.Slots.First()), exclusive: true);
            plan.Enter();
            try
            {
                hold.Begin();
                return new Held();
            }
            finally
            {
                plan.Exit();
            }
        }).PipeTo(Self);
    }

    /// <summary>Says that it has every byte: from here on it does not decide any more what becomes of them.</summary>
    private void Promise()
    {
        if (_move.IsFlushed || !_move.TryDecide())
        {
            Fail(_move.IsFlushed ? FlushedReason : "cancelled");
            return;
        }

        Timers.StartSingleTimer(nameof(EndEarly), EndEarly.Instance, LongestEarly);
        Say(SlotMoveWords.Ready);
        Become(Promised);
    }

    private void BeforePromise(object message)
    {
        switch (message)
        {
            case StreamSocket.Closed closed:
                Fail($"Connection lost to source: {closed.Reason}");
                break;
            case Kill:
                Fail("CLIENT KILL has closed the link");
                break;
            case CancelMove:
                Say(SlotMoveWords.Failed, "cancelled");
                Fail("cancelled");
                break;
            case Flushed:
                Fail(FlushedReason);
                break;
            case NodeChanged when !Node.IsPrimary:
                Fail("this node is no primary any more");
                break;
            case Look when _run is not null:
                SayExecuted();
                if (_services.NowMs - _lastIoMs > Options.TimeoutSeconds * 1000L)
                    Fail(string.Create(
                        CultureInfo.InvariantCulture, $"the source was silent for {Options.TimeoutSeconds} seconds"));
                break;
            case Look or NodeChanged or SlotClearingActor.Cleared:
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private void SayExecuted()
    {
        _saidExecuted = _run!.Executed;
        Say(SlotMoveWords.Ack, _saidExecuted.ToString(CultureInfo.InvariantCulture));
    }

    private void Say(string word, string text = "")
    {
        if (_socket is null || _run is null)
            return;
        _socket.Send(
            text.Length == 0
                ? Handshake.Encode("CLUSTER", "SYNCSLOTS", word)
                : Handshake.Encode("CLUSTER", "SYNCSLOTS", word, text),
            Self);
    }

    private string[] Question(string word) =>
    [
        "CLUSTER", "SYNCSLOTS", word, _move.Id, Source, Node.NodeId,
        .. _slots.Ranges.SelectMany(range => new[] { Text(range.First), Text(range.Last) }),
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Ignore(object message)
    {
        if (message is not (StreamSocket.Closed or StreamSocket.Arrived or Look or TimedOut or GoOn or Kill or Heard
            or Written or EndEarly or CancelMove or NodeChanged or Flushed or SlotClearingActor.Cleared
            or AskNodeActor.Answered or Marked or AskAgain or Terminated or Held))
            Unhandled(message);
    }
}
