using System.Collections.Immutable;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>
/// Makes of what is asked for, and of what it sees, one map after the other, and has it decided: the work of Akka's
/// singleton.
/// </summary>
/// <remarks>
/// <code>
///   request -> queue -> MapStep: the next map  --takes slots-->  consent of who loses them --+
///                         | nothing to do, or an error                                       |
///                         v                           primary failed: Takeover --------------+
///                       answer  &lt;----- decided &lt;----- Proposer: accepted by a majority &lt;-----+
/// </code>
/// One change at a time. While none is asked for, it sees to the voters and to primaries that have failed. Without
/// transport and clock; one thread. It may be deposed at any time, and another may lead beside it: what makes that
/// harmless is in <see cref="Voter"/>.
/// </remarks>
internal sealed class Leader(NodeId self, PeerTable peers, LeaseTimes times, ILeaderOutput output)
{
    private const int MostQueued = 10_000;
    private const int MostRemembered = 1_000;
    private const long ResendMs = 100;
    private const long ConsentMs = 2_000;
    private const long HandOverMs = 5_000;
    private const long DeposedMs = 500;

    private readonly Proposer _proposer = new(self);
    private readonly LinkedList<Requested> _queue = [];
    private readonly Dictionary<(NodeId, long), Answered> _answered = [];
    private readonly Queue<(NodeId, long)> _answeredOrder = [];
    private readonly HashSet<NodeId> _failed = [];
    private readonly ReplicaMigration _migration = new(peers);
    private SlotMap _former = SlotMap.Unformed;
    private Operation? _open;
    private Takeover? _takeover;
    private long _beginAtMs;
    private long _tickedAtMs = long.MaxValue / 2;
    private long _sentAtMs;
    private long _beatAtMs;

    // Two that try to lead depose each other again and again: it is said once.
    private NodeId _deposedBy;

    /// <summary>Whether it has a majority behind it.</summary>
    public bool IsLeading => _proposer.State is ProposerState.Leading
        || (_proposer.State is ProposerState.Committing && _proposer.Decision is not null);

    /// <summary>Members that it takes for dead.</summary>
    public IReadOnlyCollection<NodeId> Failed => _failed;

    /// <summary>How often <see cref="Tick"/> is to be called.</summary>
    public static TimeSpan TickInterval { get; } = TimeSpan.FromMilliseconds(50);

    private long BeatMs => Math.Clamp(times.BeatMs, 20, 500);

    private SlotMap Map => _proposer.Map;

    public void Tick(long nowMs)
    {
        // Who was stopped has heard nobody: that says nothing of the others.
        if (nowMs - _tickedAtMs > Math.Max(TickInterval.TotalMilliseconds * 10, times.LeaseMs / 4))
            peers.BeginListening(nowMs);
        _tickedAtMs = nowMs;
        if (_proposer.State == ProposerState.Idle)
        {
            if (nowMs >= _beginAtMs)
                Begin(nowMs);
            return;
        }

        if (_proposer.Outstanding is { } outstanding && nowMs - _sentAtMs >= ResendMs)
            SendToAll(outstanding, nowMs);
        if (!IsLeading)
            return;
        LookForFailures(nowMs);
        if (nowMs - _beatAtMs >= BeatMs)
        {
            _beatAtMs = nowMs;
            SendToAll(new LeaderBeat(_proposer.Decision!.Ballot, Map.Version, [.. _failed]));
        }

        if (_open is { } open)
            TickOpen(open, nowMs);
        else
            _takeover?.Tick(nowMs);
        StartNext(nowMs);
    }

    public void Handle(object message, long nowMs)
    {
        switch (message)
        {
            case Promise promise:
                var before = _proposer.State;
                _proposer.Handle(promise);
                if (before != _proposer.State && _proposer.Outstanding is { } accept)
                    SendToAll(accept, nowMs);
                break;
            case Accepted accepted when _proposer.Handle(accepted):
                OnDecided(nowMs);
                break;
            case Refused refused:
                OnRefused(refused, nowMs);
                break;
            case Consented consented:
                OnConsented(consented, nowMs);
                break;
            case Suspended suspended:
                _takeover?.Handle(suspended, nowMs);
                break;
            case PeerStatus status:
                peers.Note(status, nowMs);
                if (_open is { NeededOffset: not null } open)
                    TickOpen(open, nowMs);
                else
                    _takeover?.Handle(status, nowMs);
                break;
            case Requested request:
                OnRequested(request, nowMs);
                break;
        }
    }

    private void Begin(long nowMs)
    {
        _proposer.Begin(output.Promised);
        SendToAll(_proposer.Outstanding!, nowMs);
    }

    private void OnRefused(Refused refused, long nowMs)
    {
        _proposer.Handle(refused);
        if (_proposer.State != ProposerState.Idle)
            return;
        if (_deposedBy != refused.Promised.Node)
            output.Log($"Another leads by a higher ballot, {refused.Promised.Round} of {refused.Promised.Node}");
        _deposedBy = refused.Promised.Node;

        // Who asked for something asks again, whoever leads then.
        _queue.Clear();
        (_open, _takeover) = (null, null);
        _beginAtMs = nowMs + DeposedMs + Random.Shared.NextInt64(DeposedMs);
    }

    private void OnDecided(long nowMs)
    {
        SendToAll(_proposer.Decision!);
        _former = Map;
        _deposedBy = default;
        if (_open is { } done)
        {
            _open = null;
            if (done.Request is { } request && !done.IsLast)
                _queue.AddFirst(request);
            else if (done.Request is not null)
                Answer(done.Request, done.Error, Map.Version);
        }

        StartNext(nowMs);
    }

    private void OnRequested(Requested request, long nowMs)
    {
        if (_answered.TryGetValue((request.From, request.Id), out var answer))
            output.Answer(request, answer);
        else if (IsLeading && !IsKnown(request) && _queue.Count < MostQueued)
            _queue.AddLast(request);
        StartNext(nowMs);
    }

    private bool IsKnown(Requested request)
    {
        bool Is(Requested? other) => other is not null && other.Id == request.Id && other.From == request.From;
        return Is(_open?.Request) || Is(_takeover?.Request) || _queue.Any(Is);
    }

    private void StartNext(long nowMs)
    {
        while (_open is null && _takeover is null && _proposer.State == ProposerState.Leading)
        {
            if (_queue.First is not { Value: var request })
            {
                Housekeep(nowMs);
                return;
            }

            _queue.RemoveFirst();
            Start(request, nowMs);
        }
    }

    private void Start(Requested request, long nowMs)
    {
        var step = MapStep.Of(Map, request.Change);
        if (step.Next is not { } next)
        {
            Answer(request, step.Error, Map.Version);
            return;
        }

        if (request.Change is PromoteReplica { Kind: not FailoverKind.Manual } promote)
        {
            BeginTakeover(promote.Former, promote.Replica, request, nowMs);
            return;
        }

        var isHandOver = request.Change is PromoteReplica;
        var losers = MapStep.Losers(Map, next).Where(id => isHandOver || !_failed.Contains(id)).ToImmutableArray();
        if (isHandOver && losers.Any(_failed.Contains))
        {
            Answer(request, "ERR Master is down or failed, please use CLUSTER FAILOVER FORCE", Map.Version);
            return;
        }

        _open = new Operation(request, next, step.IsLast, nowMs + (isHandOver ? HandOverMs : ConsentMs))
        {
            Asked = losers,
            Successor = isHandOver ? ((PromoteReplica)request.Change).Replica : default,
        };
        if (losers.IsEmpty)
            Propose(_open, nowMs);
        else
            AskConsent(_open, nowMs);
    }

    private void Propose(Operation operation, long nowMs)
    {
        operation.IsProposed = true;
        if (_proposer.TryPropose(operation.Next, operation.Consents.ToImmutableDictionary(
            pair => pair.Key, pair => pair.Value.Run)))
            SendToAll(_proposer.Outstanding!, nowMs);
    }

    private void AskConsent(Operation operation, long nowMs)
    {
        operation.AskedAtMs = nowMs;
        foreach (var id in operation.Asked)
            if (!operation.Consents.ContainsKey(id) && Map.Find(id) is { } node)
                output.Send(node, new AskConsent(
                    _proposer.Decision!.Ballot, operation.Next.Version, LostBy(id, operation.Next),
                    PausesWriters: !operation.Successor.IsNone));
    }

    private ImmutableArray<SlotRange> LostBy(NodeId id, SlotMap next)
    {
        var lost = ImmutableArray.CreateBuilder<SlotRange>();
        foreach (var range in Map.RangesOf(id))
            for (var slot = range.First; slot <= range.Last; slot++)
                if (!next.Owns(id, slot))
                    SlotRange.Append(lost, slot);
        return lost.ToImmutable();
    }

    private void OnConsented(Consented consented, long nowMs)
    {
        if (_open is not { IsProposed: false } open || !consented.IsAgreed
            || consented.Ballot != _proposer.Decision!.Ballot || consented.Version != open.Next.Version
            || !open.Asked.Contains(consented.From))
            return;
        open.Consents[consented.From] = (consented.Run, consented.Offset);
        if (open.Consents.Count < open.Asked.Length)
            return;
        if (!open.Successor.IsNone)
            open.NeededOffset = open.Consents.Values.Max(consent => consent.Offset);
        TickOpen(open, nowMs);
    }

    private void TickOpen(Operation open, long nowMs)
    {
        if (open.IsProposed)
            return;
        var hasAll = open.Consents.Count == open.Asked.Length;
        if (hasAll && HasCaughtUp(open))
        {
            Propose(open, nowMs);
        }
        else if (nowMs >= open.UntilMs)
        {
            GiveUp(open, nowMs);
        }
        else if (!hasAll && nowMs - open.AskedAtMs >= ResendMs)
        {
            AskConsent(open, nowMs);
        }
        else if (hasAll && nowMs - open.AskedAtMs >= (long)TickInterval.TotalMilliseconds
            && Map.Find(open.Successor) is { } successor)
        {
            open.AskedAtMs = nowMs;
            output.Send(successor, new AskStatus(self, 0));
        }
    }

    private bool HasCaughtUp(Operation open) => open.NeededOffset is not { } offset
        || (peers.StatusOf(open.Successor) is { } status && status.Offset >= offset);

    /// <summary>Somebody does not agree in time. Who has agreed is set free by a version without news.</summary>
    private void GiveUp(Operation open, long nowMs)
    {
        var silent = open.Asked.Where(id => !open.Consents.ContainsKey(id)).ToList();
        var error = silent.Count > 0 ? $"ERR {silent[0]} has not agreed to lose its slots in time"
            : "ERR the replica has not caught up with its primary in time";
        if (open.Consents.Count == 0)
        {
            _open = null;
            Answer(open.Request!, error, Map.Version);
            return;
        }

        _open = new Operation(open.Request, Map.Edit().Build(), true, long.MaxValue) { Error = error };
        Propose(_open, nowMs);
    }

    private void Housekeep(long nowMs)
    {
        foreach (var node in Map.Nodes)
            if (node.IsPrimary && _failed.Contains(node.Id) && Map.CountSlots(node.Id) > 0
                && Map.ReplicasOf(node.Id).Any(replica => MayTakeOver(replica.Id, nowMs)))
            {
                BeginTakeover(node.Id, default, null, nowMs);
                return;
            }

        var next = VoterChoice.Next(Map, IsAlive);
        if (next is null && _migration.Next(Map, IsAlive, output.MigrationBarrier, nowMs) is { } follow)
            next = MapStep.Of(Map, follow).Next;
        if (next is null)
            return;
        _open = new Operation(null, next, true, long.MaxValue);
        Propose(_open, nowMs);

        bool IsAlive(NodeId id) => !_failed.Contains(id) && IsReachable(id, nowMs);
    }

    private bool MayTakeOver(NodeId replica, long nowMs) =>
        IsReachable(replica, nowMs) && peers.StatusOf(replica) is { MayTakeOver: true };

    private bool IsReachable(NodeId id, long nowMs) =>
        id == self || (peers.HeardOf(id) is not null && peers.SilenceMs(id, nowMs) < Math.Max(times.LeaseMs / 2, 500));

    private void LookForFailures(long nowMs)
    {
        foreach (var node in Map.Nodes)
        {
            peers.Introduce(node.Id, nowMs);
            var hasFailed = node.Id != self && peers.SilenceMs(node.Id, nowMs) > times.LeaseMs;
            if (hasFailed && _failed.Add(node.Id))
                output.Log($"Node {node.Id} ({node.Ip}:{node.Port}) has failed: nothing was heard of it for "
                    + $"{peers.SilenceMs(node.Id, nowMs)} ms");
            else if (!hasFailed && _failed.Remove(node.Id))
                output.Log($"Node {node.Id} ({node.Ip}:{node.Port}) is back");
        }

        _failed.RemoveWhere(id => Map.Find(id) is null);
    }

    private void BeginTakeover(NodeId primary, NodeId replica, Requested? request, long nowMs)
    {
        _takeover = new Takeover(primary, replica, request, times, peers, nowMs)
        {
            Map = () => Map,
            SendToAll = message => SendToAll(message),
            Ballot = _proposer.Decision!.Ballot,
            Self = self,
            HasFailed = _failed.Contains,
            Chosen = OnChosen,
        };
        output.Log($"Looking for a successor of {primary}");
        _takeover.Tick(nowMs);
    }

    /// <summary>A takeover is ready, or cannot be.</summary>
    private void OnChosen(NodeId? replica, string error, long nowMs)
    {
        var takeover = _takeover!;
        _takeover = null;
        var kind = takeover.Request is null ? FailoverKind.Automatic : FailoverKind.Forced;
        var step = replica is { } id ? MapStep.Of(Map, new PromoteReplica(id, takeover.Primary, kind))
            : new MapStep(null, true, error);
        if (step.Next is { } next)
        {
            _open = new Operation(takeover.Request, next, true, long.MaxValue);
            Propose(_open, nowMs);
            return;
        }

        if (takeover.Request is not null)
            Answer(takeover.Request, step.Error, Map.Version);
        else if (step.Error is not null)
            output.Log(step.Error);
    }

    private void Answer(Requested request, string? error, long version)
    {
        var answer = new Answered(request.Id, error, version);
        if (_answered.TryAdd((request.From, request.Id), answer))
            _answeredOrder.Enqueue((request.From, request.Id));
        if (_answeredOrder.Count > MostRemembered)
            _answered.Remove(_answeredOrder.Dequeue());
        output.Answer(request, answer);
    }

    private void SendToAll(object message, long nowMs)
    {
        _sentAtMs = nowMs;
        SendToAll(message);
    }

    /// <summary>To all who are members, were until now, or will be.</summary>
    private void SendToAll(object message)
    {
        var all = new Dictionary<NodeId, ClusterNode>();
        foreach (var map in (SlotMap?[])[_former, output.InForce, Map, (_proposer.Outstanding as Accept)?.Map])
            foreach (var node in map?.Nodes ?? [])
                all[node.Id] = node;
        foreach (var node in all.Values)
            output.Send(node, message);
    }

    private sealed class Operation(Requested? request, SlotMap next, bool isLast, long untilMs)
    {
        public Requested? Request => request;

        public SlotMap Next => next;

        public bool IsLast => isLast;

        public long UntilMs => untilMs;

        /// <summary>What is answered although a version was decided.</summary>
        public string? Error { get; init; }

        public ImmutableArray<NodeId> Asked { get; init; } = [];

        /// <summary>Who has to catch up first; none when nobody has.</summary>
        public NodeId Successor { get; init; }

        public Dictionary<NodeId, (long Run, long Offset)> Consents { get; } = [];

        public long? NeededOffset { get; set; }

        public long AskedAtMs { get; set; }

        public bool IsProposed { get; set; }
    }
}
