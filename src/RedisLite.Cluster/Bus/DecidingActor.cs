using Akka.Actor;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;
using RedisLite.Commands.Server;

namespace RedisLite.Cluster.Bus;

/// <summary>Akka's singleton: hosts the <see cref="Leader"/>, which does the thinking.</summary>
internal sealed class DecidingActor : UntypedActor, IWithTimers, ILeaderOutput
{
    private readonly ClusterBus _bus;
    private readonly INodeHost _host;
    private readonly Leader _leader;
    private readonly Dictionary<(NodeId, long), IActorRef> _askers = [];

    public DecidingActor(ClusterBus bus, INodeHost host)
    {
        (_bus, _host) = (bus, host);
        _leader = new Leader(bus.Core.Self, bus.Core.Peers, bus.Core.Times, this);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public Ballot Promised => _bus.Core.Promised;

    public SlotMap InForce => _bus.Core.InForce;

    public int MigrationBarrier => _host.MigrationBarrier;

    public static Props Props(ClusterBus bus, INodeHost host) =>
        Akka.Actor.Props.Create(() => new DecidingActor(bus, host));

    public void Send(ClusterNode to, object message)
    {
        _bus.Statistics.CountSent();
        BusAddress.Of(Context, to)?.Tell(message, Self);
    }

    public void Answer(Requested request, Answered answer)
    {
        if (_askers.Remove((request.From, request.Id), out var asker))
            asker.Tell(answer, Self);
    }

    public void Log(string line) => _host.Log(LogVerbosity.Notice, line);

    protected override void PreStart()
    {
        Log("This node leads: it proposes, and the voters decide");
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TimeSpan.Zero, Leader.TickInterval);
    }

    protected override void PostStop() => _bus.IsLeading = false;

    protected override void OnReceive(object message)
    {
        if (message is Tick)
        {
            _leader.Tick(_bus.Core.NowMs);
            _bus.IsLeading = _leader.IsLeading;
            return;
        }

        _bus.Statistics.CountReceived();
        if (message is Requested request)
            _askers[(request.From, request.Id)] = Sender;
        _leader.Handle(message, _bus.Core.NowMs);
    }

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }
}
