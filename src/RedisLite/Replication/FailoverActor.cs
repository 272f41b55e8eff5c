using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;

namespace RedisLite.Replication;

/// <summary>FAILOVER: hands the role of this primary to one of its replicas, without losing a write.</summary>
/// <remarks>
/// <code>
///   Awaiting ------a replica has everything--> SteppingDown --all stripes held: it still has--> HandingOver
///   --accepted--> stops
///      | writes wait                              | no: back                                        | refused, ABORT,
///      | TIMEOUT, ABORT: stops                    |                                                 | TIMEOUT: a
///      primary again
///      +--TIMEOUT with FORCE--------------------->+
/// </code>
/// This server is a replica of the other from the moment at which no command runs and the other has every byte: what
/// comes later is refused, so nothing can be lost between the two. The other promotes itself when it is asked to
/// continue (<c>PSYNC id offset FAILOVER</c>). Writers that have waited are told READONLY by then, and clients find the
/// new primary.
/// </remarks>
internal sealed class FailoverActor : UntypedActor, IWithTimers
{
    private readonly ReplicationState _state;
    private readonly CommandServices _services;
    private readonly FailoverRequest _request;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private long _endMs = long.MaxValue;

    public FailoverActor(ReplicationState state, CommandServices services, FailoverRequest request)
    {
        _state = state;
        _services = services;
        _request = request;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ReplicationState state, CommandServices services, FailoverRequest request) =>
        Akka.Actor.Props.Create(() => new FailoverActor(state, services, request)).WithDispatcher(
            "redislite.dispatchers.io");

    protected override void PreStart()
    {
        _services.Pause.Start(long.MaxValue / 2, writesOnly: true);
        _state.FailoverActor = Self;
        if (_request.Timeout is { } timeout)
        {
            _endMs = _services.NowMs + (long)timeout.TotalMilliseconds;
            Timers.StartSingleTimer(nameof(TimedOut), TimedOut.Instance, timeout);
        }

        Become(Awaiting);
        _log.Info("Failover begins: writes wait until {0} has everything", _request.Target?.ToString() ?? "a replica");
        _state.AskForAcks();
        Check();
    }

    protected override void PostStop()
    {
        _state.EndFailover();
        _services.Pause.End();
    }

    protected override void OnReceive(object message) => Unhandled(message);

    protected override bool AroundReceive(Receive receive, object message)
    {
        if (message is not ClockAdvanced)
            return base.AroundReceive(receive, message);
        return _services.NowMs < _endMs || base.AroundReceive(receive, TimedOut.Instance);
    }

    private void Awaiting(object message)
    {
        switch (message)
        {
            case AckNoted:
                Check();
                break;
            case TimedOut when _request is { Force: true, Target: { } target }:
                _log.Warning("Failover: {0} has not caught up in time, and takes over as it was told to", target);
                StepDown(target, force: true);
                break;
            case TimedOut:
                End("no replica has caught up in time");
                break;
            case Abort:
                End("it was told to");
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void SteppingDown(object message)
    {
        switch (message)
        {
            case SteppedDown { HasHappened: true }:
                _log.Info("Failover: this server follows {0} now, which is asked to take over", _state.Primary);
                Become(HandingOver);
                break;
            case SteppedDown:
                Become(Awaiting);
                _state.AskForAcks();
                break;
            case Answered:
                // The other was faster than the news that the step is made.
                Become(HandingOver);
                HandingOver(message);
                break;
            case TimedOut:
                // Comes again: it is decided what becomes of it when the step is made or not.
                Timers.StartSingleTimer(nameof(TimedOut), TimedOut.Instance, TimeSpan.FromMilliseconds(10));
                break;
            case AckNoted:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void HandingOver(object message)
    {
        switch (message)
        {
            case Answered { Refusal: null }:
                _log.Info("Failover is done: {0} is the primary", _state.Primary);
                Context.Stop(Self);
                break;
            case Answered refused:
                TakeBack(refused.Refusal);
                break;
            case TimedOut:
                TakeBack("it has not answered in time");
                break;
            case Abort:
                TakeBack("the failover was told to end");
                break;
            case TakenBack:
                Context.Stop(Self);
                break;
            case AckNoted or SteppedDown:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Check()
    {
        if (_state.FindCaughtUp(_request.Target) is { } target)
            StepDown(target, force: false);
    }

    private void StepDown(PrimaryAddress target, bool force)
    {
        Become(SteppingDown);
        RunUnderAllStripes(() => _state.TryStepDown(target, force)).PipeTo(
            Self, success: done => new SteppedDown(done));
    }

    private void TakeBack(string reason)
    {
        _log.Warning("Failover has failed: {0}; this server is a primary again", reason);
        RunUnderAllStripes(() =>
        {
            _state.Promote();
            return true;
        }).PipeTo(Self, success: _ => TakenBack.Instance);
    }

    private void End(string reason)
    {
        _log.Warning("Failover has ended: {0}; this server stays the primary", reason);
        Context.Stop(Self);
    }

    /// <summary>Not on an event loop: it waits for the commands that run.</summary>
    private Task<bool> RunUnderAllStripes(Func<bool> step) =>
        Task.Run(() => _services.Databases.UnderAllStripes(step));

    /// <summary>A replica has acknowledged.</summary>
    public sealed record AckNoted : IDeadLetterSuppression
    {
        private AckNoted()
        {
        }

        public static AckNoted Instance { get; } = new();
    }

    /// <summary>The server's clock was moved on, perhaps beyond the timeout.</summary>
    public sealed record ClockAdvanced : IDeadLetterSuppression
    {
        private ClockAdvanced()
        {
        }

        public static ClockAdvanced Instance { get; } = new();
    }

    /// <summary>FAILOVER ABORT.</summary>
    public sealed record Abort : IDeadLetterSuppression
    {
        private Abort()
        {
        }

        public static Abort Instance { get; } = new();
    }

    /// <summary>The target has answered PSYNC with FAILOVER.</summary>
    /// <param name="Refusal">Null when it has taken over.</param>
    public sealed record Answered(string? Refusal) : IDeadLetterSuppression;

    private sealed record SteppedDown(bool HasHappened);

    private sealed record TakenBack
    {
        private TakenBack()
        {
        }

        public static TakenBack Instance { get; } = new();
    }

    private sealed record TimedOut
    {
        private TimedOut()
        {
        }

        public static TimedOut Instance { get; } = new();
    }
}
