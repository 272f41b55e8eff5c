using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Setup;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;
using RedisLite.Commands.Server;

namespace RedisLite.Cluster.Bus;

/// <summary>The bus of a node: an ActorSystem of its own, which is made anew whenever it ends.</summary>
/// <remarks>
/// <para>Any thread. Akka's clusters never merge, a node that was taken for dead is never let in again, and leaving
/// ends the ActorSystem: so the bus's system is not the one that serves clients, and its end is nothing but the
/// beginning of the next.</para>
/// <code>
///   redislite-bus
///     /user/node        NodeActor       votes, beats, what others are told and what they say
///     /user/node/map    MapActor        puts maps in force, which waits for stripes
///     /user/pubsub      PubSubActor     messages of other nodes' clients
///     /user/deciding    Akka's singleton: DecidingActor, on one node of the cluster
/// </code>
/// What must outlive it is here and in <see cref="NodeCore"/>.
/// </remarks>
internal sealed class ClusterBus
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LookupInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    // For so long one node is greeted before it is another one's turn.
    private const long TurnMs = 5_000;

    private readonly BusSettings _settings;
    private readonly INodeHost _host;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly List<MeetTarget> _meets = [];
    private ActorSystem? _system;
    private IActorRef _node = ActorRefs.Nobody;
    private Task _supervision = Task.CompletedTask;
    private ImmutableArray<NodeId> _failed = [];
    private int _port;
    private bool _isLeading;
    private bool _awaitsSeeds;
    private Listeners? _listeners;
    private long _turnedAtMs;

    public ClusterBus(BusSettings settings, INodeHost host, NodeCore core)
    {
        (_settings, _host, Core) = (settings, host, core);
        Proposals = new Proposals(() => core.NowMs);
        _port = settings.Port;
    }

    public NodeCore Core { get; }

    public Proposals Proposals { get; }

    /// <summary>Nodes that are being taken in.</summary>
    public ConcurrentDictionary<NodeId, bool> Adding { get; } = new();

    private long MeetPatienceMs => Math.Max(_settings.NodeTimeoutMs, 15_000);

    public BusStatistics Statistics { get; } = new();

    /// <summary>Whether the leader is here, and has a majority behind it. Any thread.</summary>
    public bool IsLeading
    {
        get => Volatile.Read(ref _isLeading);
        set => Volatile.Write(ref _isLeading, value);
    }

    /// <summary>Where other nodes reach it.</summary>
    public int Port => _settings.PublicPort != 0 ? _settings.PublicPort : Volatile.Read(ref _port);

    public string Address => _settings.PublicAddress;

    /// <summary>Members that the leader takes for dead.</summary>
    public ImmutableArray<NodeId> Failed
    {
        get
        {
            lock (_gate)
                return _failed;
        }

        set
        {
            lock (_gate)
                _failed = value;
        }
    }

    /// <summary>Listens; from then on other nodes are heard.</summary>
    /// <exception cref="Exception">The port cannot be bound, or another reason of Akka's.</exception>
    public void Start()
    {
        Create();
        _supervision = SuperviseAsync();
    }

    /// <summary>CLUSTER MEET: tried until it has come to something, or for a while.</summary>
    public void Meet(string ip, int port, int busPort)
    {
        var target = new MeetTarget(ip, port, busPort, Core.NowMs + MeetPatienceMs, Core.NowMs + (4 * MeetPatienceMs));
        lock (_gate)
            if (!_meets.Any(other => other.Ip == ip && other.BusPort == busPort))
                _meets.Add(target);
        _node.Tell(new Meet(ip, port, busPort));
    }

    /// <summary>
    /// Nodes of the cluster that this node is to be a member of: tried in turn until it is one. By the port of their
    /// buses, and the address that they announce, or a name that stands for it.
    /// </summary>
    public void MeetSeeds(SeedLookup lookup)
    {
        AwaitsSeeds = true;
        var stopping = _stopping.Token;
        _ = Task.Run(async () =>
        {
            try
            {
                do
                {
                    UseSeeds(await lookup.LookAsync(Address, Port).ConfigureAwait(false));
                    await Task.WhenAny(Task.Delay(LookupInterval, stopping)).ConfigureAwait(false);
                }
                while (lookup.HasNames && !stopping.IsCancellationRequested && !IsMember);
            }
            finally
            {
                AwaitsSeeds = false;
            }
        });
    }

    /// <summary>
    /// Whether there are seeds, and it is not known yet who of them waits to be asked. Any thread.
    /// </summary>
    public bool AwaitsSeeds
    {
        get => Volatile.Read(ref _awaitsSeeds);
        set => Volatile.Write(ref _awaitsSeeds, value);
    }

    private bool IsMember => Core.InForce.Nodes.Length > 1;

    /// <summary>
    /// Who was looked up before and is elsewhere now is tried there. Null, for a name that is not known at the moment,
    /// changes nothing.
    /// </summary>
    private void UseSeeds(IReadOnlyList<(string Ip, int BusPort)>? seeds)
    {
        if (seeds is null)
            return;
        lock (_gate)
        {
            if (IsMember)
                return;
            _meets.RemoveAll(meet => meet.IsSeed && !seeds.Contains((meet.Ip, meet.BusPort)));
            foreach (var (ip, busPort) in seeds)
                if (!_meets.Any(meet => meet.Ip == ip && meet.BusPort == busPort))
                    _meets.Add(new MeetTarget(ip, 0, busPort, long.MaxValue, long.MaxValue) { IsSeed = true });
        }

        AwaitsSeeds = false;
    }

    /// <summary>The node that is to be met now; null for none.</summary>
    public MeetTarget? NextMeet()
    {
        lock (_gate)
        {
            if (_meets.Count > 1 && Core.NowMs - _turnedAtMs > TurnMs)
            {
                // One that does not answer does not stand before the others.
                _turnedAtMs = Core.NowMs;
                _meets.Add(_meets[0]);
                _meets.RemoveAt(0);
            }

            foreach (var over in _meets.Where(meet => Core.NowMs > meet.UntilMs).ToArray())
            {
                _host.Log(LogVerbosity.Warning, $"{over.Ip}:{over.Port} was not met: it does not answer at bus port "
                    + $"{over.BusPort}, or is no node of a cluster");
                _meets.Remove(over);
            }

            return _meets.FirstOrDefault();
        }
    }

    /// <summary>Who is to be met is busy: it is tried for longer, but not for ever.</summary>
    public void ExtendMeet(MeetTarget target)
    {
        lock (_gate)
        {
            var index = _meets.IndexOf(target);
            if (index >= 0)
                _meets[index] = target with { UntilMs = Math.Min(target.LastMs, Core.NowMs + MeetPatienceMs) };
        }
    }

    /// <summary>A meeting is over.</summary>
    public void EndMeet(MeetTarget target)
    {
        lock (_gate)
            _meets.RemoveAll(other => other.Ip == target.Ip && other.BusPort == target.BusPort);
    }

    /// <summary>Asks for a change, and tells once what became of it.</summary>
    public void Propose(MapChange change, TimeSpan timeout, Action<SlotProposalResult> done)
    {
        Proposals.Add(change, timeout, done);
        _node.Tell(Bus.Propose.Instance);
    }

    /// <summary>Where messages of clients go from now on.</summary>
    public void UseListeners(SlotMap map, ImmutableDictionary<NodeId, ActorSelection> listeners) =>
        Volatile.Write(ref _listeners, new Listeners(map, listeners));

    /// <summary>A message of a client, for clients of others: of all nodes, or of those with the same data.</summary>
    public void Publish(Publish publish)
    {
        if (Volatile.Read(ref _listeners) is not { } listeners)
            return;
        var me = listeners.Map.Find(Core.Self);
        var shard = me is null ? default : me.IsPrimary ? me.Id : me.Primary;
        foreach (var (id, actor) in listeners.ById)
        {
            var isOfShard = id == shard || listeners.Map.Find(id)?.Primary == shard;
            if (publish.IsSharded && !isOfShard)
                continue;
            Statistics.CountSent();
            actor.Tell(publish, ActorRefs.NoSender);
        }
    }

    /// <summary>The bus ends, and begins anew.</summary>
    public void Renew(string reason)
    {
        _host.Log(LogVerbosity.Notice, $"The bus begins anew: {reason}");
        _ = _system?.Terminate();
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Proposals.EndAll();
        if (_system is { } system)
            await Task.WhenAny(system.Terminate(), Task.Delay(StopPatience)).ConfigureAwait(false);
        await Task.WhenAny(_supervision, Task.Delay(StopPatience)).ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>What the innermost of several errors says: those around it only point to it.</summary>
    public static string ReasonOf(Exception error)
    {
        while (error.InnerException is { } inner)
            error = inner;
        return error.Message;
    }

    private void Create()
    {
        var settings = _settings with { Port = _port };
        var setup = ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(BusConfiguration.Create(settings)),
            new BusSetup(settings.Secret, _host.Log));
        if (settings.Tls is { } tls)
            setup = setup.And(BusTls.Setup(tls));
        var system = ActorSystem.Create(BusConfiguration.SystemName, setup);
        Volatile.Write(ref _port, ((ExtendedActorSystem)system).Provider.DefaultAddress.Port ?? _port);
        Core.Peers.BeginListening(Core.NowMs);
        _system = system;
        system.ActorOf(PubSubActor.Props(this, _host), "pubsub");
        _node = system.ActorOf(NodeActor.Props(this, _host), "node");
    }

    /// <summary>The actor that sees to it is not there; clients still wait no longer than they were told.</summary>
    private void EndOverdue()
    {
        try
        {
            Proposals.EndOverdue();
        }
        catch (Exception fault)
        {
            // The bus begins anew whatever becomes of a reply.
            _host.Log(LogVerbosity.Warning, $"What was asked of the cluster did not end: {fault}");
        }
    }

    private sealed record Listeners(SlotMap Map, ImmutableDictionary<NodeId, ActorSelection> ById);

    private async Task SuperviseAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            await _system!.WhenTerminated.ConfigureAwait(false);
            var isTold = false;
            while (!_stopping.IsCancellationRequested)
            {
                try
                {
                    Create();
                    Statistics.CountRenewal();
                    break;
                }
                catch (Exception error)
                {
                    if (!isTold)
                        _host.Log(LogVerbosity.Warning,
                            $"The bus cannot begin anew yet: {ReasonOf(error)}");
                    isTold = true;
                    EndOverdue();
                    await Task.Delay(RetryInterval, CancellationToken.None).ConfigureAwait(false);
                }
            }
        }
    }
}

/// <summary>A node that CLUSTER MEET has named.</summary>
internal sealed record MeetTarget(string Ip, int Port, int BusPort, long UntilMs, long LastMs)
{
    /// <summary>Named by the configuration: over when this node is a member of whatever cluster.</summary>
    public bool IsSeed { get; init; }
}
