using Akka.Actor;
using RedisLite.Commands.Execution;

namespace RedisLite.Replication.Slots;

/// <summary>One move of slots, as long as this server remembers it. Any thread.</summary>
/// <remarks>
/// <code>
///   Connecting > WaitingForCopy > Copying > Streaming > Preparing > Paused > Deciding > Succeeded
///        \------------ Cancel, or a failure ---------------------/              \----> Failed
/// </code>
/// INVARIANT: it is cancelled, or it is being decided, never both.
/// </remarks>
internal sealed class SlotMove(SlotMoveReport report, TimeProvider clock, bool isOurs)
{
    private readonly Lock _gate = new();
    private SlotMoveReport _report = report;
    private bool _isCancelled;
    private bool _isDeciding;
    private bool _isFlushed;

    /// <summary>Whether all data of the node that takes was deleted since it began. Any thread.</summary>
    public bool IsFlushed
    {
        get => Volatile.Read(ref _isFlushed);
        set => Volatile.Write(ref _isFlushed, value);
    }

    /// <summary>The actor that does it; told of a cancellation.</summary>
    public IActorRef Actor { get; set; } = ActorRefs.Nobody;

    public SlotMoveReport Report => Volatile.Read(ref _report);

    public string Id => Report.Id;

    /// <summary>Whether it was begun here: what fails is tried again by who began it, if it takes.</summary>
    public bool IsOurs => isOurs;

    public bool IsCancelled
    {
        get
        {
            lock (_gate)
                return _isCancelled;
        }
    }

    public bool IsDeciding
    {
        get
        {
            lock (_gate)
                return _isDeciding;
        }
    }

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>It has come further.</summary>
    public void Enter(SlotMoveState state)
    {
        lock (_gate)
        {
            if (_report.IsOver || _report.State == state)
                return;
            Volatile.Write(ref _report, _report with
            {
                State = state,
                UpdatedMs = Now,
                StartedMs = _report.StartedMs == 0 && state > SlotMoveState.Connecting ? Now : _report.StartedMs,
            });
        }
    }

    /// <summary>The other end has said something.</summary>
    public void NoteAck()
    {
        lock (_gate)
            Volatile.Write(ref _report, _report with { AckedMs = Now });
    }

    public void NotePause(long milliseconds)
    {
        lock (_gate)
            Volatile.Write(ref _report, _report with { PauseMs = milliseconds });
    }

    /// <summary>It has failed, and begins anew.</summary>
    public void Retry(string message)
    {
        lock (_gate)
        {
            _isDeciding = false;
            Volatile.Write(ref _report, _report with
            {
                State = SlotMoveState.Connecting,
                Message = message,
                Retries = _report.Retries + 1,
                UpdatedMs = Now,
            });
        }
    }

    /// <summary>From here on it cannot be cancelled; false when it has been.</summary>
    public bool TryDecide()
    {
        lock (_gate)
        {
            if (_isCancelled || _report.IsOver)
                return false;
            _isDeciding = true;
        }

        Enter(SlotMoveState.Deciding);
        return true;
    }

    /// <summary>Cancels it, unless it is over, or being decided.</summary>
    public bool TryCancel()
    {
        lock (_gate)
        {
            if (_isCancelled || _isDeciding || _report.IsOver)
                return false;
            _isCancelled = true;
        }

        Actor.Tell(CancelMove.Instance);
        return true;
    }

    public void End(SlotMoveState state, string message)
    {
        lock (_gate)
        {
            if (_report.IsOver)
                return;
            var now = Now;
            Volatile.Write(
                ref _report, _report with { State = state, Message = message, UpdatedMs = now, EndedMs = now });
        }
    }
}

/// <summary>A move was cancelled.</summary>
internal sealed record CancelMove : Akka.Event.IDeadLetterSuppression
{
    private CancelMove()
    {
    }

    public static CancelMove Instance { get; } = new();
}
