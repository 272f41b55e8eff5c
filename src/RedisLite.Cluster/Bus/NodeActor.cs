using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Bus;

/// <summary>A node among the others: carries votes, beats and news between them and this node's core.</summary>
/// <remarks>
/// Thin: what is decided is decided in <see cref="NodeCore"/>, <see cref="Membership"/> and the leader. On a thread of
/// its own, because votes are on the disk before they are answered.
/// </remarks>
internal sealed class NodeActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan RestInterval = TimeSpan.FromSeconds(1);

    // As long as replies wait for a lease: see NodeCore.
    private const long GraceMs = 1_000;

    private readonly ClusterBus _bus;
    private readonly NodeCore _core;
    private readonly INodeHost _host;
    private readonly Membership _membership;
    private readonly Meetings _meetings;
    private readonly IActorRef _map;
    private IActorRef _leader = ActorRefs.Nobody;
    private Ballot _leaderBallot;
    private long _leaderHeardAtMs;
    private long _leaderVersion;
    private long _graceUntilMs = long.MinValue / 2;
    private (bool IsServing, ImmutableArray<NodeId> Failed)? _seen;

    public NodeActor(ClusterBus bus, INodeHost host)
    {
        (_bus, _core, _host) = (bus, bus.Core, host);
        _map = Context.ActorOf(MapActor.Props(bus, host), "map");
        _membership = new Membership(Akka.Cluster.Cluster.Get(Context.System), bus.Core);
        _meetings = new Meetings(bus, host, Self) { Send = Send, SendTo = SendTo, Formed = OnNewMap };
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan TickInterval => TimeSpan.FromMilliseconds(Math.Clamp(_core.Times.BeatMs, 20, 500));

    public static Props Props(ClusterBus bus, INodeHost host) =>
        Akka.Actor.Props.Create(() => new NodeActor(bus, host)).WithDispatcher("akka.actor.node-dispatcher");

    protected override void PreStart()
    {
#pragma warning disable AK1008 // The manager of a singleton has the same path on every node: at the top.
        Context.System.ActorOf(
            ClusterSingletonManager.Props(
                DecidingActor.Props(_bus, _host), PoisonPill.Instance,
                ClusterSingletonManagerSettings.Create(Context.System)),
            "deciding");
#pragma warning restore AK1008
        _leaderHeardAtMs = _core.NowMs;
        _bus.UseListeners(_core.InForce, ListenersOf(_core.InForce));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TimeSpan.Zero, TickInterval);
    }

    // A fault of ours in one message must not end the node's voice.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Restart);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tick:
                OnTick();
                return;
            case Rested:
                _map.Tell(MapActor.Rest.Instance);
                return;
            case Propose:
                SendProposals(isNewLeader: false);
                return;
            case Meet:
                _meetings.Tick();
                return;
        }

        _bus.Statistics.CountReceived();
        switch (message)
        {
            case Prepare or Accept or Suspend:
                if (_core.Vote(message) is { } vote)
                    Reply(vote);
                break;
            case Committed committed:
                OnCommitted(committed);
                break;
            case Beat beat:
                if (_core.Handle(beat) is { } answer)
                    Reply(answer);
                break;
            case BeatAck ack:
                _core.Handle(ack);
                if (_seen is null or { IsServing: false })
                    LookAround();
                break;
            case AskConsent:
                _map.Forward(message);
                break;
            case PeerStatus status:
                OnStatus(status);
                break;
            case AskStatus ask:
                Reply(Status(ask.Question));
                break;
            case LeaderBeat beat:
                OnLeader(beat);
                break;
            case Answered answered:
                _bus.Proposals.Handle(answered);
                break;
            case Greet greet:
                _meetings.Handle(greet, Sender);
                break;
            case Greeted greeted:
                _meetings.Handle(greeted);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnTick()
    {
        if (_core.IsFormed)
        {
            if (_core.NewBeat() is { } beat)
                SendToVoters(beat);
            SendToOthers(Status());
            if (_membership.Tick() is { } reason)
                _bus.Renew(reason);
            _meetings.KeepAddress(HearsLeader);
        }

        _meetings.Tick();
        _bus.Proposals.EndOverdue();
        SendProposals(isNewLeader: false);
        LookAround();
    }

    private bool IsUpToDate => !_leader.IsNobody() && HearsLeader && _core.InForce.Version >= _leaderVersion;

    private bool HearsLeader => _core.NowMs - _leaderHeardAtMs <= 2 * _core.Times.LeaseMs;

    /// <summary>Whether keys are served, and who is dead: what requests are answered by.</summary>
    private void LookAround()
    {
        var isPrimary = _core.InForce.Find(_core.Self) is { IsPrimary: true };
        var isServing = !_core.IsFormed || (isPrimary ? _core.HasLease || _core.NowMs < _graceUntilMs
            : !_leader.IsNobody() && HearsLeader);
        var failed = _bus.Failed;
        if (_seen is { } seen && seen.IsServing == isServing && seen.Failed.SequenceEqual(failed))
            return;
        _seen = (isServing, failed);
        _map.Tell(new MapActor.See(isServing, failed));
    }

    private void OnCommitted(Committed committed)
    {
        if (_core.Handle(committed) is { } map)
            OnNewMap(map);
    }

    private void OnNewMap(SlotMap map)
    {
        foreach (var node in map.Nodes)
            _core.Peers.Introduce(node.Id, _core.NowMs);
        _bus.UseListeners(map, ListenersOf(map));

        // The lease is by the map: a new one is proved at once, or nothing of it could be acknowledged.
        if (_core.NewBeat() is { } beat)
            SendToVoters(beat);
        _map.Tell(new MapActor.Apply(map));

        // A majority has just decided: until it acknowledges the map, requests run, and replies to writes wait.
        _graceUntilMs = _core.NowMs + GraceMs;
        _seen = null;
        Timers.StartSingleTimer(nameof(MapActor.Rest), Rested.Instance, RestInterval);
        SendToOthers(Status());
    }

    private void OnStatus(PeerStatus status)
    {
        _core.Peers.Note(status, _core.NowMs);
        if (!_core.IsFormed)
        {
            // Somebody counts this node among its own. If what said so was lost, it is sent again.
            if (status.Phase != NodePhase.Alone)
                Reply(Status());
            return;
        }

        // Who has met nobody counts the versions of its own map. It may be none of the members any more, and this node
        // the one that has not heard of it: only what is in force now is worth telling.
        var isBehind = status.Phase == NodePhase.Alone ? _core.InForce.Find(status.Node) is not null && IsUpToDate
            : status.Version < _core.InForce.Version;
        if (isBehind && _core.Decision is { } decision)
            Reply(decision);
    }

    private void OnLeader(LeaderBeat beat)
    {
        var now = _core.NowMs;
        if (!_core.IsFormed || (beat.Ballot < _leaderBallot && now - _leaderHeardAtMs <= _core.Times.LeaseMs))
            return;
        var isNew = !Sender.Equals(_leader);
        _leader = Sender;
        (_leaderBallot, _leaderHeardAtMs, _leaderVersion) = (beat.Ballot, now, beat.Version);
        if (!beat.Failed.SequenceEqual(_bus.Failed))
        {
            _bus.Failed = beat.Failed;
            LookAround();
        }

        if (isNew)
            SendProposals(isNewLeader: true);
    }

    private void SendProposals(bool isNewLeader)
    {
        if (_leader.IsNobody() || !_core.IsFormed)
            return;
        foreach (var request in _bus.Proposals.Take(_core.Self, isNewLeader))
        {
            _bus.Statistics.CountSent();
            _leader.Tell(request, Self);
        }
    }

    private ImmutableDictionary<NodeId, ActorSelection> ListenersOf(SlotMap map) => map.Nodes
        .Where(node => node.Id != _core.Self && node.Ip.Length > 0)
        .ToImmutableDictionary(node => node.Id, node => BusAddress.Of(Context, node.Ip, node.BusPort, "pubsub"));

    private PeerStatus Status(long asked = 0)
    {
        var map = _core.InForce;
        var progress = _host.Progress();
        var (phase, size, island) = _membership.Describe();
        var status = new PeerStatus(
            _core.Self, phase, map.Version, map.Digest, progress.Offset, progress.MayTakeOver, progress.MayMigrate,
            size, island, asked);
        _core.Peers.Note(status, _core.NowMs);
        return status;
    }

    private void Reply(object message)
    {
        _bus.Statistics.CountSent();
        Sender.Tell(message, Self);
    }

    private void SendToVoters(object message)
    {
        var map = _core.InForce;
        foreach (var id in map.Voters)
            if (map.Find(id) is { } node)
                Send(node, message);
    }

    private void SendToOthers(object message)
    {
        foreach (var node in _core.InForce.Nodes)
            if (node.Id != _core.Self)
                Send(node, message);
    }

    private void Send(ClusterNode node, object message)
    {
        _bus.Statistics.CountSent();
        if (node.Id == _core.Self)
            Self.Tell(message, Self);
        else
            BusAddress.Of(Context, node)?.Tell(message, Self);
    }

    private void SendTo(string ip, int port, object message)
    {
        _bus.Statistics.CountSent();
        BusAddress.Of(Context, ip, port).Tell(message, Self);
    }

    private sealed record Rested
    {
        public static Rested Instance { get; } = new();
    }

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }
}
