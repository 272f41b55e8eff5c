using RedisLite.EndToEnd.Tests.Interchange;
using RedisLite.EndToEnd.Tests.Replication.Faults;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>Primaries and replicas of both kinds follow each other; afterwards their data has one digest.</summary>
public sealed class ReplicationTests
{
    [SkippableTheory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_replica_gets_a_copy_and_follows(bool isPrimaryOurs, bool isReplicaOurs)
    {
        await using var primary = await Node.StartAsync(isPrimaryOurs);
        await using var replica = await Node.StartAsync(isReplicaOurs);
        await SampleKeys.SetAllAsync(primary.Client, SampleKeys.Generate(1, 300));
        await replica.CallAsync("SET", "of the replica", "gone after the copy");
        await replica.FollowAsync(primary.EndPoint);
        await replica.AgreesWithAsync(primary);

        await WriteAsync(primary, 200);
        await replica.AgreesWithAsync(primary);
        Assert.Equal("READONLY You can't write against a read only replica.", await replica.CallAsync("SET", "a", "1"));
        Assert.Equal("1", await primary.FieldAsync("connected_slaves"));
        Assert.Equal("1", await primary.FieldAsync("sync_full", "stats"));
    }

    [SkippableTheory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_command_of_any_length_arrives(bool isPrimaryOurs, bool isReplicaOurs)
    {
        await using var primary = await Node.StartAsync(isPrimaryOurs);
        await using var replica = await Node.StartAsync(isReplicaOurs);
        await replica.FollowAsync(primary.EndPoint);
        foreach (var length in new[] { 32 * 1024, 1024 * 1024 - 1, 1024 * 1024, 5_000_000 })
        {
            var value = new string('v', length);
            await primary.CallAsync("SET", "plain", value);
            await primary.CallAsync("MULTI");
            await primary.CallAsync("SET", "first", value);
            await primary.CallAsync("SET", "second", "2");
            await primary.CallAsync("EXEC");
            await primary.CallAsync("EVAL", "redis.call('SET', 'a', 1) redis.call('SET', 'b', ARGV[1])", "0", value);
            await primary.CallAsync(["RPUSH", "list", .. Enumerable.Repeat("element", length / 10)]);
            await replica.AgreesWithAsync(primary);
        }
    }

    [SkippableTheory]
    [InlineData(true, false, true)]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    public async Task A_chain_forwards_the_primary_s_bytes(bool first, bool second, bool third)
    {
        await using var primary = await Node.StartAsync(first);
        await using var middle = await Node.StartAsync(second);
        await using var last = await Node.StartAsync(third);
        await WriteAsync(primary, 50);
        await middle.FollowAsync(primary.EndPoint);
        await last.FollowAsync(middle.EndPoint);
        await WriteAsync(primary, 50);
        await middle.AgreesWithAsync(primary);
        await last.AgreesWithAsync(primary);
        Assert.Equal(await primary.FieldAsync("master_replid"), await last.FieldAsync("master_replid"));
    }

    [SkippableTheory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_link_that_is_cut_anywhere_is_taken_up_where_it_broke(bool isPrimaryOurs, bool isReplicaOurs)
    {
        await using var primary = await Node.StartAsync(isPrimaryOurs);
        await using var replica = await Node.StartAsync(isReplicaOurs);
        await using var proxy = new FaultyLink(primary.EndPoint);
        await replica.FollowAsync(proxy.EndPoint);
        var random = new Random(7);
        for (var i = 0; i < 4; i++)
        {
            proxy.CutAfter(random.Next(1, 3000));
            await WriteAsync(primary, 60);
            await Eventually.IsAsync(async () => await primary.FieldAsync("sync_partial_ok", "stats"), $"{i + 1}");
            await replica.AgreesWithAsync(primary);
        }

        Assert.Equal("1", await primary.FieldAsync("sync_full", "stats"));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_copy_that_is_cut_comes_again_and_the_old_data_is_served_until_then(bool isPrimaryOurs)
    {
        await using var primary = await Node.StartAsync(isPrimaryOurs);
        await using var replica = await Node.StartAsync(isOurs: true);
        await using var proxy = new FaultyLink(primary.EndPoint);
        await SampleKeys.SetAllAsync(primary.Client, SampleKeys.Generate(2, 500));
        await replica.CallAsync("SET", "old", "data");
        proxy.CutAfter(2000);
        Assert.Equal("OK", await replica.CallAsync("REPLICAOF", "127.0.0.1", $"{proxy.EndPoint.Port}"));
        await Eventually.IsAsync(async () => await primary.FieldAsync("sync_full", "stats"), "2");
        await replica.UntilAsync("master_link_status", "up");
        await replica.AgreesWithAsync(primary);
        Assert.Null(await replica.CallAsync("GET", "old"));
    }

    [SkippableTheory]
    [InlineData(true, true, true)]
    [InlineData(false, true, false)]
    [InlineData(true, false, true)]
    public async Task After_a_promotion_the_others_go_on_without_a_copy(
        bool isPrimaryOurs, bool isPromotedOurs, bool isOtherOurs)
    {
        await using var primary = await Node.StartAsync(isPrimaryOurs);
        await using var promoted = await Node.StartAsync(isPromotedOurs);
        await using var other = await Node.StartAsync(isOtherOurs);
        await WriteAsync(primary, 30);
        await promoted.FollowAsync(primary.EndPoint);
        await other.FollowAsync(primary.EndPoint);
        await WriteAsync(primary, 30);
        await promoted.AgreesWithAsync(primary);
        await other.AgreesWithAsync(primary);

        Assert.Equal("OK", await promoted.CallAsync("REPLICAOF", "NO", "ONE"));
        Assert.Equal("master", await promoted.FieldAsync("role"));
        await WriteAsync(promoted, 30);
        await other.FollowAsync(promoted.EndPoint);
        await primary.FollowAsync(promoted.EndPoint);
        await WriteAsync(promoted, 30);
        await other.AgreesWithAsync(promoted);
        await primary.AgreesWithAsync(promoted);
        Assert.Equal(
            ("0", "2"),
            (await promoted.FieldAsync("sync_full", "stats"), await promoted.FieldAsync("sync_partial_ok", "stats")));
    }

    [Fact]
    public async Task WAIT_counts_the_replicas_that_have_the_client_s_writes()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var replica = await Node.StartAsync(isOurs: true);
        await primary.CallAsync("SET", "a", "1");
        Assert.Equal(0, (await primary.Client.CallAsync("WAIT", "1", "1")).Integer);
        await replica.FollowAsync(primary.EndPoint);
        await primary.CallAsync("SET", "a", "2");
        Assert.Equal(1, (await primary.Client.CallAsync("WAIT", "1", "20000")).Integer);
        Assert.Equal("2", await replica.CallAsync("GET", "a"));
        Assert.Equal(1, (await primary.Client.CallAsync("WAIT", "2", "1")).Integer);
    }

    [Fact]
    public async Task What_has_expired_is_deleted_by_the_primary_alone()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var replica = await Node.StartAsync(isOurs: true);
        await replica.FollowAsync(primary.EndPoint);
        await primary.CallAsync("SET", "a", "1", "EX", "100");
        await replica.AgreesWithAsync(primary);
        replica.Ours!.Server.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await replica.CallAsync("GET", "a"));
        Assert.Equal(1, (await replica.Client.CallAsync("DBSIZE")).Integer);
        primary.Ours!.Server.Clock.Advance(TimeSpan.FromHours(1));
        await Eventually.IsAsync(async () => (await replica.Client.CallAsync("DBSIZE")).Integer, 0L);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FAILOVER_swaps_the_roles_and_loses_nothing(bool isTargetOurs)
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var target = await Node.StartAsync(isTargetOurs);
        await using var other = await Node.StartAsync(isOurs: true);
        await target.FollowAsync(primary.EndPoint);
        await other.FollowAsync(primary.EndPoint);
        await WriteAsync(primary, 30);
        Assert.Equal("OK", await primary.CallAsync(
            "FAILOVER", "TO", "127.0.0.1", $"{target.EndPoint.Port}", "TIMEOUT", "20000"));
        await primary.UntilAsync("role", "slave");
        await primary.UntilAsync("master_link_status", "up");
        await primary.UntilAsync("master_failover_state", "no-failover");
        Assert.Equal("master", await target.FieldAsync("role"));
        await WriteAsync(target, 30);
        await primary.AgreesWithAsync(target);
        Assert.Equal("0", await target.FieldAsync("sync_full", "stats"));
    }

    [SkippableTheory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task After_FAILOVER_the_former_primary_learns_which_database_is_selected(
        bool isPrimaryOurs, bool isTargetOurs)
    {
        await using var primary = await Node.StartAsync(isPrimaryOurs);
        await using var target = await Node.StartAsync(isTargetOurs);
        await target.FollowAsync(primary.EndPoint);
        await primary.Client.CallAsync("SELECT", "2");
        await primary.Client.CallAsync("SET", "before", "1");
        await Eventually.IsAsync(
            () => primary.CallAsync(
                "FAILOVER", "TO", "127.0.0.1", $"{target.EndPoint.Port}", "TIMEOUT", "60000"), "OK");
        await primary.UntilAsync("role", "slave");
        await primary.UntilAsync("master_link_status", "up");
        await target.UntilAsync("role", "master");

        // The same database as that of the last write before.
        await target.Client.CallAsync("SELECT", "2");
        await target.Client.CallAsync("SET", "after", "2");
        await primary.AgreesWithAsync(target);
    }

    [Fact]
    public async Task FAILOVER_to_nobody_is_refused_and_one_that_cannot_end_ends_in_time()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var replica = await Node.StartAsync(isOurs: true);
        Assert.Equal("ERR FAILOVER requires connected replicas.", await primary.CallAsync("FAILOVER"));
        Assert.Equal("ERR No failover in progress.", await primary.CallAsync("FAILOVER", "ABORT"));
        await replica.FollowAsync(primary.EndPoint);
        Assert.Equal("ERR FAILOVER is not valid when server is a replica.", await replica.CallAsync("FAILOVER"));
        Assert.Equal("ERR FAILOVER target HOST and PORT is not a replica.", await primary.CallAsync(
            "FAILOVER", "TO", "127.0.0.1", "1"));
    }

    [SkippableFact]
    public async Task A_primary_that_is_no_primary_leaves_the_data_and_the_server_alone()
    {
        await using var server = await Node.StartAsync(isOurs: true);
        await server.CallAsync("SET", "a", "1");
        Assert.Equal("OK", await server.CallAsync("REPLICAOF", "127.0.0.1", $"{server.EndPoint.Port}"));
        await server.UntilAsync("role", "slave");
        Assert.Equal("1", await server.CallAsync("GET", "a"));
        Assert.Equal("OK", await server.CallAsync("REPLICAOF", "NO", "ONE"));
        Assert.Equal("OK", await server.CallAsync("SET", "a", "2"));
    }

    private static async Task WriteAsync(Node node, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await node.CallAsync("SELECT", $"{i % 4}");
            await node.CallAsync("SET", $"key {i}", new string('v', i * 3));
            await node.CallAsync("INCR", "counter");
            await node.CallAsync("MULTI");
            await node.CallAsync("APPEND", "appended", $"{i}");
            await node.CallAsync("PUBLISH", "channel", "message");
            await node.CallAsync("EXPIRE", $"key {i}", "1000");
            Assert.Equal(RespKind.Array, (await node.Client.CallAsync("EXEC")).Kind);
        }

        await node.CallAsync("SELECT", "0");
    }
}
