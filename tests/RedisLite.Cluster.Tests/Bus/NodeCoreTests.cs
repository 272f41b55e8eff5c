using System.Collections.Immutable;
using RedisLite.Cluster.Bus;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Files;
using RedisLite.Cluster.Map;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;

namespace RedisLite.Cluster.Tests.Bus;

/// <summary>What a node answers to votes, and which replies it releases, by a clock that the test moves.</summary>
public sealed class NodeCoreTests
{
    private const long LeaseMs = 1_000;

    private readonly Host _host = new();
    private readonly NodeId _other = NodeId.NewRandom();
    private long _now = 10_000;

    [Fact]
    public void A_node_that_has_met_nobody_releases_all() =>
        Assert.Equal(ReleaseVerdict.Release, New().Judge(5, 0, 0));

    [Fact]
    public void The_first_of_a_cluster_serves_by_its_own_vote_until_its_lease_is_over()
    {
        var core = New();
        core.Form();
        Assert.Equal(ReleaseVerdict.Wait, core.Judge(5, 0, 0));
        core.Handle(core.Handle(core.NewBeat()!)!);
        Assert.Equal(ReleaseVerdict.Release, core.Judge(5, 0, 0));
        _now += LeaseMs;
        Assert.Equal(ReleaseVerdict.Wait, core.Judge(5, 0, 0));
        Assert.Equal(ReleaseVerdict.Refuse, core.Judge(5, 0, waitedMs: 60_000));
        Assert.Equal(ReleaseVerdict.Refuse, core.Judge(-1, 0, waitedMs: 60_000));
    }

    [Fact]
    public void What_was_taken_is_not_acknowledged()
    {
        var core = Serving(out var ballot);
        core.Handle(new Committed(ballot, core.InForce.Edit().Promote(_other).Build()));
        Assert.Equal(ReleaseVerdict.Refuse, core.Judge(5, position: 10, waitedMs: 0));
    }

    [Fact]
    public void What_was_handed_over_is_acknowledged_and_nothing_later()
    {
        var core = Serving(out var ballot);
        _host.Position = 100;
        var next = core.InForce.Edit().Promote(_other).Build();
        var consented = core.Handle(new AskConsent(ballot, next.Version, [new SlotRange(0, 16_383)], true));
        Assert.True(consented.IsAgreed);
        Assert.True(_host.IsHolding);
        Assert.Equal(ReleaseVerdict.Wait, core.Judge(5, position: 90, waitedMs: 0));
        core.Handle(new Committed(ballot, next));
        Assert.False(core.IsHandingOver);
        Assert.Equal(ReleaseVerdict.Release, core.Judge(5, position: 90, waitedMs: 0));
        Assert.Equal(ReleaseVerdict.Release, core.Judge(-1, position: 100, waitedMs: 0));
        Assert.Equal(ReleaseVerdict.Refuse, core.Judge(5, position: 101, waitedMs: 0));
        Assert.Equal(ReleaseVerdict.Refuse, core.Judge(5, position: 0, waitedMs: 0));
    }

    [Fact]
    public void A_hand_over_that_is_off_leaves_everything_as_it_was()
    {
        var core = Serving(out var ballot);
        core.Handle(new AskConsent(ballot, core.InForce.Version + 1, [new SlotRange(0, 16_383)], true));
        core.Handle(new Committed(ballot, core.InForce.Edit().Build()));
        Assert.False(core.IsHandingOver);
        core.Handle(core.Handle(core.NewBeat()!)!);
        Assert.Equal(ReleaseVerdict.Release, core.Judge(5, 0, 0));
    }

    [Fact]
    public void Without_the_disk_there_is_no_vote()
    {
        var core = Serving(out var ballot);
        _host.IsDiskFull = true;
        Assert.Null(core.Vote(new Prepare(new Ballot(ballot.Round + 1, _other))));
        _host.IsDiskFull = false;
        Assert.IsType<Promise>(core.Vote(new Prepare(new Ballot(ballot.Round + 1, _other))));
        Assert.Equal(ballot.Round + 1, _host.State.Register.Promised.Round);
    }

    [Fact]
    public void Another_clusters_map_is_not_taken()
    {
        var core = Serving(out var ballot);
        var foreign = new SlotMapEdit { Cluster = NodeId.NewRandom(), Version = 1_000 }
            .Put(new ClusterNode(_host.State.Self, "h", 1, 1)).Build();
        Assert.Null(core.Handle(new Committed(new Ballot(ballot.Round + 5, _other), foreign)));
        Assert.IsType<Refused>(core.Vote(new Accept(new Ballot(ballot.Round + 5, _other), foreign,
            ImmutableDictionary<NodeId, long>.Empty)));
    }

    [Fact]
    public void A_map_that_was_not_put_in_force_is_not_forgotten()
    {
        var core = Serving(out var ballot);
        core.NoteApplied(core.InForce);
        Assert.Null(core.Unapplied);
        var next = core.InForce.Edit().Promote(_other).Build();
        Assert.Same(next, core.Handle(new Committed(ballot, next)));
        Assert.Null(core.Handle(new Committed(ballot, next)));
        Assert.Same(next, core.Unapplied);
        core.NoteApplied(next);
        Assert.Null(core.Unapplied);
    }

    /// <summary>What a member says that has not heard that this node was removed.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_node_that_was_removed_does_not_come_back_by_an_old_map(bool isRestarted)
    {
        var core = Serving(out var ballot);
        var before = core.InForce;
        var promised = new Ballot(ballot.Round + 7, _other);
        Assert.IsType<Promise>(core.Vote(new Prepare(promised)));
        var without = Without(before);
        core.Handle(new Committed(ballot, without));
        Assert.False(core.IsFormed);
        if (isRestarted)
        {
            _host.Leave(without, promised);
            core = New();
        }

        Assert.Null(core.Handle(new Committed(ballot, before)));
        Assert.Null(core.Vote(new Prepare(new Ballot(ballot.Round + 9, _other))));
        Assert.False(core.IsFormed);

        // It is taken in again: it has promised what it has, and may have given a lease a moment ago.
        var again = without.Edit().Put(before.Find(_host.State.Self)! with { Primary = _other }).Build();
        Assert.Same(again, core.Handle(new Committed(ballot, again)));
        Assert.IsType<Refused>(core.Vote(new Prepare(ballot)));
        var suspended = core.Vote(new Suspend(promised, _other));
        Assert.True(Assert.IsType<Suspended>(suspended).RemainingMs > 0);
    }

    [Fact]
    public void Who_joins_a_cluster_that_it_was_never_of_waits_for_no_lease()
    {
        var core = Serving(out var ballot);
        core.Handle(new Committed(ballot, Without(core.InForce)));
        var edit = new SlotMapEdit { Cluster = NodeId.NewRandom(), Version = 1 };
        edit.Put(new ClusterNode(_other, "h", 2, 2)).Put(new ClusterNode(_host.State.Self, "h", 1, 1));
        edit.Voters.Add(_other);
        Assert.NotNull(core.Handle(new Committed(ballot, edit.Build())));
        var suspended = core.Vote(new Suspend(ballot, _other));
        Assert.Equal(0, Assert.IsType<Suspended>(suspended).RemainingMs);
    }

    /// <summary>The next map, without this node.</summary>
    private SlotMap Without(SlotMap map)
    {
        var edit = new SlotMapEdit { Cluster = map.Cluster, Version = map.Version + 1 };
        edit.Put(new ClusterNode(_other, "h", 2, 2)).Voters.Add(_other);
        return edit.Build();
    }

    private NodeCore New() => new(_host, new LeaseTimes(LeaseMs), () => _now);

    /// <summary>With a replica, and a lease.</summary>
    private NodeCore Serving(out Ballot ballot)
    {
        var core = New();
        var first = core.Form();
        ballot = first.Ballot;
        var map = first.Map.Edit().Put(new ClusterNode(_other, "h", 2, 2) { Primary = _host.State.Self }).Build();
        core.Handle(new Committed(ballot, map));
        core.Handle(core.Handle(core.NewBeat()!)!);
        Assert.Equal(ReleaseVerdict.Release, core.Judge(5, 0, 0));
        return core;
    }

    private sealed class Host : INodeHost
    {
        public Host()
        {
            var self = NodeId.NewRandom();
            var map = new SlotMapEdit().Put(new ClusterNode(self, "h", 1, 1))
                .Assign(new SlotRange(0, 16_383), self).Build();
            State = new NodeState(self, Register.Empty, map, LocalSlots.None);
        }

        public NodeState State { get; private set; }

        public ClusterNode Announced => State.InForce.Find(State.Self)!;

        public bool IsDiskFull { get; set; }

        public bool IsHolding { get; private set; }

        public long Position { get; set; }

        public int MigrationBarrier => 1;

        public void Save(Register register) => State = IsDiskFull ? throw new IOException("full")
            : State with { Register = register };

        public void PutInForce(SlotMap map) => State = State with { InForce = map };

        /// <summary>As NodeStore does when it puts a map in force that this node is not in.</summary>
        public void Leave(SlotMap map, Ballot promised)
        {
            var alone = new SlotMapEdit { Version = map.Version + 1 }.Put(new ClusterNode(State.Self, "h", 1, 1));
            State = new NodeState(State.Self, Register.Empty, alone.Build(), LocalSlots.None)
            {
                Left = LeftCluster.Add(State.Left, new LeftCluster(map.Cluster, map.Version, promised)),
            };
        }

        public void SaveRest()
        {
        }

        public NodeProgress Progress() => default;

        public (long Offset, long Position) HoldWriters()
        {
            IsHolding = true;
            return (Position, Position);
        }

        public void ReleaseWriters() => IsHolding = false;

        public void PutSight(bool isServing, ImmutableArray<NodeId> failed)
        {
        }

        public void Unform()
        {
        }

        public void Deliver(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, bool isSharded)
        {
        }

        public void Log(LogVerbosity level, string line)
        {
        }
    }
}
