using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Bus;

/// <summary>
/// What this node wants to have decided: kept until it is, whoever leads meanwhile and however often the bus is made
/// anew.
/// </summary>
/// <remarks>Any thread. A change is sent again and again; it means the same however often it arrives.</remarks>
internal sealed class Proposals(Func<long> clock)
{
    private const long ResendMs = 500;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Open> _open = [];
    private long _lastId = Random.Shared.NextInt64(long.MaxValue / 2);
    private long _applied;

    /// <summary>How many wait for a leader, or for its answer.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _open.Count;
        }
    }

    /// <param name="change">What is wanted.</param>
    /// <param name="timeout">For how long.</param>
    /// <param name="done">Called once, on any thread; returns at once.</param>
    public void Add(MapChange change, TimeSpan timeout, Action<SlotProposalResult> done)
    {
        lock (_gate)
        {
            var id = ++_lastId;
            _open[id] = new Open(change, clock() + (long)timeout.TotalMilliseconds, done);
        }
    }

    /// <summary>Whether a change is open already.</summary>
    public bool Contains(MapChange change)
    {
        lock (_gate)
            return _open.Values.Any(open => open.Change == change);
    }

    /// <summary>
    /// Whether a slot is about to be nobody's: a transaction takes it from one and gives it to another.
    /// </summary>
    public bool Frees(int slot)
    {
        lock (_gate)
            return _open.Values.Any(open => open.Change is GiveSlots { To.IsNone: true } give
                && give.Slots.Any(range => slot >= range.First && slot <= range.Last));
    }

    /// <summary>What is to be sent to the leader now, in the order in which it was asked for.</summary>
    /// <param name="self">This node.</param>
    /// <param name="isNewLeader">Whether all are to be sent again.</param>
    public IReadOnlyList<Requested> Take(NodeId self, bool isNewLeader)
    {
        var due = new List<Requested>();
        var now = clock();
        lock (_gate)
            foreach (var (id, open) in _open.OrderBy(pair => pair.Key))
            {
                if (open.Version != 0 || (!isNewLeader && now < open.SentAtMs + ResendMs))
                    continue;
                open.SentAtMs = now;
                due.Add(new Requested(id, self, open.Change));
            }

        return due;
    }

    public void Handle(Answered answer)
    {
        Action<SlotProposalResult>? done = null;
        var result = answer.Error is null
            ? new SlotProposalResult(SlotProposalOutcome.Decided, "", answer.Version)
            : new SlotProposalResult(SlotProposalOutcome.Refused, answer.Error, 0);
        lock (_gate)
        {
            if (!_open.TryGetValue(answer.Id, out var open))
                return;

            // What is decided is answered when it is in force here.
            if (answer.Error is null && answer.Version > _applied)
                open.Version = answer.Version;
            else if (_open.Remove(answer.Id))
                done = open.Done;
        }

        done?.Invoke(result);
    }

    /// <summary>A map has come into force here.</summary>
    public void NoteApplied(long version)
    {
        List<Open> over;
        lock (_gate)
        {
            _applied = version;
            over = TakeOut(open => open.Version != 0 && open.Version <= version);
        }

        foreach (var open in over)
            open.Done(new SlotProposalResult(SlotProposalOutcome.Decided, "", open.Version));
    }

    /// <summary>Ends those whose time is over.</summary>
    public void EndOverdue()
    {
        var now = clock();
        List<Open> over;
        lock (_gate)
            over = TakeOut(open => now >= open.UntilMs);
        foreach (var open in over)
            open.Done(new SlotProposalResult(SlotProposalOutcome.Unknown,
                "ERR the cluster has not decided in time; it may still do so", 0));
    }

    /// <summary>This node is of no cluster any more, or the server ends.</summary>
    public void EndAll()
    {
        List<Open> over;
        lock (_gate)
        {
            over = TakeOut(_ => true);
            _applied = 0;
        }

        foreach (var open in over)
            open.Done(new SlotProposalResult(SlotProposalOutcome.Unknown,
                "ERR this node is of no cluster any more", 0));
    }

    private List<Open> TakeOut(Func<Open, bool> isOver)
    {
        var over = new List<Open>();
        foreach (var (id, open) in _open.ToArray())
            if (isOver(open))
            {
                _open.Remove(id);
                over.Add(open);
            }

        return over;
    }

    private sealed class Open(MapChange change, long untilMs, Action<SlotProposalResult> done)
    {
        public MapChange Change => change;

        public long UntilMs => untilMs;

        public Action<SlotProposalResult> Done => done;

        public long SentAtMs { get; set; } = long.MinValue / 2;

        /// <summary>Of the map that it was decided in; 0 while it is not.</summary>
        public long Version { get; set; }
    }
}
