using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Execution;
using RedisLite.Persistence;

namespace RedisLite.Hosting;

/// <summary>
/// What has to be looked at once in a while: idle clients, snapshots that are due, samples of figures, a slow disk,
/// garbage.
/// </summary>
/// <remarks>
/// One timer for all clients: a timer for each would cost more than the clients do. On Akka's own dispatcher: sums over
/// all stripes and all clients are no event loop's work.
/// </remarks>
internal sealed class HousekeeperActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    // INFO's rates are means over the last sixteen samples: of 1.6 seconds, as in Redis.
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(100);

    // While nothing happens there is little to measure, and each look wakes two threads.
    private static readonly TimeSpan IdleSampleInterval = TimeSpan.FromMilliseconds(500);

    private readonly CommandServices _services;
    private readonly FilePersistence _persistence;
    private readonly ClientEviction _clients;
    private readonly RefusalSummary _refusals;
    private readonly ManagedHeapTrim _heap = new(GC.GetTotalMemory(forceFullCollection: false))
    {
        // A client's actors have had timers, which would keep them for a minute.
        Collecting = Context.System.Scheduler is DueTimeScheduler scheduler ? scheduler.ForgetCanceled : null,
    };
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public HousekeeperActor(CommandServices services, FilePersistence persistence)
    {
        _services = services;
        _persistence = persistence;
        _clients = new ClientEviction(services);
        var options = services.Options;
        _refusals = new RefusalSummary(
            services.Statistics, new RuntimeLimits(() => options.MaxClients, () => options.MaxMemory),
            () => services.Access.Logins.HeldBack + services.Access.Logins.Refused);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(CommandServices services, FilePersistence persistence) =>
        Akka.Actor.Props.Create(() => new HousekeeperActor(services, persistence)).WithDispatcher(
            "akka.actor.internal-dispatcher");

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, LookInterval, LookInterval);
        Timers.StartSingleTimer(nameof(TakeSample), TakeSample.Instance, SampleInterval);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case TakeSample:
                _clients.Run(OnEvicted);
                _services.MeasureOtherMemory();
                var isBusy = _services.Statistics.Sample(Environment.TickCount64, _services.UsedMemory);
                _persistence.WatchDisk();
                Timers.StartSingleTimer(
                    nameof(TakeSample), TakeSample.Instance, isBusy
                        || _persistence.IsBehind ? SampleInterval : IdleSampleInterval);
                break;
            case Look:
                CloseIdleClients();
                _heap.Look(Environment.TickCount64, _services.Clients.Count);
                foreach (var line in _refusals.Take(Environment.TickCount64))
                    _log.Warning("{0}", line);
                if (!_services.IsLoading)
                    _persistence.StartWhatIsDue(_services.NowMs / 1000);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnEvicted(ClientSession session, long size) =>
        _log.Info("Evicting client {0}: it takes {1} bytes, and all clients more than maxmemory-clients",
            session.Connection.RemoteAddress, size);

    /// <summary>
    /// The timeout directive. Subscribers, monitors and clients with a waiting command are idle on purpose.
    /// </summary>
    private void CloseIdleClients()
    {
        var timeout = _services.Options.TimeoutSeconds * 1000L;
        if (timeout == 0)
            return;
        var now = _services.NowMs;
        foreach (var session in _services.Clients.InOrder)
        {
            if (now - session.LastInteractionMs <= timeout || session.IsSubscribed || session.IsMonitor
                || session.Parked is not null
                || session.Replica is { IsLinked: true } || session.Stream is not null)
                continue;
            _log.Info("Closing idle client {0}", session.Connection.RemoteAddress);
            session.Connection.Close(afterReplies: true);
        }
    }

    /// <summary>Time to measure rates and peaks, and how far the disk is behind.</summary>
    public sealed record TakeSample : IDeadLetterSuppression
    {
        private TakeSample()
        {
        }

        public static TakeSample Instance { get; } = new();
    }

    /// <summary>Time to look.</summary>
    public sealed record Look : IDeadLetterSuppression
    {
        private Look()
        {
        }

        public static Look Instance { get; } = new();
    }
}
