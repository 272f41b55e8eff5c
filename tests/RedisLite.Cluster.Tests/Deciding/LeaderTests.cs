using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Tests.Deciding;

/// <summary>A leader, its voters and primaries, by a clock that the test moves.</summary>
public sealed class LeaderTests
{
    private const int Slots = 16_384;

    [Fact]
    public void A_slot_is_given_when_its_owner_agrees()
    {
        var world = new LeaderWorld(primaries: 3);
        world.Settle();
        var (a, b) = (world.Ids[0], world.Ids[1]);
        var answer = world.Ask(new GiveSlots([new SlotRange(0, 9)], a, b, null));
        Assert.Null(answer!.Error);
        Assert.True(world.Map.Owns(b, 5));
        Assert.Equal(world.Map.Epoch, world.Map.Find(b)!.ConfigEpoch);
        Assert.Null(world.Ask(new GiveSlots([new SlotRange(0, 9)], a, b, null))!.Error);
        Assert.StartsWith("ERR Slot 0 is already busy",
            world.Ask(new GiveSlots([new SlotRange(0, 9)], world.Ids[2], a, null))!.Error, StringComparison.Ordinal);
        Assert.StartsWith("ERR the owner's epoch is another",
            world.Ask(new GiveSlots([new SlotRange(0, 9)], b, a, 1))!.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slot_of_somebody_who_does_not_answer_is_not_given()
    {
        var world = new LeaderWorld(primaries: 3) { Deaf = 1 };
        world.Settle();
        var answer = world.Ask(new GiveSlots([new SlotRange(6_000, 6_000)], world.Ids[1], world.Ids[0], null));
        Assert.Contains("has not agreed", answer!.Error, StringComparison.Ordinal);
        Assert.True(world.Map.Owns(world.Ids[1], 6_000));
    }

    [Fact]
    public void The_replica_with_the_most_takes_over_when_the_leases_are_over()
    {
        var world = new LeaderWorld(primaries: 3, replicas: 2);
        world.Settle();
        var (primary, behind, ahead) = (world.Ids[0], world.Ids[3], world.Ids[4]);
        world.Offsets[behind] = 100;
        world.Offsets[ahead] = 200;
        world.Stop(0);
        world.Run(LeaderWorld.LeaseMs - 100);
        Assert.Equal(Slots / 3, world.Map.CountSlots(primary));

        // What it had not when its primary was last heard does not count.
        world.Offsets[behind] = 300;
        world.Run(2 * LeaderWorld.LeaseMs);
        Assert.Equal(0, world.Map.CountSlots(primary));
        Assert.True(world.Map.Find(behind)!.IsPrimary);
        Assert.Equal(behind, world.Map.Find(primary)!.Primary);
        Assert.Equal(behind, world.Map.Find(ahead)!.Primary);
        Assert.False(world.Violated);
    }

    [Fact]
    public void A_replica_that_is_slow_for_an_instant_and_has_the_most_takes_over()
    {
        var world = new LeaderWorld(primaries: 3, replicas: 2);
        world.Settle();
        var (behind, ahead) = (world.Ids[3], world.Ids[4]);
        (world.Offsets[behind], world.Offsets[ahead]) = (100, 200);
        world.Stop(0);
        world.Run(LeaderWorld.LeaseMs * 4 / 5);
        world.Slow.Add(ahead);
        world.Run(LeaderWorld.LeaseMs * 4 / 5);
        Assert.False(world.Map.Find(behind)!.IsPrimary);
        world.Slow.Clear();
        world.Run(LeaderWorld.LeaseMs / 2);
        Assert.True(world.Map.Find(ahead)!.IsPrimary);
    }

    [Fact]
    public void What_a_replica_said_before_the_leases_were_over_does_not_count()
    {
        var world = new LeaderWorld(primaries: 3, replicas: 2);
        world.Settle();
        var (behind, ahead) = (world.Ids[3], world.Ids[4]);
        (world.Offsets[behind], world.Offsets[ahead]) = (100, 50);
        world.Stop(0);
        world.Run(LeaderWorld.LeaseMs * 4 / 5);

        // It is slow, and what it said before it had more arrives all the time.
        world.Late.Add(world.StatusOf(ahead));
        world.Slow.Add(ahead);
        world.Offsets[ahead] = 200;
        world.Run(LeaderWorld.LeaseMs);
        Assert.False(world.Map.Find(behind)!.IsPrimary);
        world.Slow.Clear();
        world.Run(LeaderWorld.LeaseMs / 2);
        Assert.True(world.Map.Find(ahead)!.IsPrimary);
    }

    [Fact]
    public void Nobody_is_waited_for_longer_than_a_failover_may_take()
    {
        const long lease = 15_000;
        var world = new LeaderWorld(primaries: 3, replicas: 2, leaseMs: lease);
        world.Run(3 * lease);
        var (primary, there, gone) = (world.Ids[0], world.Ids[3], world.Ids[4]);
        (world.Offsets[there], world.Offsets[gone]) = (100, 200);
        world.Stop(0);
        world.Run(lease - 1_000);
        world.Stop(4);
        world.Run(3_000);
        Assert.Contains(gone, world.Map.ReplicasOf(there).Select(node => node.Id));
        Assert.Equal(there, world.Map.Find(primary)!.Primary);
    }

    /// <summary>The voters' patience is over before a failover's is.</summary>
    [Fact]
    public void With_a_short_node_timeout_nobody_is_waited_for_in_vain()
    {
        var world = new LeaderWorld(primaries: 3, replicas: 2, leaseMs: 500);
        world.Settle();
        var (there, silent) = (world.Ids[3], world.Ids[4]);
        (world.Offsets[there], world.Offsets[silent]) = (100, 200);

        // It is heard all the time, and answers nothing.
        world.Late.Add(world.StatusOf(silent));
        world.Slow.Add(silent);
        world.Stop(0);
        world.Run(4_000);
        Assert.True(world.Map.Find(there)!.IsPrimary);
        Assert.False(world.Violated);
    }

    [Fact]
    public void A_primary_that_only_the_leader_does_not_hear_goes_on_until_the_voters_let_it()
    {
        var world = new LeaderWorld(primaries: 3, replicas: 1) { UnheardByLeader = 0 };
        world.Settle();
        world.Run(4 * LeaderWorld.LeaseMs);
        Assert.False(world.Violated);
        Assert.True(world.Map.Find(world.Ids[3])!.IsPrimary);
    }

    [Fact]
    public void A_hand_over_waits_until_the_replica_has_all()
    {
        var world = new LeaderWorld(primaries: 3, replicas: 1);
        world.Settle();
        var (primary, replica) = (world.Ids[0], world.Ids[3]);
        world.Offsets[primary] = 500;
        world.Offsets[replica] = 400;
        var id = world.Begin(new PromoteReplica(replica, primary, FailoverKind.Manual));
        world.Run(300);
        Assert.True(world.Map.Find(primary)!.IsPrimary);
        world.Offsets[replica] = 500;
        world.Run(300);
        Assert.Null(world.Answers[id].Error);
        Assert.Equal(replica, world.Map.Find(primary)!.Primary);
    }

    [Fact]
    public void A_hand_over_that_cannot_be_ends_and_the_primary_goes_on()
    {
        var world = new LeaderWorld(primaries: 3, replicas: 1);
        world.Settle();
        var (primary, replica) = (world.Ids[0], world.Ids[3]);
        (world.Offsets[primary], world.Offsets[replica]) = (500, 400);
        var id = world.Begin(new PromoteReplica(replica, primary, FailoverKind.Manual));
        world.Run(8_000);
        Assert.StartsWith("ERR the replica has not caught up", world.Answers[id].Error, StringComparison.Ordinal);
        Assert.True(world.MayRelease(0, slot: 0));
    }

    [Fact]
    public void A_voter_is_removed_before_it_goes()
    {
        var world = new LeaderWorld(primaries: 4);
        world.Settle();
        var id = world.Ids[3];
        Assert.Contains(id, world.Map.Voters);
        Assert.Null(world.Ask(new RemoveMember(id))!.Error);
        Assert.Null(world.Map.Find(id));
        Assert.DoesNotContain(id, world.Map.Voters);
        Assert.Equal(Slots * 3 / 4, world.Map.CountAssigned());
    }

    [Fact]
    public void Replicas_vote_where_primaries_are_few()
    {
        var world = new LeaderWorld(primaries: 1, replicas: 2);
        world.Settle();
        Assert.Equal(3, world.Map.Voters.Count);
        world.Stop(0);
        world.Run(5 * LeaderWorld.LeaseMs);
        Assert.Equal(Slots, world.Map.Nodes.Where(node => node.IsPrimary && node.Id != world.Ids[0])
            .Sum(node => world.Map.CountSlots(node.Id)));
    }

    [Fact]
    public void A_replica_that_lost_its_primary_long_ago_does_not_take_over()
    {
        var world = new LeaderWorld(primaries: 3, replicas: 1);
        world.Settle();
        world.Stale.Add(world.Ids[3]);
        world.Stop(0);
        world.Run(6 * LeaderWorld.LeaseMs);
        Assert.False(world.Map.Find(world.Ids[3])!.IsPrimary);
        world.Stale.Clear();
        world.Run(3 * LeaderWorld.LeaseMs);
        Assert.True(world.Map.Find(world.Ids[3])!.IsPrimary);
    }

    [Fact]
    public void A_primary_that_lost_its_replicas_gets_one_of_another()
    {
        var world = new LeaderWorld(primaries: 3, replicas: 3);
        world.Settle();
        Assert.Equal(world.Ids[1], world.Map.Find(world.Ids[5])!.Primary);
        world.Stop(5);
        world.Run(9_000);
        Assert.Single(world.Map.ReplicasOf(world.Ids[0]));
        Assert.Equal(2, world.Map.ReplicasOf(world.Ids[1]).Count());
    }

    [Fact]
    public void A_request_is_done_once_however_often_it_comes()
    {
        var world = new LeaderWorld(primaries: 3);
        world.Settle();
        var version = world.Map.Version;
        var request = new Requested(77, world.Ids[1], new RaiseEpoch(world.Ids[0]));
        for (var i = 0; i < 3; i++)
        {
            world.Leader.Handle(request, world.NowMs);
            world.Run(200);
        }

        Assert.Equal(version + 1, world.Map.Version);
    }
}
