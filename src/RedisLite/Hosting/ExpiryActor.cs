using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Expiry;

namespace RedisLite.Hosting;

/// <summary>Active expiry: has keys deleted whose time has come, with a bounded share of one core.</summary>
/// <remarks>
/// <code>
///   nothing due:  a look every 1/hz s
///   more due:     [ sweep ][ rest ][ sweep ][ rest ]      sweep = share of the slice; slice = the scheduler's resolution
/// </code>
/// A stripe is held for a fraction of a millisecond at a time (<see cref="ActiveExpirySweep.KeysPerVisit"/>), whatever
/// is due.
/// </remarks>
internal sealed class ExpiryActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(10);

    private readonly CommandServices _services;
    private readonly int _cpuPercent;
    private readonly ActiveExpirySweep _sweep;

    public ExpiryActor(CommandServices services, int cpuPercent)
    {
        _services = services;
        _cpuPercent = cpuPercent;
        _sweep = new ActiveExpirySweep(services.Databases, TimeProvider.System);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="services">Data, clock and options.</param>
    /// <param name="cpuPercent">The most of one core, 1 to 100.</param>
    public static Props Props(CommandServices services, int cpuPercent) =>
        Akka.Actor.Props.Create(() => new ExpiryActor(services, cpuPercent));

    protected override void PreStart() => Next(hasMore: false);

    protected override void OnReceive(object message)
    {
        if (message is not Sweep)
        {
            Unhandled(message);
            return;
        }

        // While files are loaded nothing expires: the log says what was deleted, and in which order.
        if (_services.IsLoading || !_services.IsActiveExpiryEnabled)
        {
            Next(hasMore: false);
            return;
        }

        // As in Redis, each step of effort above the first is worth two percent.
        var percent = Math.Min(100, _cpuPercent + (2 * (_services.Options.ActiveExpireEffort - 1)));
        var run = _sweep.Run(_services.NowMs, Slice * percent / 100);
        Next(run.HasMore);
    }

    private void Next(bool hasMore) =>
        Timers.StartSingleTimer(nameof(Sweep), Sweep.Instance, hasMore ? Slice : TimeSpan.FromSeconds(1.0 / Math.Max(1, _services.Options.Hz)));

    /// <summary>Time for a sweep.</summary>
    public sealed record Sweep : IDeadLetterSuppression
    {
        private Sweep()
        {
        }

        public static Sweep Instance { get; } = new();
    }
}
