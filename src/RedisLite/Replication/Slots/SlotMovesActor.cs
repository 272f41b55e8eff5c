using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Connections;

namespace RedisLite.Replication.Slots;

/// <summary>Has slots moved from node to node.</summary>
/// <remarks>
/// <code>
///   /user/server/slots
///     feed-n      gives slots away, on a link that the other node has opened
///     import-n    takes slots: opens that link
///     pull-n      asks another node to take slots
///     clearing    deletes the keys of slots that are not this node's any more
/// </code>
/// Whoever begins a move, it is the node that takes that opens the link, as a replica does.
/// </remarks>
internal sealed class SlotMovesActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly SlotMoves _moves;
    private readonly SlotMoveContext _context;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<IActorRef, SlotMove> _pulls = [];
    private IActorRef _clearing = ActorRefs.Nobody;
    private int _count;

    public SlotMovesActor(SlotMoves moves, SlotMoveContext context) => (_moves, _context) = (moves, context);

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(SlotMoves moves, SlotMoveContext context) =>
        Akka.Actor.Props.Create(() => new SlotMovesActor(moves, context))
            .WithDispatcher("redislite.dispatchers.executor");

    protected override void PreStart()
    {
        var self = Self;
        _clearing = Context.ActorOf(SlotClearingActor.Props(_context), "clearing");
        _context.Node.Changed = () => self.Tell(SlotImportActor.NodeChanged.Instance);
    }

    protected override void PostStop() => _context.Node.Changed = null;

    // A move that failed by a fault of ours has told its end in its last breath.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Ready:
                _moves.Attach(Self);
                _moves.Resume();
                _clearing.Tell(SlotClearingActor.Look.Instance);
                break;
            case Export export:
                Pull(export.Move);
                break;
            case Import import:
                Context.ActorOf(
                    SlotImportActor.Props(import.Move, _context, import.IsInDoubt), $"import-{++_count}");
                break;
            case Attach attach:
                OnAttach(attach);
                break;
            case AskNodeActor.Answered answered when _pulls.Remove(Sender, out var move):
                OnPulled(move, answered);
                break;
            case CancelMove:
                EndUnlinked();
                break;
            case Look:
                LookForLinks();
                break;
            case SlotImportActor.NodeChanged:
                TellImports(message);
                _clearing.Tell(SlotClearingActor.Look.Instance);
                break;
            case SlotClearingActor.Cleared:
                TellImports(message);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void TellImports(object message)
    {
        foreach (var move in _moves.Active)
            if (move.Report.IsImport)
                move.Actor.Tell(message);
    }

    /// <summary>Asks the other node to open the link.</summary>
    private void Pull(SlotMove move)
    {
        move.Actor = Self;
        var report = move.Report;
        if (_context.Node.Find(report.Target) is not { } place)
        {
            move.End(SlotMoveState.Failed, "the target is not known any more");
            return;
        }

        string[] question =
        [
            "CLUSTER", "SYNCSLOTS", "PULL", report.Id, report.Source, report.Target,
            .. report.Slots.Ranges.SelectMany(range => new[] { Text(range.First), Text(range.Last) }),
        ];
        _pulls.Add(Context.ActorOf(AskNodeActor.Props(_context, place, question), $"pull-{++_count}"), move);
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, LookInterval, LookInterval);
    }

    private void OnPulled(SlotMove move, AskNodeActor.Answered answered)
    {
        // The link may be there before the answer.
        if (answered.Line is not null || move.Report.State != SlotMoveState.Connecting)
            return;
        _log.Info("Move {0} of slots {1} cannot begin: {2}", move.Id, move.Report.Slots, answered.Error);
        move.End(SlotMoveState.Failed, $"Received error during handshake to target: {answered.Error}");
    }

    /// <summary>Cancelled before the other node has opened the link.</summary>
    private void EndUnlinked()
    {
        foreach (var move in _moves.Active)
            if (move.IsCancelled && move.Actor.Equals(Self))
                move.End(SlotMoveState.Cancelled, "");
    }

    private void LookForLinks()
    {
        var waiting = _moves.Active.Where(move => move.Actor.Equals(Self)).ToList();
        var services = _context.Replication.Services;
        var limit = services.NowMs - (services.Options.Replication.TimeoutSeconds * 1000L);
        foreach (var move in waiting)
            if (move.Report.CreatedMs < limit)
                move.End(SlotMoveState.Failed, "the target has not opened the link within repl-timeout");
        if (waiting.Count == 0)
            Timers.Cancel(nameof(Look));
    }

    private void OnAttach(Attach attach)
    {
        var request = attach.Session.Sync!.Move!;
        if (_moves.OpenLink(request, out var move) is { } refusal)
        {
            attach.Socket.Send(Encoding.UTF8.GetBytes($"-{refusal}\r\n"), Self);
            attach.Session.Connection.Close(afterReplies: true);
            return;
        }

        // Nobody else opens a link for it from here on.
        move!.Enter(SlotMoveState.WaitingForCopy);
        Context.ActorOf(
            SlotFeedActor.Props(move, _context, attach.Session, attach.Socket, attach.Connection), $"feed-{++_count}");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The data is loaded.</summary>
    public sealed record Ready
    {
        private Ready()
        {
        }

        public static Ready Instance { get; } = new();
    }

    /// <summary>Give slots away.</summary>
    public sealed record Export(SlotMove Move);

    /// <summary>Take slots.</summary>
    public sealed record Import(SlotMove Move, bool IsInDoubt);

    /// <summary>Another node has opened a link, and all replies before it have been sent.</summary>
    public sealed record Attach(ClientSession Session, StreamSocket Socket, IActorRef Connection);

    private sealed record Look : IDeadLetterSuppression
    {
        private Look()
        {
        }

        public static Look Instance { get; } = new();
    }
}
