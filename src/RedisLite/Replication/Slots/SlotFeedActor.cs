using System.Buffers;
using System.Globalization;
using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;
using RedisLite.Commands.Server;
using RedisLite.Configuration;
using RedisLite.Connections;
using RedisLite.Log;
using RedisLite.Persistence;
using RedisLite.Storage;

namespace RedisLite.Replication.Slots;

/// <summary>
/// Gives slots of this node to another: their keys, what is written to them since, and then themselves.
/// </summary>
/// <remarks>
/// <code>
///   Waiting --the snapshot is ours--> Copying --all keys sent--> Streaming --READY--> Deciding --> stops
///                                                                    |
///                               acked nearly everything: PREPARE, then with the stripes of the slots held
///                               for an instant: writers wait, the log's end is the last byte, PAUSED
/// </code>
/// What is sent is a stream of commands (<see cref="SlotMoveWords"/>). Until the other has said READY a failure changes
/// nothing but that writers go on; from then on the cluster knows, and writers wait until it has said so.
/// </remarks>
internal sealed class SlotFeedActor : UntypedActor, IWithTimers
{
    // Given to the socket at once, and at most.
    private const int PieceSize = 256 * 1024;
    private const int Window = 1024 * 1024;

    // With no more than this on its way, the rest takes milliseconds.
    private const long NearlyAll = 128 * 1024;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(10);

    private readonly SlotMove _move;
    private readonly SlotMoveContext _context;
    private readonly ClientSession _session;
    private readonly StreamSocket _socket;
    private readonly IActorRef _connection;
    private readonly ReplicaPeer _peer;
    private readonly CommandServices _services;
    private readonly SlotSet _slots;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SlotFilter _filter;
    private readonly ArrayBufferWriter<byte> _picked = new();
    private CopyShare? _share;
    private LogReader? _reader;
    private long _sent;
    private long _acked;
    private int _inFlight;
    private bool _isPrepared;
    private bool _isLinkLost;

    // Where the log ends for the other node; writers wait from there on.
    private ClientHold? _hold;
    private long _pausedAt = -1;
    private bool _hasSaidPaused;
    private long _pausedSinceMs;

    public SlotFeedActor(
        SlotMove move, SlotMoveContext context, ClientSession session, StreamSocket socket, IActorRef connection)
    {
        (_move, _context, _session, _socket, _connection) = (move, context, session, socket, connection);
        _services = context.Replication.Services;
        _peer = session.Replica!;
        _slots = move.Report.Slots;
        _filter = new SlotFilter(_slots, _services);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private ReplicationOptions Options => _services.Options.Replication;

    private string Name => $"{_move.Id} of slots {_slots} to {_move.Report.Target}";

    /// <param name="move">What is moved.</param>
    /// <param name="context">What it needs of the server.</param>
    /// <param name="session">The other node, as the client that it is.</param>
    /// <param name="socket">Its connection's.</param>
    /// <param name="connection">The connection's actor: its end is the link's.</param>
    public static Props Props(
        SlotMove move, SlotMoveContext context, ClientSession session, StreamSocket socket, IActorRef connection) =>
        Akka.Actor.Props.Create(() => new SlotFeedActor(move, context, session, socket, connection))
            .WithDispatcher("redislite.dispatchers.executor");

    protected override void PreStart()
    {
        var self = Self;
        Context.Watch(_connection);
        _peer.Heard = (word, text) => self.Tell(new Heard(word, text));
        _move.Actor = Self;
        _socket.Send("+LINK\r\n"u8.ToArray(), Self);
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, LookInterval, LookInterval);
        _move.Enter(SlotMoveState.WaitingForCopy);
        Become(Waiting);
        Self.Tell(StartCopy.Instance);
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
        _peer.Heard = null;
        _share?.Dispose();
        _reader?.Dispose();
        _filter.Dispose();
        _hold?.End();
        _move.End(SlotMoveState.Failed, "The server stops");
    }

    protected override void OnReceive(object message) => Unhandled(message);

    private void Waiting(object message)
    {
        if (message is not StartCopy)
        {
            InAnyState(message);
            return;
        }

        if (!_context.Replication.Status.TryBegin(BackgroundJob.Copy))
        {
            // Another snapshot is being written; one at a time.
            Timers.StartSingleTimer(nameof(StartCopy), StartCopy.Instance, RetryInterval);
            return;
        }

        _move.Enter(SlotMoveState.Copying);
        _log.Info("Move {0} begins", Name);
        _share = new CopyShare(_move.Report.Target, Self);
        var copy = new SlotCopy(
            _slots, _share, _context.Log, ReaderOptions(), () => TimeSpan.FromSeconds(Options.TimeoutSeconds),
            _stopping.Token);
        _context.Replication.Snapshots.Tell(new SnapshotActor.SendCopy(copy), Self);
        Become(Copying);
    }

    private void Copying(object message)
    {
        switch (message)
        {
            case LinkActor.SendPiece { Piece: var piece }:
                _sent += piece.Length;
                _socket.Send(piece.Bytes, new Sent(piece), Self);
                break;
            case LinkActor.CopyEnds:
                _reader = _share!.TakeReader()!;
                var self = Self;
                _reader.Wake = () => self.Tell(Wake.Instance);
                Say(SlotMoveWords.Copied);
                _move.Enter(SlotMoveState.Streaming);
                Become(Streaming);
                Pump();
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
            case Wake:
                Pump();
                break;
            case PartSent sent:
                _inFlight -= sent.Length;
                Pump();
                break;
            case Paused paused:
                OnPaused(paused);
                break;
            case TimedOut:
                Fail(SlotMoveState.Failed, "the target did not take the last bytes in time");
                break;
            default:
                InAnyState(message);
                break;
        }
    }

    /// <summary>The other node has everything: what becomes of the slots is the cluster's from here on.</summary>
    private void Deciding(object message)
    {
        switch (message)
        {
            case Decided { Decision.Outcome: SlotDecisionOutcome.Decided }:
                Succeed();
                break;
            case Decided { Decision: { Outcome: SlotDecisionOutcome.Refused } decision }:
                Fail(SlotMoveState.Failed, decision.Error);
                break;
            case Decided:
                Timers.StartSingleTimer(nameof(Decided), AskAgain.Instance, RetryInterval);
                break;
            case AskAgain:
                Decide();
                break;
            case Terminated:
                _isLinkLost = true;
                break;
            case Heard or Look or PartSent or Sent or Wake or CancelMove or TimedOut or SnapshotActor.CopyEnded:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Leaving(object message)
    {
        switch (message)
        {
            case Terminated or TimedOut:
                _session.Connection.Close(afterReplies: false);
                Context.Stop(Self);
                break;
            case Heard or Look or PartSent or Sent or Wake or CancelMove or SnapshotActor.CopyEnded or Paused:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void InAnyState(object message)
    {
        switch (message)
        {
            case Heard heard:
                OnHeard(heard);
                break;
            case Sent sent:
                _share?.NoteSent(sent.Piece);
                break;
            case Look:
                OnLook();
                break;
            case Terminated:
                _isLinkLost = true;
                Fail(SlotMoveState.Failed, "Connection lost to target");
                break;
            case LinkActor.Drop drop:
                Fail(SlotMoveState.Failed, drop.Reason);
                break;
            case SnapshotActor.CopyEnded { Failure: { } failure }:
                Fail(SlotMoveState.Failed, $"Failed to perform snapshot: {failure.Message}");
                break;
            case CancelMove:
                Fail(SlotMoveState.Cancelled, "");
                break;
            case Wake or PartSent or SnapshotActor.CopyEnded or StartCopy:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnHeard(Heard heard)
    {
        _move.NoteAck();
        switch (heard.Word)
        {
            case SlotMoveWords.Ack:
                _acked = Math.Max(_acked, _peer.AckedPosition);
                Advance();
                break;
            case SlotMoveWords.Prepared:
                _isPrepared = true;
                Advance();
                break;
            case SlotMoveWords.Ready when _hasSaidPaused && _move.TryDecide():
                Timers.Cancel(nameof(TimedOut));
                _context.Node.NoteGiven(_slots, _move.Report.Target, _pausedAt);
                Become(Deciding);
                Decide();
                break;
            case SlotMoveWords.Failed:
                Fail(SlotMoveState.Failed, $"the target gave up: {heard.Text}");
                break;
        }
    }

    /// <summary>Takes the next step towards the end if the other node has nearly everything.</summary>
    private void Advance()
    {
        if (_reader is not { } reader || _hold is not null || _sent - _acked > NearlyAll || reader.Lag > NearlyAll)
            return;
        if (_move.Report.State == SlotMoveState.Streaming)
        {
            // It brings what it has to its disk now, so that there is little to do while writers wait.
            _move.Enter(SlotMoveState.Preparing);
            Say(SlotMoveWords.Prepare);
        }
        else if (_isPrepared)
        {
            Pause();
        }
    }

    /// <summary>
    /// Has writers wait, and finds the last byte before they do; on a thread that may wait for stripes.
    /// </summary>
    private void Pause()
    {
        var holds = _services.SlotHolds;
        var hold = _hold = new ClientHold(() => holds.HoldWriters(_slots), () => holds.ReleaseWriters(_slots));
        _pausedSinceMs = _services.NowMs;
        _move.Enter(SlotMoveState.Paused);
        Timers.StartSingleTimer(nameof(TimedOut), TimedOut.Instance, _context.LongestPause);
        var (services, slots, log) = (_services, _slots, _context.Log);
        Task.Run(() =>
        {
            var plan = services.Databases.CreatePlan();
            foreach (var slot in slots.Slots)
                plan.Add(Databases.HashOfSlot(slot), exclusive: true);
            plan.Enter();
            try
            {
                hold.Begin();
                return new Paused(log.End);
            }
            finally
            {
                plan.Exit();
            }
        }).PipeTo(Self);
    }

    private void OnPaused(Paused paused)
    {
        _pausedAt = paused.Position;
        Pump();
    }

    /// <summary>Sends what is there, as far as the other node takes it.</summary>
    private void Pump()
    {
        var reader = _reader!;
        while (_inFlight < Window && reader.Take(reader.Position + PieceSize) is { } lease)
        {
            using (lease)
                foreach (var slice in lease.Slices)
                    _filter.Add(slice.Span, _picked);
            reader.Advance(lease.End);
            if (_filter.Problem is { } problem)
            {
                Fail(SlotMoveState.Failed, problem);
                return;
            }

            SendPicked();
        }

        if (reader.IsOverrun)
            Fail(SlotMoveState.Failed, "the target is behind by more than client-output-buffer-limit allows");
        else if (_pausedAt >= 0 && reader.Position >= _pausedAt && !_hasSaidPaused)
        {
            _hasSaidPaused = true;
            Say(SlotMoveWords.Paused);
        }
        else
            Advance();
    }

    private void SendPicked()
    {
        if (_picked.WrittenCount == 0)
            return;
        var bytes = _picked.WrittenSpan.ToArray();
        _picked.ResetWrittenCount();
        _inFlight += bytes.Length;
        _sent += bytes.Length;
        _services.Statistics.Replication.CountOutput(bytes.Length);
        _socket.Send(bytes, new PartSent(bytes.Length), Self);
    }

    private void Decide() => _context.Node.DecideAsync(_slots, _context.Node.NodeId, _move.Report.Target)
        .PipeTo(Self, success: decision => new Decided(decision));

    private void Succeed()
    {
        EndPause();
        _move.End(SlotMoveState.Succeeded, "");
        _log.Info("Move {0} has ended: they are its now; writers waited for {1} ms", Name, _move.Report.PauseMs);
        Say(SlotMoveWords.Committed);
        Leave();
    }

    private void Fail(SlotMoveState state, string reason)
    {
        EndPause();
        _share?.Dispose();
        _reader?.Dispose();
        _reader = null;
        _move.End(state, reason);
        _log.Info(
            "Move {0} was given up: {1}", Name, state == SlotMoveState.Cancelled ? "it was cancelled" : reason);
        Say(SlotMoveWords.Abandoned, state == SlotMoveState.Cancelled ? "cancelled" : reason);
        Leave();
    }

    /// <summary>The other node closes the link when it has heard the end.</summary>
    private void Leave()
    {
        Timers.CancelAll();
        if (_isLinkLost)
        {
            Context.Stop(Self);
            return;
        }

        Become(Leaving);
        Timers.StartSingleTimer(nameof(TimedOut), TimedOut.Instance, GoodbyeTimeout);
    }

    private void EndPause()
    {
        if (_hold is null)
            return;
        _hold.End();
        _hold = null;
        _move.NotePause(_services.NowMs - _pausedSinceMs);
    }

    private void Say(string word, string text = "")
    {
        if (_isLinkLost)
            return;
        var bytes = text.Length == 0
            ? Handshake.Encode("CLUSTER", "SYNCSLOTS", word)
            : Handshake.Encode("CLUSTER", "SYNCSLOTS", word, text);
        _sent += bytes.Length;
        _socket.Send(bytes, Self);
    }

    private void OnLook()
    {
        if (_reader is not null)
            Say(SlotMoveWords.Alive);
        var silent = _services.NowMs - Math.Max(_move.Report.AckedMs, _move.Report.StartedMs);
        if (_reader is not null && silent > Options.TimeoutSeconds * 1000L)
            Fail(SlotMoveState.Failed, string.Create(
                CultureInfo.InvariantCulture, $"the target was silent for {Options.TimeoutSeconds} seconds"));
    }

    private LogReaderOptions ReaderOptions()
    {
        var limit = _services.Options.OutputBufferLimit(ClientClass.Replica).HardBytes;
        return new LogReaderOptions
        {
            Audience = LogAudience.All,
            WakeAt = 0,
            Limit = limit == 0 ? long.MaxValue : Math.Max(limit, Options.BacklogSize),
        };
    }

    private sealed record Heard(string Word, string Text) : IDeadLetterSuppression;

    private sealed record Paused(long Position) : IDeadLetterSuppression;

    private sealed record Decided(SlotDecision Decision) : IDeadLetterSuppression;

    private sealed record AskAgain : IDeadLetterSuppression
    {
        private AskAgain()
        {
        }

        public static AskAgain Instance { get; } = new();
    }

    private sealed record StartCopy : IDeadLetterSuppression
    {
        private StartCopy()
        {
        }

        public static StartCopy Instance { get; } = new();
    }

    private sealed record Look : IDeadLetterSuppression
    {
        private Look()
        {
        }

        public static Look Instance { get; } = new();
    }

    private sealed record TimedOut : IDeadLetterSuppression
    {
        private TimedOut()
        {
        }

        public static TimedOut Instance { get; } = new();
    }

    private sealed record Wake : IDeadLetterSuppression
    {
        private Wake()
        {
        }

        public static Wake Instance { get; } = new();
    }

    private sealed class Sent(CopyPiece piece) : StreamSocket.Written, IDeadLetterSuppression
    {
        public CopyPiece Piece { get; } = piece;
    }

    private sealed class PartSent(int length) : StreamSocket.Written, IDeadLetterSuppression
    {
        public int Length { get; } = length;
    }
}
