using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;

namespace RedisLite.Auditing;

/// <summary>Writes the audit trail, on a thread of its own: nothing else may wait for its disk.</summary>
/// <remarks>
/// <code>
///   Writing --the file cannot be written--> Failing --it can, tried once a second--> Writing
/// </code>
/// What could not be written is lost and counted, or kept, as <see cref="AuditQueue"/> says. When it can be written
/// again the trail itself says how many records are missing. The file belongs to the components, which write what is
/// left when all actors have ended.
/// </remarks>
internal sealed class AuditActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RepeatsInterval = TimeSpan.FromSeconds(10);

    private readonly AuditTrail _trail;
    private readonly CommandServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private bool _isFailing;

    public AuditActor(AuditTrail trail, CommandServices services)
    {
        _trail = trail;
        _services = services;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="trail">The server's.</param>
    /// <param name="services">The server's.</param>
    public static Props Props(AuditTrail trail, CommandServices services) =>
        Akka.Actor.Props.Create(() => new AuditActor(trail, services)).WithDispatcher("redislite.dispatchers.audit");

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(TellRepeats), TellRepeats.Instance, RepeatsInterval, RepeatsInterval);
        _trail.Queue.Attach(Self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Write when _isFailing:
                // The next try takes it along.
                break;
            case Write or Retry:
                WriteNow();
                break;
            case Reopen:
                _trail.Reopen();
                break;
            case TellRepeats:
                _services.Audit?.TellRepeats(_services.NowMs);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void WriteNow()
    {
        var failure = _trail.WriteWaiting(_services.NowMs);
        if (failure is null)
        {
            if (_isFailing)
                _log.Warning("The audit trail is written again; {0} records of it are lost", _trail.Queue.Dropped);
            _isFailing = false;
            return;
        }

        if (!_isFailing)
            _log.Error("The audit trail cannot be written to {0}: {1}. {2}", _trail.Path, failure, _trail.Consequence);
        _isFailing = true;
        Timers.StartSingleTimer(nameof(Retry), Retry.Instance, RetryAfter);
    }

    /// <summary>Records wait.</summary>
    public sealed record Write : IDeadLetterSuppression
    {
        private Write()
        {
        }

        public static Write Instance { get; } = new();
    }

    /// <summary>The file was moved away: go on in a new one.</summary>
    public sealed record Reopen : IDeadLetterSuppression
    {
        private Reopen()
        {
        }

        public static Reopen Instance { get; } = new();
    }

    private sealed record Retry : IDeadLetterSuppression
    {
        private Retry()
        {
        }

        public static Retry Instance { get; } = new();
    }

    private sealed record TellRepeats : IDeadLetterSuppression
    {
        private TellRepeats()
        {
        }

        public static TellRepeats Instance { get; } = new();
    }
}
