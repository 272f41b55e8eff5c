using System.Collections.Immutable;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Files;
using RedisLite.Cluster.Map;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;

namespace RedisLite.Cluster.Bus;

/// <summary>This node's vote and fence, and what outlives the bus's actors, which are made anew now and then.</summary>
/// <remarks>
/// LOCK: one gate around voter and fence, which know no threads; writing the file is done under it, so that no answer
/// overtakes it. Nothing here waits for stripes or for other nodes. While the node has met nobody there is neither.
/// </remarks>
internal sealed class NodeCore
{
    // How long a reply is held back for want of a majority before its client is told that the cluster is down.
    private const long PatienceMs = 1_000;

    // Who has never voted has given no lease, and need not wait for one to be over.
    private const long NeverMs = long.MinValue / 4;

    private readonly INodeHost _host;
    private readonly Func<long> _clock;
    private readonly Lock _gate = new();
    private readonly long _run = Random.Shared.NextInt64();
    private readonly GivenSlot?[] _given = new GivenSlot?[SlotMap.SlotCount];
    private readonly bool[] _handedOver = new bool[SlotMap.SlotCount];
    private ImmutableArray<SlotRange> _pausing = [];
    private long _handOverPosition;
    private ImmutableArray<LeftCluster> _left;
    private long _votedAtMs;
    private Register _saved;
    private Voter? _voter;
    private PrimaryFence? _fence;
    private Ballot _inForceBy;
    private SlotMap? _unapplied;

    /// <param name="host">The node.</param>
    /// <param name="times">By the node timeout.</param>
    /// <param name="clock">Milliseconds; goes on while the machine sleeps.</param>
    public NodeCore(INodeHost host, LeaseTimes times, Func<long> clock)
    {
        (_host, Times, _clock) = (host, times, clock);
        Peers = new PeerTable(clock());
        var state = host.State;
        _saved = state.Register;
        (_left, _votedAtMs) = (state.Left, clock());
        if (state.InForce.Cluster.IsNone)
            return;

        // What it knows to be in force was decided by the ballot that it accepted it by, if it did.
        _inForceBy = state.Register.Map.Digest == state.InForce.Digest ? state.Register.Ballot : default;
        _voter = new Voter(state.Self, state.Register, times, clock());
        _fence = NewFence(state.Self, new Committed(_inForceBy, state.InForce));
    }

    public LeaseTimes Times { get; }

    public PeerTable Peers { get; }

    public NodeId Self => _host.State.Self;

    public long NowMs => _clock();

    /// <summary>The map that this node acts by: decided, and perhaps not applied to its requests yet.</summary>
    public SlotMap InForce => Volatile.Read(ref _fence)?.Map ?? _host.State.InForce;

    /// <summary>Whether it is of a cluster.</summary>
    public bool IsFormed => Volatile.Read(ref _fence) is not null;

    public Ballot Promised
    {
        get
        {
            lock (_gate)
                return _voter?.Register.Promised ?? default;
        }
    }

    /// <summary>The decision in force, for those who have not heard of it; null when this node cannot say.</summary>
    public Committed? Decision
    {
        get
        {
            lock (_gate)
                return _fence is { } fence && _inForceBy != default ? new Committed(_inForceBy, fence.Map) : null;
        }
    }

    /// <summary>
    /// The first node of a cluster: it alone votes, and decides by that that it exists.
    /// </summary>
    /// <exception cref="IOException">That cannot be written down.</exception>
    public Committed Form()
    {
        lock (_gate)
        {
            if (_fence is not null)
                return new Committed(_inForceBy, _fence.Map);
            var state = _host.State;
            var edit = new SlotMapEdit(state.InForce) { Cluster = NodeId.NewRandom() };
            var me = _host.Announced;
            edit.Put(edit[state.Self] with
            {
                Ip = me.Ip,
                Port = me.Port,
                BusPort = me.BusPort,
                Hostname = me.Hostname,
            });
            edit.Voters.Add(state.Self);
            var map = edit.Build();
            var ballot = new Ballot(1, state.Self);
            return Adopt(new Committed(ballot, map), new Register(ballot, ballot, map));
        }
    }

    /// <returns>A <see cref="Promise"/>, an <see cref="Accepted"/>, a <see cref="Suspended"/>, a
    /// <see cref="Refused"/>, or null.</returns>
    public object? Vote(object message)
    {
        lock (_gate)
        {
            if (_voter is not { } voter)
                return null;
            var answer = message switch
            {
                Prepare prepare => voter.Handle(prepare),
                Accept accept => voter.Handle(accept, _clock()),
                Suspend suspend => voter.Handle(suspend, _clock()),
                _ => null,
            };
            return TrySave(voter.Register) ? answer : null;
        }
    }

    public BeatAck? Handle(Beat beat)
    {
        lock (_gate)
            return _voter?.Handle(beat, _clock());
    }

    public void Handle(BeatAck ack)
    {
        lock (_gate)
            _fence?.Handle(ack);
    }

    /// <summary>Asks the voters to let this node go on; null when it is no primary.</summary>
    public Beat? NewBeat()
    {
        lock (_gate)
            return _fence is { } fence && fence.Map.Find(Self) is { IsPrimary: true } ? fence.NewBeat(_clock()) : null;
    }

    /// <returns>The map that is in force now; null when that has not changed.</returns>
    public SlotMap? Handle(Committed message)
    {
        lock (_gate)
        {
            if (_fence is not { } fence)
                return Join(message);
            if (message.Map.Cluster != fence.Map.Cluster)
                return null;
            var before = fence.Map;
            _voter!.Handle(message, _clock());
            TrySave(_voter.Register);
            fence.Handle(message);
            EndPause(fence, message.Map);
            if (fence.Map == before)
            {
                if (message.Map.Digest == before.Digest && message.Ballot > _inForceBy)
                    _inForceBy = message.Ballot;
                return null;
            }

            _inForceBy = message.Ballot;
            Volatile.Write(ref _unapplied, message.Map);
            ForgetHandedOver(fence.Map);
            if (fence.Map.Find(Self) is not null)
                return fence.Map;

            // It is no member any more, and has no vote either. What was before is not to begin anew: NodeStore writes
            // the same down when it puts the map in force.
            _left = LeftCluster.Add(_left, new LeftCluster(
                message.Map.Cluster, message.Map.Version, _voter.Register.Promised));
            _votedAtMs = _clock();
            (_voter, _fence, _inForceBy) = (null, null, default);
            return message.Map;
        }
    }

    /// <summary>This node begins anew: another name, or no cluster.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            (_voter, _fence, _inForceBy, _pausing, _unapplied) = (null, null, default, [], null);
            _saved = _host.State.Register;
            (_left, _votedAtMs) = (_host.State.Left, _clock());
            Array.Clear(_handedOver);
        }
    }

    /// <summary>Agrees to lose slots, if it knows the map that they are lost in. May wait for stripes.</summary>
    public Consented Handle(AskConsent ask)
    {
        var (offset, position) = ask.PausesWriters ? _host.HoldWriters() : (0, 0);
        lock (_gate)
        {
            var isAgreed = _fence is not null;
            foreach (var range in ask.Slots)
                for (var slot = range.First; isAgreed && slot <= range.Last; slot++)
                    isAgreed = _fence!.TryConsent(slot, ask.Ballot, ask.Version);
            if (ask.PausesWriters && isAgreed)
                (_pausing, _handOverPosition) = (ask.Slots, position);
            else if (ask.PausesWriters && _pausing.IsEmpty)
                _host.ReleaseWriters();
            return new Consented(Self, ask.Ballot, ask.Version, _run, isAgreed, offset);
        }
    }

    /// <inheritdoc cref="ICluster.JudgeRelease"/>
    public ReleaseVerdict Judge(int slot, long position, long waitedMs)
    {
        if (Volatile.Read(ref _fence) is not { } fence)
            return ReleaseVerdict.Release;
        var now = _clock();
        if (slot < 0)
        {
            if (fence.MayReleaseAny(now) || WasHandedOver(position))
                return ReleaseVerdict.Release;
        }
        else if (fence.MayRelease(slot, now) || (Volatile.Read(ref _handedOver[slot]) && WasHandedOver(position)))
        {
            return ReleaseVerdict.Release;
        }
        else if (!fence.Map.Owns(Self, slot))
        {
            // What ran before a slot was given away as one is where the slot is.
            if (Volatile.Read(ref _given[slot]) is { } given && given.Has(position) && fence.Map.Owns(given.To, slot))
                return ReleaseVerdict.Release;

            // Keys of a slot that arrives one by one are written here before the slot is this node's.
            if (!_host.State.Slots.Importing.ContainsKey(slot))
                return ReleaseVerdict.Refuse;
            if (fence.HasLease(now))
                return ReleaseVerdict.Release;
        }

        var patience = fence.HasConsents ? Math.Max(PatienceMs, Times.LeaseMs) : PatienceMs;
        return waitedMs < patience ? ReleaseVerdict.Wait : ReleaseVerdict.Refuse;
    }

    /// <summary>
    /// Slots are given away as one: what ran up to a position of the log the other node has, and may be acknowledged
    /// when it has the slots. Any thread.
    /// </summary>
    public void NoteGiven(IEnumerable<int> slots, NodeId to, long position)
    {
        var given = new GivenSlot(to, position);
        foreach (var slot in slots)
            Volatile.Write(ref _given[slot], given);
    }

    private sealed record GivenSlot(NodeId To, long Position)
    {
        public bool Has(long position) => position != 0 && position <= Position;
    }

    /// <summary>
    /// A map that is in force and has not been put there: the bus may have ended just then. Null when there is none.
    /// </summary>
    public SlotMap? Unapplied => Volatile.Read(ref _unapplied);

    /// <summary>A map was put in force.</summary>
    public void NoteApplied(SlotMap map) => Interlocked.CompareExchange(ref _unapplied, null, map);

    /// <summary>Whether this node hands over, and writers are held for that.</summary>
    public bool IsHandingOver
    {
        get
        {
            lock (_gate)
                return !_pausing.IsEmpty;
        }
    }

    /// <summary>Whether a majority lets this node serve; true while it has met nobody.</summary>
    public bool HasLease => Volatile.Read(ref _fence) is not { } fence || fence.HasLease(_clock());

    // What ran before writers were held is in the successor's data.
    private bool WasHandedOver(long position) => position != 0 && position <= Volatile.Read(ref _handOverPosition);

    private PrimaryFence NewFence(NodeId self, Committed decision)
    {
        var fence = new PrimaryFence(self, _run, Times);
        fence.Handle(decision);
        return fence;
    }

    /// <summary>Another cluster's map names this node: it has met that cluster, and is a member now.</summary>
    private SlotMap? Join(Committed message)
    {
        if (message.Map.Find(Self) is null || message.Map.Cluster.IsNone)
            return null;

        // A member that lags behind still counts this node among its own: to follow its map would be to vote, and to
        // serve, for a past that was decided to be over.
        var left = LeftCluster.Find(_left, message.Map.Cluster);
        if (left is not null && message.Map.Version <= left.Version)
            return null;
        try
        {
            var promised = left is not null && left.Promised > message.Ballot ? left.Promised : message.Ballot;
            Adopt(message, new Register(promised, message.Ballot, message.Map),
                left is null ? NeverMs : _votedAtMs);
            return message.Map;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _host.Log(LogVerbosity.Warning, $"Cannot join: {error.Message}");
            return null;
        }
    }

    /// <param name="decision">The map that makes it a member.</param>
    /// <param name="register">Of its voter.</param>
    /// <param name="votedAtMs">When it may have given a lease there: that is waited for.</param>
    private Committed Adopt(Committed decision, Register register, long votedAtMs = NeverMs)
    {
        _host.Save(register);
        _saved = register;
        _voter = new Voter(Self, register, Times, votedAtMs);
        _inForceBy = decision.Ballot;
        Volatile.Write(ref _unapplied, decision.Map);
        Volatile.Write(ref _fence, NewFence(Self, decision));
        return decision;
    }

    private bool TrySave(Register register)
    {
        if (register == _saved)
            return true;
        try
        {
            _host.Save(register);
            _saved = register;
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _host.Log(LogVerbosity.Warning, $"This node does not vote: its file cannot be written: {error.Message}");
            return false;
        }
    }

    /// <summary>A hand-over is decided one way or the other.</summary>
    private void EndPause(PrimaryFence fence, SlotMap map)
    {
        if (_pausing.IsEmpty || fence.HasConsents)
            return;
        foreach (var range in _pausing)
            for (var slot = range.First; slot <= range.Last; slot++)
                Volatile.Write(ref _handedOver[slot], !map.Owns(Self, slot));
        _pausing = [];

        // Writers go on when the new map is applied: by a redirection, or as before.
    }

    private void ForgetHandedOver(SlotMap map)
    {
        foreach (var range in map.RangesOf(Self))
            Array.Clear(_handedOver, range.First, range.Last - range.First + 1);
    }
}
