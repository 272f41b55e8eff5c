using System.Collections.Immutable;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Tests.Simulation;

/// <summary>A member in a <see cref="Schedule"/>: a disk, and while it runs, a voter, a proposer and a fence.</summary>
internal sealed class SimulatedNode(Schedule schedule, NodeId id, double clockRate)
{
    internal const int SlotsInUse = 6;

    private readonly LeaseTimes _times = new(Schedule.LeaseMs);
    private Register _disk = new(default, default, schedule.FirstMap);
    private Voter _voter = null!;
    private PrimaryFence _fence = null!;
    private Proposer _proposer = null!;
    private PendingMove? _move;
    private long _run;
    private long _pausedUntilMs;
    private bool _isDown;

    private bool IsMutated => schedule.Mutation != Mutation.None;

    // Its own clock: another origin, another rate.
    private long Clock => 100_000 + (long)(schedule.NowMs * clockRate);

    public void Start()
    {
        _isDown = false;
        _run++;
        _voter = new Voter(id, _disk, _times, _run == 1 ? Clock - 100_000 : Clock);
        _fence = new PrimaryFence(id, _run, _times);
        _proposer = new Proposer(id);
        _move = null;
        _fence.Handle(new Committed(default, schedule.FirstMap));
        Tick(_run);
    }

    public void Crash(int downMs)
    {
        if (_isDown)
            return;
        _isDown = true;
        schedule.After(downMs, Start);
    }

    public void Pause(int pausedMs) => _pausedUntilMs = schedule.NowMs + pausedMs;

    public void Calm()
    {
        _pausedUntilMs = 0;
        if (_isDown)
            Start();
        _proposer.Stop();
    }

    public void BeginAsLeader()
    {
        if (_isDown)
            return;
        _move = null;
        _proposer.Begin(_voter.Register.Promised);
        AskVoters();
    }

    public void BeginUnlessLeading()
    {
        if (_proposer.State == ProposerState.Idle)
            BeginAsLeader();
    }

    public void StopLeading() => _proposer.Stop();

    public void Receive(object message)
    {
        if (_isDown)
            return;
        if (schedule.NowMs < _pausedUntilMs)
        {
            schedule.After(_pausedUntilMs - schedule.NowMs, () => Receive(message));
            return;
        }

        switch (message)
        {
            case Prepare prepare:
                Answer(prepare.Ballot.Node, _voter.Handle(prepare));
                break;
            case Accept accept:
                Forget();
                Answer(accept.Ballot.Node, _voter.Handle(accept, Clock));
                break;
            case Promise promise:
                _proposer.Handle(schedule.Mutation == Mutation.NoRead
                    ? promise with { Map = _disk.Map, Accepted = _disk.Ballot } : promise);
                break;
            case Accepted accepted when _proposer.Handle(accepted):
                _move = null;
                schedule.SendToAll(id, _proposer.Decision!);
                break;
            case Refused refused:
                _proposer.Handle(refused);
                break;
            case Committed committed:
                _voter.Handle(committed, Clock);
                Save();
                _fence.Handle(committed);
                break;
            case Beat beat when _voter.Handle(beat, Clock) is { } ack:
                schedule.Send(id, beat.Primary, ack);
                break;
            case BeatAck ack:
                _fence.Handle(ack);
                break;
            case AskConsent ask when _fence.TryConsent(ask.Slot, ask.Ballot, ask.Version):
                schedule.Send(id, ask.Ballot.Node, new Consented(id, _fence.Run, ask));
                break;
            case Consented consented when _move is { } move && move.Ask == consented.Ask:
                _move = null;
                _proposer.TryPropose(move.Map, ImmutableDictionary<NodeId, long>.Empty.Add(consented.From,
                    consented.Run));
                break;
        }
    }

    /// <summary>If it leads, and nothing is open: another owner, another primary, another voter.</summary>
    public void ProposeSomething(Random random)
    {
        if (_isDown || _proposer.State != ProposerState.Leading || schedule.NowMs < _pausedUntilMs)
            return;
        var map = _proposer.Map;
        var none = ImmutableDictionary<NodeId, long>.Empty;
        if (_move is { } open && Clock > open.UntilMs)
        {
            // No consent in time: whoever gave it unheard is set free by a version in which nothing changes.
            _move = null;
            _proposer.TryPropose(map.Edit().Build(), none);
        }
        else if (_move is null)
        {
            Propose(random, map, none);
        }
    }

    private void Propose(Random random, SlotMap map, ImmutableDictionary<NodeId, long> none)
    {
        var any = map.Nodes[random.Next(map.Nodes.Length)];
        var choice = random.NextDouble();
        if (choice < 0.35 && !any.IsPrimary)
        {
            _proposer.TryPropose(map.Edit().Promote(any.Id).Build(), none);
        }
        else if (choice < 0.7 && any.IsPrimary)
        {
            var slot = random.Next(SlotsInUse);
            if (map.OwnerOf(slot) is not { } owner || owner.Id == any.Id)
                return;
            var next = map.Edit().Assign(slot, any.Id).Build();
            var ask = new AskConsent(slot, _proposer.Decision!.Ballot, next.Version);
            _move = new PendingMove(ask, next, Clock + 200);
            schedule.Send(id, owner.Id, ask);
        }
        else if (choice > 0.75)
        {
            var edit = map.Edit();
            if (!edit.Voters.Remove(any.Id))
                edit.Voters.Add(any.Id);
            if (edit.Voters.Count >= 3)
                _proposer.TryPropose(edit.Build(), none);
        }
    }

    private void Tick(long run)
    {
        if (_isDown || run != _run)
            return;
        schedule.After(20, () => Tick(run));
        if (schedule.NowMs < _pausedUntilMs)
            return;
        AcknowledgeSomething();
        if (schedule.NowMs % _times.BeatMs < 20)
            schedule.SendToAll(id, _fence.NewBeat(Clock));
        if (schedule.NowMs % 100 < 20)
            AskVoters();
    }

    private void AskVoters()
    {
        if ((_proposer.Outstanding ?? _proposer.Decision) is { } message)
            schedule.SendToAll(id, message);
    }

    // A client's write is executed, and acknowledged when everything says that it may be.
    private void AcknowledgeSomething()
    {
        var map = _fence.Map;
        for (var slot = 0; slot < SlotsInUse; slot++)
        {
            var mayRelease = schedule.Mutation == Mutation.NoFence ? map.Owns(id, slot) : MayRelease(slot);
            if (mayRelease)
                schedule.NoteAcknowledged(id, slot, map.Version);
        }
    }

    private bool MayRelease(int slot) => _fence.MayRelease(slot, Clock)
        || (schedule.Mutation == Mutation.NoProof && _fence.Map.Owns(id, slot) && Clock < _fence.LeaseUntilMs);

    private void Forget()
    {
        if (!IsMutated)
            return;
        if (schedule.Mutation == Mutation.NoPromises)
            _voter = new Voter(id, new Register(default, default, _disk.Map), _times, Clock - 100_000);
        if (schedule.Mutation == Mutation.NoLeases)
            _voter = new Voter(id, _disk, _times, Clock - 100_000);
    }

    private void Answer(NodeId to, object? answer)
    {
        Save();
        if (answer is Accepted accepted)
            schedule.NoteAccepted(id, accepted.Ballot, _disk.Map);
        if (answer is not null)
            schedule.Send(id, to, answer);
    }

    private void Save() => _disk = _voter.Register;

    private sealed record AskConsent(int Slot, Ballot Ballot, long Version);

    private sealed record Consented(NodeId From, long Run, AskConsent Ask);

    private sealed record PendingMove(AskConsent Ask, SlotMap Map, long UntilMs);
}
