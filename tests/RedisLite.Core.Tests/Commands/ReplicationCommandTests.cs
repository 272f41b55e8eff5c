using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// REPLICAOF, ROLE, FAILOVER, REPLCONF, PSYNC, SYNC towards a server without replication; what the gate refuses.
/// </summary>
public sealed class ReplicationCommandTests
{
    [Theory]
    [InlineData("", "REPLICAOF host x", "-ERR Invalid master port")]
    [InlineData("", "REPLICAOF host 65536", "-ERR Invalid master port")]
    [InlineData("", "REPLICAOF host 6379", "+OK")]
    [InlineData("", "REPLICAOF NO ONE", "+OK")]
    [InlineData("", "SLAVEOF no one", "+OK")]
    [InlineData("", "ROLE", "*3 $6 master :0 *0")]
    [InlineData("MULTI", "REPLICAOF NO ONE", "+QUEUED")]
    [InlineData("MULTI ; REPLICAOF NO ONE ; SET a 1", "EXEC", "*2 +OK +OK")]
    [InlineData("", "REPLCONF listening-port 1 ip-address a capa eof capa psync2 version 7.0.15", "+OK")]
    [InlineData("", "REPLCONF listening-port x", "-ERR value is not an integer or out of range")]
    [InlineData("", "REPLCONF rdb-only 2", "-ERR value is not an integer or out of range")]
    [InlineData("", "REPLCONF rdb-filter-only functions", "+OK")]
    [InlineData("", "REPLCONF rdb-filter-only x", "-ERR Unsupported rdb-filter-only option: x")]
    [InlineData("", "REPLCONF nosuch 1", "-ERR Unrecognized REPLCONF option: nosuch")]
    [InlineData("", "REPLCONF ack", "-ERR syntax error")]
    [InlineData("", "REPLCONF ACK 1", "")]
    [InlineData("", "REPLCONF GETACK *", "")]
    [InlineData("", "PSYNC ? x", "-ERR value is not an integer or out of range")]
    [InlineData("", "PSYNC ? -1", "-NOMASTERLINK Can't SYNC while not connected with my master")]
    [InlineData("", "SYNC", "-NOMASTERLINK Can't SYNC while not connected with my master")]
    [InlineData("MULTI", "SYNC", "-ERR Command not allowed inside a transaction")]
    [InlineData("", "FAILOVER ABORT", "+OK")]
    [InlineData("", "FAILOVER ABORT TIMEOUT 1", "-ERR FAILOVER ABORT cannot be used with other options.")]
    [InlineData("", "FAILOVER TIMEOUT 0", "-ERR FAILOVER timeout must be greater than 0")]
    [InlineData("", "FAILOVER TO host x", "-ERR value is not an integer or out of range")]
    [InlineData("", "FAILOVER TO host 1 FORCE",
        "-ERR FAILOVER with force option requires both a timeout and target HOST and IP.")]
    [InlineData("", "FAILOVER TO host 1 TIMEOUT 5 FORCE", "+OK")]
    [InlineData("", "FAILOVER TO host", "-ERR syntax error")]
    public void Replies(string given, string command, string reply)
    {
        using var harness = new CommandHarness();
        harness.Given(given);
        Assert.Equal(reply, harness.Run(command));
    }

    [Theory]
    [InlineData("WAIT 0 0")]
    [InlineData("WAITAOF 0 0 0")]
    public void A_replica_waits_for_nobody(string command)
    {
        using var harness = new CommandHarness();
        harness.Services.Role = ServerRole.Replica;
        Assert.StartsWith($"-ERR {command.Split(' ')[0]} cannot be used with replica instances.", harness.Run(command));
    }

    [Fact]
    public void WAIT_and_WAITAOF_count_what_replicas_have_and_what_is_on_their_disks()
    {
        using var harness = new CommandHarness();
        harness.Services.Replication = new FakeReplication { Acked = { 100, 100 }, Synced = { 100 } };
        Assert.Equal(":2", harness.Run("WAIT 1 0"));
        Assert.Equal("*2 :0 :1", harness.Run("WAITAOF 0 1 0"));
        harness.Run("MULTI");
        harness.Run("WAITAOF 0 2 0");
        Assert.Equal("*1 *2 :0 :1", harness.Run("EXEC"));
    }

    [Fact]
    public void A_client_s_PFCOUNT_on_a_replica_keeps_nothing_in_the_value()
    {
        using var harness = new CommandHarness();
        harness.Run("PFADD p a");
        harness.Services.Role = ServerRole.Replica;
        var before = harness.Run("GET p");
        Assert.Equal(":1", harness.Run("PFCOUNT p"));
        Assert.Equal(before, harness.Run("GET p"));
        harness.Services.Role = ServerRole.Primary;
        Assert.Equal(":1", harness.Run("PFCOUNT p"));
        Assert.NotEqual(before, harness.Run("GET p"));
    }

    [Fact]
    public void Too_few_replicas_refuse_writes_and_nothing_else()
    {
        using var harness = new CommandHarness();
        harness.Services.Replication = new FakeReplication { HasEnoughReplicas = false };
        Assert.Equal("+OK", harness.Run("SET a 1"));
        harness.Options.Replication.MinReplicasToWrite = 1;
        Assert.Equal("-NOREPLICAS Not enough good replicas to write.", harness.Run("SET a 2"));
        Assert.Equal("$1 1", harness.Run("GET a"));
        harness.Services.Role = ServerRole.Replica;
        Assert.Equal("+OK", harness.Run("SET a 3"));
    }

    [Fact]
    public void A_replica_without_its_primary_may_refuse_to_answer_from_what_it_has()
    {
        using var harness = new CommandHarness();
        harness.Services.Role = ServerRole.Replica;
        harness.Services.Replication = new FakeReplication { IsStale = true };
        Assert.StartsWith("-MASTERDOWN ", harness.Run("GET a"));
        Assert.StartsWith("-MASTERDOWN ", harness.Run("PING"));
        Assert.Equal("$1 x", harness.Run("ECHO x"));
    }
}
