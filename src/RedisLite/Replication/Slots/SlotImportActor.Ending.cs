using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Configuration;
using RedisLite.Connections;
using RedisLite.Execution;

namespace RedisLite.Replication.Slots;

/// <content>How an import ends, one way or the other.</content>
internal sealed partial class SlotImportActor
{
    private void Promised(object message)
    {
        switch (message)
        {
            case Heard { Word: SlotMoveWords.Committed }:
                Take();
                break;
            case Heard { Word: SlotMoveWords.Abandoned } heard:
                Fail(heard.Text);
                break;
            case NodeChanged when HasSlots:
                Take();
                break;
            case ExecutorActor.Executed:
                if (_run!.EndRun() != StreamStep.Running && !_run.Next())
                    Doubt();
                break;
            case NodeChanged:
                LookAtMap();
                break;
            case StreamSocket.Arrived arrived:
                _lastIoMs = _services.NowMs;
                if (!_run!.Take(arrived))
                    Doubt();
                break;
            case GoOn:
                _run!.Next();
                break;
            case StreamSocket.Closed or Kill:
                Doubt();
                break;
            case Look:
                SayExecuted();
                if (_services.NowMs - _lastIoMs > Options.TimeoutSeconds * 1000L)
                    Doubt();
                break;
            case EndEarly:
                _services.SlotHolds.ReleaseEarly(_slots);
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private bool HasSlots => _slots.Slots.All(slot => Node.OwnerOf(slot) == Node.NodeId);

    /// <summary>The map says by itself that the slots have gone another way.</summary>
    private bool AreElsewhere =>
        _slots.Slots.Any(slot => Node.OwnerOf(slot) is var owner && owner != Source && owner != Node.NodeId);

    private void LookAtMap()
    {
        if (HasSlots)
            Take();
        else if (AreElsewhere)
            Fail("the slots are another node's now");
    }

    /// <summary>The link is lost, or was before this server began: what was decided is not known here.</summary>
    private void Doubt()
    {
        CloseLink();
        if (_run is { IsExecuting: true })
        {
            Become(EndingInDoubt);
            return;
        }

        EndSession();
        if (!_isInDoubt)
            _log.Warning("Move {0}: the link broke while it was decided; the source is asked", Name);
        _move.TryDecide();
        if (_hold is null)
        {
            // Nobody is served yet.
            var (slots, holds) = (_slots, _services.SlotHolds);
            _hold = new ClientHold(() => holds.HoldFlushes(slots), () => holds.ReleaseAll(slots));
            _hold.Begin();
        }

        Become(InDoubt);
        Self.Tell(AskAgain.Instance);
    }

    private void EndingInDoubt(object message)
    {
        switch (message)
        {
            case ExecutorActor.Executed:
                _run?.NoteBack();
                Doubt();
                break;
            case EndEarly:
                _services.SlotHolds.ReleaseEarly(_slots);
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private void InDoubt(object message)
    {
        switch (message)
        {
            case AskAgain:
                Ask();
                break;
            case AskNodeActor.Answered { Line: SlotMoveWords.Committed }:
                Take();
                break;
            case AskNodeActor.Answered { Line: SlotMoveWords.Abandoned }:
                Fail("the source has kept the slots");
                break;
            case AskNodeActor.Answered:
                Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, AskInterval);
                break;
            case NodeChanged:
                LookAtMap();
                break;
            case EndEarly:
                _services.SlotHolds.ReleaseEarly(_slots);
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private void Ask()
    {
        LookAtMap();
        if (_isOver)
            return;
        if (Node.Find(Source) is { } place)
            Context.ActorOf(AskNodeActor.Props(_context, place, Question("OUTCOME")));
        else
            Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, AskInterval);
    }

    /// <summary>The slots are this node's, and that is to be in force here.</summary>
    private void Take()
    {
        _isOver = true;
        Become(Taking);
        Node.DecideAsync(_slots, Source, Node.NodeId).PipeTo(Self, success: decision => new Decided(decision));
    }

    private void Taking(object message)
    {
        switch (message)
        {
            case Decided { Decision.Outcome: SlotDecisionOutcome.Decided }:
                End(SlotMoveState.Succeeded, "");
                break;
            case Decided when HasSlots:
                End(SlotMoveState.Succeeded, "");
                break;
            case Decided when AreElsewhere:
                Fail("the slots are another node's now");
                break;
            case Decided:
                Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, AskInterval);
                break;
            case AskAgain:
                Take();
                break;
            case ExecutorActor.Executed:
                _run?.NoteBack();
                break;
            case EndEarly:
                _services.SlotHolds.ReleaseEarly(_slots);
                break;
            default:
                Ignore(message);
                break;
        }
    }

    /// <summary>It came to nothing: when the executor has nothing of it any more, the keys go.</summary>
    private void Fail(string reason)
    {
        _isOver = true;
        _failure = reason;
        _move.Enter(SlotMoveState.CleaningUp);
        CloseLink();
        ReleaseClients();
        if (_run is { IsExecuting: true })
            Become(Ending);
        else
            Clear();
    }

    private void Ending(object message)
    {
        if (message is ExecutorActor.Executed)
        {
            _run?.NoteBack();
            Clear();
        }
        else
        {
            Ignore(message);
        }
    }

    private void Clear()
    {
        EndSession();
        Become(Clearing);
        var (node, slots) = (Node, _slots);
        Task.Run(() => new Marked(node.GiveUpArrival(slots))).PipeTo(Self);
    }

    private void Clearing(object message)
    {
        switch (message)
        {
            case Marked { Error: { } error }:
                _log.Warning("Move {0}: its keys cannot be deleted yet: {1}", Name, error);
                Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, RetryInterval);
                break;
            case AskAgain:
                Clear();
                break;
            case Marked or SlotClearingActor.Cleared when !Node.Leaving.Overlaps(_slots):
                OnCleared();
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private void OnCleared()
    {
        if (!_move.IsOurs || _move.IsCancelled || _isInDoubt)
        {
            End(_move.IsCancelled || _failure == "cancelled" ? SlotMoveState.Cancelled : SlotMoveState.Failed,
                _failure);
            return;
        }

        _log.Info("Move {0} has failed, and is tried again: {1}", Name, _failure);
        _move.Retry(_failure);
        Become(Resting);
        Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, RetryInterval);
    }

    private void Resting(object message)
    {
        switch (message)
        {
            case CancelMove:
                End(SlotMoveState.Cancelled, _failure);
                break;
            case AskAgain when HasSlots:
                End(SlotMoveState.Succeeded, "");
                break;
            case AskAgain when AreElsewhere || !Node.IsPrimary:
                End(SlotMoveState.Failed, "the slots are another node's now");
                break;
            case AskAgain:
                _isOver = false;
                Prepare();
                break;
            default:
                Ignore(message);
                break;
        }
    }

    private void End(SlotMoveState state, string message)
    {
        _isOver = true;
        CloseLink();
        ReleaseClients();
        _move.End(state, message);
        if (state == SlotMoveState.Succeeded)
            _log.Info("Move {0} has ended: they are this node's", Name);
        else
            _log.Info("Move {0} was given up: {1}", Name, message.Length == 0 ? "it was cancelled" : message);
        Context.Stop(Self);
    }

    private bool _isOver;

    private void ReleaseClients()
    {
        _hold?.End();
        _hold = null;
    }

    private void CloseLink()
    {
        Timers.Cancel(nameof(TimedOut));
        _socket?.Abort(Self);
        _socket = null;
    }

    private void EndSession()
    {
        if (_run is null)
            return;
        _services.Clients.Remove(_run.Session);
        _run.Session.Extensions.Dispose();
        _run.Dispose();
        _run = null;
    }

    /// <summary>All data of this server was deleted.</summary>
    public sealed record Flushed : IDeadLetterSuppression
    {
        private Flushed()
        {
        }

        public static Flushed Instance { get; } = new();
    }

    /// <summary>The owners of slots, or what is on its way, have changed.</summary>
    public sealed record NodeChanged : IDeadLetterSuppression
    {
        private NodeChanged()
        {
        }

        public static NodeChanged Instance { get; } = new();
    }

    private sealed record Held : IDeadLetterSuppression;

    private sealed record Heard(string Word, string Text) : IDeadLetterSuppression;

    private sealed record Marked(string? Error) : IDeadLetterSuppression;

    private sealed record Written(bool IsAll) : IDeadLetterSuppression;

    private sealed record Decided(SlotDecision Decision) : IDeadLetterSuppression;

    private sealed record Kill : IDeadLetterSuppression
    {
        private Kill()
        {
        }

        public static Kill Instance { get; } = new();
    }

    private sealed record GoOn : IDeadLetterSuppression
    {
        private GoOn()
        {
        }

        public static GoOn Instance { get; } = new();
    }

    private sealed record AskAgain : IDeadLetterSuppression
    {
        private AskAgain()
        {
        }

        public static AskAgain Instance { get; } = new();
    }

    private sealed record EndEarly : IDeadLetterSuppression
    {
        private EndEarly()
        {
        }

        public static EndEarly Instance { get; } = new();
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
}
