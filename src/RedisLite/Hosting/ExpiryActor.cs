using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Expiry;

namespace RedisLite.Hosting;

/// <summary>
/// Active expiry, eviction and defragmentation: keys that are due or too many, records that lie apart; a bounded share
/// of one core.
/// </summary>
/// <remarks>
/// <code>
///   nothing due:  a look when the next key is due, and every 1/hz s: one with an earlier time may have come;
///                 every half a second once nobody has changed anything for some looks
///   more due:     [ sweep ][ rest ][ sweep ][ rest ]      a rest is as short as the system can, about a millisecond;
///                                                         a sweep as long as that rest allows for its share
/// </code>
/// On a thread of its own, which it blocks for the rests: the scheduler's ticks are ten times as long, and whoever is
/// kept from a core, or from a stripe, by a sweep waits for a whole one. A stripe is held for a fraction of it
/// (<see cref="ActiveExpirySweep.KeysPerVisit"/>).
/// </remarks>
internal sealed class ExpiryActor : UntypedActor, IWithTimers
{
    /// <summary>The longest sweep.</summary>
    internal static readonly TimeSpan LongestSweep = TimeSpan.FromMilliseconds(1.5);

    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(1);

    // A steady trickle of expiring keys is taken in groups.
    private static readonly TimeSpan SoonestLook = TimeSpan.FromMilliseconds(20);

    // Looks were most of what an idle server used: each wakes two threads. A key that ends the quiet and has a shorter
    // time is missing for who asks, and is deleted a little later.
    private static readonly TimeSpan QuietInterval = TimeSpan.FromMilliseconds(500);

    private const int QuietAfter = 10;

    private readonly CommandServices _services;
    private readonly int _cpuPercent;
    private readonly TimeProvider _stopwatch;
    private readonly ActiveExpirySweep _sweep;
    private readonly BackgroundEviction _eviction;
    private readonly ActiveDefragmentation _defragmentation;
    private readonly ManualResetEvent _never = new(initialState: false);
    private TimeSpan _budget = LongestSweep;
    private long _changes;
    private int _quietLooks;

    public ExpiryActor(CommandServices services, int cpuPercent, TimeProvider stopwatch)
    {
        _services = services;
        _cpuPercent = cpuPercent;
        _stopwatch = stopwatch;
        _sweep = new ActiveExpirySweep(services.Databases, stopwatch);
        _eviction = new BackgroundEviction(services);
        _defragmentation = new ActiveDefragmentation(services, stopwatch);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="services">Data, clock and options.</param>
    /// <param name="cpuPercent">The most of one core, 1 to 100.</param>
    /// <param name="stopwatch">Measures sweeps and rests. Not the clock that keys expire by, which an embedder may
    /// move.</param>
    public static Props Props(CommandServices services, int cpuPercent, TimeProvider stopwatch) =>
        Akka.Actor.Props.Create(() => new ExpiryActor(services, cpuPercent, stopwatch));

    /// <summary>How long a sweep may take after a rest, so that both keep to a share of one core.</summary>
    /// <param name="rest">How long the rest took.</param>
    /// <param name="percent">The share, 1 to 100.</param>
    internal static TimeSpan BudgetAfter(TimeSpan rest, int percent) =>
        percent >= 100 || rest * percent >= LongestSweep * (100 - percent)
        ? LongestSweep : rest * percent / (100 - percent);

    protected override void PreStart() => LookIn(Interval);

    protected override void PostStop() => _never.Dispose();

    protected override void OnReceive(object message)
    {
        if (message is not Sweep)
        {
            Unhandled(message);
            return;
        }

        var changes = _services.Statistics.TotalChanges;
        _quietLooks = changes == _changes ? Math.Min(_quietLooks + 1, QuietAfter) : 0;
        _changes = changes;
        var nowMs = _services.NowMs;
        if (RunEviction(nowMs))
        {
            RestAndGoOn();
            return;
        }

        var moves = _defragmentation.Run(_budget);
        if (!_services.MayDelete || !_services.IsActiveExpiryEnabled)
        {
            if (moves)
                RestAndGoOn();
            else
                LookIn(Interval);
            return;
        }

        var started = _stopwatch.GetTimestamp();
        var run = RunSweep(nowMs);
        _services.NoteLatency("expire-cycle", nowMs, _stopwatch.GetElapsedTime(started));
        if (run.HasMore || moves)
            RestAndGoOn();
        else
            LookIn(UntilDue(run.NextExpiryMs - nowMs));
    }

    private bool RunEviction(long nowMs)
    {
        using var turn = _services.Tracking.BeginTurn();
        return _eviction.Run(nowMs, _budget);
    }

    /// <summary>One sweep; who caches the keys hears of all that went in it at once.</summary>
    private ActiveExpiryRun RunSweep(long nowMs)
    {
        using var turn = _services.Tracking.BeginTurn();
        return _sweep.Run(nowMs, _budget);
    }

    private TimeSpan Interval
    {
        get
        {
            var interval = TimeSpan.FromSeconds(1.0 / Math.Max(1, _services.Options.Hz));
            return _quietLooks < QuietAfter || interval > QuietInterval ? interval : QuietInterval;
        }
    }

    private void RestAndGoOn()
    {
        // As in Redis, each step of effort above the first is worth two percent.
        var percent = Math.Min(100, _cpuPercent + (2 * (_services.Options.ActiveExpireEffort - 1)));
        var began = _stopwatch.GetTimestamp();
        if (percent < 100)
            _never.WaitOne(Rest);
        _budget = BudgetAfter(_stopwatch.GetElapsedTime(began), percent);
        Self.Tell(Sweep.Instance);
    }

    private TimeSpan UntilDue(long milliseconds)
    {
        _budget = LongestSweep;
        var interval = Interval;
        if (milliseconds >= interval.TotalMilliseconds)
            return interval;
        var due = TimeSpan.FromMilliseconds(milliseconds);
        return due > SoonestLook ? due : SoonestLook < interval ? SoonestLook : interval;
    }

    private void LookIn(TimeSpan delay) => Timers.StartSingleTimer(nameof(Sweep), Sweep.Instance, delay);

    /// <summary>Time for a sweep.</summary>
    public sealed record Sweep : IDeadLetterSuppression
    {
        private Sweep()
        {
        }

        public static Sweep Instance { get; } = new();
    }
}
