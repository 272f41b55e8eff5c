using System.Collections.Immutable;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Tests.Deciding;

/// <summary>What a voter refuses, step by step: three members, of whom the first has all slots.</summary>
public sealed class VoterTests
{
    private const long LeaseMs = 1_000;
    private const long LongAgo = -100_000;
    private static readonly LeaseTimes Times = new(LeaseMs);
    private static readonly NodeId[] Ids = [Id(1), Id(2), Id(3)];
    private static readonly SlotMap First = CreateFirst();
    private static readonly SlotMap Moved = First.Edit().Assign(7, Ids[1]).Build();
    private static readonly ImmutableDictionary<NodeId, long> Nobody = ImmutableDictionary<NodeId, long>.Empty;

    [Fact]
    public void A_lower_ballot_is_refused_after_a_promise()
    {
        var voter = NewVoter();
        Assert.IsType<Promise>(voter.Handle(new Prepare(new Ballot(5, Ids[1]))));
        Assert.IsType<Refused>(voter.Handle(new Prepare(new Ballot(5, Ids[0]))));
        Assert.Equal(new Ballot(5, Ids[1]), Assert.IsType<Refused>(voter.Handle(new Accept(new Ballot(4, Ids[2]),
            Moved, Nobody), 0)).Promised);
        Assert.Equal(First.Digest, voter.Register.Map.Digest);
    }

    [Fact]
    public void A_map_that_takes_slots_waits_for_the_lease_and_the_lease_is_not_renewed_meanwhile()
    {
        var voter = NewVoter();
        Assert.NotNull(voter.Handle(new Beat(Ids[0], 1, First.Digest, 10), 20));
        var accept = new Accept(new Ballot(1, Ids[1]), Moved, Nobody);
        Assert.IsType<Refused>(voter.Handle(accept, 20 + Times.PromiseMs - 1));
        Assert.Null(voter.Handle(new Beat(Ids[0], 1, First.Digest, 900), 900));
        Assert.IsType<Accepted>(voter.Handle(accept, 20 + Times.PromiseMs));
        Assert.Null(voter.Handle(new Beat(Ids[0], 1, First.Digest, 5_000), 5_000));
    }

    [Fact]
    public void Who_agrees_in_this_run_is_not_waited_for()
    {
        var accept = new Accept(new Ballot(1, Ids[1]), Moved, Nobody.Add(Ids[0], 1));
        var voter = NewVoter();
        voter.Handle(new Beat(Ids[0], 1, First.Digest, 10), 20);
        Assert.IsType<Accepted>(voter.Handle(accept, 30));

        voter = NewVoter();
        voter.Handle(new Beat(Ids[0], 2, First.Digest, 10), 20);
        Assert.IsType<Refused>(voter.Handle(accept, 30));
    }

    [Fact]
    public void A_voter_that_has_forgotten_its_leases_waits_first()
    {
        var voter = new Voter(Ids[2], new Register(default, default, First), Times, 0);
        voter.Handle(new Committed(default, First), 0);
        var accept = new Accept(new Ballot(1, Ids[1]), Moved, Nobody.Add(Ids[0], 1));
        Assert.IsType<Refused>(voter.Handle(accept, Times.PromiseMs - 1));
        Assert.IsType<Accepted>(voter.Handle(accept, Times.PromiseMs));
    }

    [Fact]
    public void Slots_are_not_taken_before_a_change_of_voters_is_as_old_as_a_lease()
    {
        var edit = First.Edit();
        edit.Voters.Remove(Ids[0]);
        var fewer = edit.Build();
        var voter = NewVoter();
        Assert.IsType<Accepted>(voter.Handle(new Accept(new Ballot(1, Ids[1]), fewer, Nobody), 100));
        var accept = new Accept(new Ballot(1, Ids[1]), fewer.Edit().Assign(7, Ids[1]).Build(), Nobody);
        Assert.IsType<Refused>(voter.Handle(accept, 200));
        Assert.IsType<Refused>(voter.Handle(accept, 200 + Times.PromiseMs - 1));
        Assert.IsType<Accepted>(voter.Handle(accept, 200 + Times.PromiseMs));
    }

    [Fact]
    public void A_beat_by_another_map_gets_no_answer() =>
        Assert.Null(NewVoter().Handle(new Beat(Ids[0], 1, Moved.Digest, 10), 20));

    [Fact]
    public void Another_clusters_map_is_refused()
    {
        var edit = new SlotMapEdit { Version = 9, Cluster = Ids[1] };
        edit.Put(new ClusterNode(Ids[1], "", 1, 2)).Voters.Add(Ids[1]);
        Assert.IsType<Refused>(NewVoter().Handle(new Accept(new Ballot(9, Ids[1]), edit.Build(), Nobody), 0));
    }

    [Fact]
    public void One_version_changes_one_voter_and_not_slots_as_well()
    {
        var edit = First.Edit();
        edit.Voters.Remove(Ids[0]);
        edit.Assign(7, Ids[1]);
        Assert.Throws<InvalidOperationException>(edit.Build);
        edit = First.Edit();
        edit.Voters.Clear();
        Assert.Throws<InvalidOperationException>(edit.Build);
    }

    private static Voter NewVoter()
    {
        var voter = new Voter(Ids[2], new Register(default, default, First), Times, LongAgo);
        voter.Handle(new Committed(default, First), LongAgo);
        return voter;
    }

    private static NodeId Id(int number) =>
        NodeId.TryParse(number.ToString("x40"), out var id) ? id : throw new InvalidOperationException();

    private static SlotMap CreateFirst()
    {
        var edit = new SlotMapEdit { Version = 1, Cluster = Ids[0] };
        foreach (var id in Ids)
            edit.Put(new ClusterNode(id, "", 1, 2)).Voters.Add(id);
        return edit.Assign(new SlotRange(0, SlotMap.SlotCount - 1), Ids[0]).Build();
    }
}
