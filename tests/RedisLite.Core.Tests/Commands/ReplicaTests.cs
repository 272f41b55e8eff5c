using System.Reflection;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Storage;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Commands on a server that is a replica: what it may decide by itself, what it logs, what reaches its own replicas.
/// </summary>
public sealed class ReplicaTests
{
    /// <summary>A node of a cluster becomes a replica between two looks: at its slots, and at its role.</summary>
    [Theory]
    [InlineData("SET k v")]
    [InlineData("DEL k")]
    public void Who_writes_while_a_node_becomes_a_replica_is_redirected(string command)
    {
        using var harness = new CommandHarness();
        harness.Services.Role = ServerRole.Replica;
        harness.Options.ReplicaReadOnly = true;
        var cluster = DispatchProxy.Create<ICluster, LeavingSlots>();
        harness.Services.Cluster = cluster;
        Assert.StartsWith("-MOVED ", harness.Run(command), StringComparison.Ordinal);
        Assert.Equal("-READONLY You can't write against a read only replica.", harness.Run("FLUSHALL"));
    }

    [Theory]
    [InlineData("GET k", "$-1")]
    [InlineData("EXISTS k", ":0")]
    [InlineData("TTL k", ":-2")]
    [InlineData("MGET k k", "*2 $-1 $-1")]
    [InlineData("RANDOMKEY", "$-1")]
    [InlineData("SCAN 0", "*2 $1 0 *0")]
    [InlineData("KEYS *", "*0")]
    [InlineData("DBSIZE", ":1")]
    public void A_reader_does_not_find_what_has_expired_and_it_stays_until_the_primary_deletes_it(
        string command, string reply)
    {
        using var harness = NewReplica("SET k v PX 10");
        var before = harness.Dump();
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(reply, harness.Run(command));
        Assert.Equal($"*1 {reply}", Transaction(harness, command));
        Assert.Equal(before, harness.Dump());
        Assert.Equal("", harness.TakeLog());
        harness.NewClient(SessionOrigin.Primary).Run("DEL k");
        Assert.Equal("", harness.Dump());
        Assert.Equal("", harness.TakeLog());
    }

    [Theory]
    [InlineData("INCR k", ":8")]
    [InlineData("APPEND k x", ":2")]
    [InlineData("PERSIST k", ":1")]
    [InlineData("GETDEL k", "$1 7")]
    public void For_the_primary_a_key_lives_until_it_deletes_it(string command, string reply)
    {
        using var harness = NewReplica("SET k 7 PX 10");
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(reply, harness.NewClient(SessionOrigin.Primary).Run(command));
        Assert.Equal("", harness.TakeLog());
    }

    [Theory]
    [InlineData("PEXPIREAT k 1")]
    [InlineData("SET k v PXAT 1")]
    [InlineData("GETEX k PXAT 1")]
    public void A_time_that_is_over_deletes_nothing_for_the_primary(string command)
    {
        using var harness = NewReplica("SET k v");
        harness.NewClient(SessionOrigin.Primary).Run(command);
        Assert.Equal("00 k String v 1", harness.Dump());
    }

    [Fact]
    public void A_client_that_may_write_writes_over_what_has_expired_and_nothing_of_it_is_logged()
    {
        using var harness = NewReplica("SET k 7 PX 10");
        harness.Options.ReplicaReadOnly = false;
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(":1", harness.Run("INCR k"));
        Assert.Equal("00 k String 1 -1", harness.Dump());
        Assert.Equal("", harness.TakeLog());
    }

    [Fact]
    public void Nothing_is_evicted_and_nothing_refused_for_its_memory()
    {
        using var harness = NewReplica("SET k v");
        harness.Options.ReplicaReadOnly = false;
        harness.Options.MaxMemory = 1;
        foreach (var policy in new[] { MaxMemoryPolicy.NoEviction, MaxMemoryPolicy.AllKeysRandom })
        {
            harness.Options.MaxMemoryPolicy = policy;
            Assert.Equal("+OK", harness.Run("SET l v"));
            Assert.Equal("$1 v", harness.Run("GET k"));
        }
    }

    [Fact]
    public void Exec_is_refused_when_the_server_became_a_replica_after_the_writes_were_queued()
    {
        using var harness = new CommandHarness();
        harness.Options.ReplicaReadOnly = true;
        harness.Given("MULTI ; SET k v");
        harness.Services.Role = ServerRole.Replica;
        Assert.StartsWith("-EXECABORT", harness.Run("EXEC"), StringComparison.Ordinal);
        Assert.Equal("", harness.Dump());
        harness.Given("MULTI ; GET k ; PUBLISH c m");
        Assert.Equal("*2 $-1 :0", harness.Run("EXEC"));
    }

    [Theory]
    [InlineData("PUBLISH c m")]
    [InlineData("SPUBLISH c m")]
    public void A_message_is_logged_for_replicas_alone_and_only_if_there_are_some(string command)
    {
        using var harness = new CommandHarness();
        harness.Run(command);
        Assert.Equal("", harness.TakeLog());
        harness.Log.HasReplicas = true;
        harness.Run(command);
        Assert.Equal(command, harness.TakeLog());
        Assert.Equal([new LogRange(0, harness.Log.LastLength)], harness.Log.LastForReplicas);
        harness.Services.Role = ServerRole.Replica;
        harness.Run(command);
        Assert.Equal("", harness.TakeLog());
    }

    [Fact]
    public void In_a_transaction_only_the_message_is_for_replicas_alone()
    {
        using var harness = new CommandHarness();
        harness.Log.HasReplicas = true;
        harness.Given("MULTI ; SET k v ; PUBLISH c m ; SELECT 2 ; SET l w ; EXEC");
        Assert.Equal("MULTI ; SET k v ; PUBLISH c m ; SELECT 2 ; SET l w ; EXEC", harness.TakeLog());
        var start = "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n".Length;
        var end = start + "*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$1\r\nm\r\n".Length;
        Assert.Equal([new LogRange(start, end)], harness.Log.LastForReplicas);
    }

    [Fact]
    public void A_transaction_of_messages_alone_is_for_replicas_alone()
    {
        using var harness = new CommandHarness();
        harness.Log.HasReplicas = true;
        harness.Given("MULTI ; PUBLISH c m ; PUBLISH c n ; EXEC");
        Assert.Equal("MULTI ; PUBLISH c m ; PUBLISH c n ; EXEC", harness.TakeLog());
        Assert.Equal([new LogRange(0, harness.Log.LastLength)], harness.Log.LastForReplicas);
    }

    [Fact]
    public void When_it_becomes_the_primary_it_deletes_and_logs_again()
    {
        using var harness = NewReplica("SET k v PX 10");
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        harness.Services.Role = ServerRole.Primary;
        Assert.Equal("$-1", harness.Run("GET k"));
        Assert.Equal("DEL k", harness.TakeLog());
        Assert.Equal("", harness.Dump());
    }

    /// <summary>A replica whose primary has sent some commands.</summary>
    private static CommandHarness NewReplica(string given)
    {
        var harness = new CommandHarness();
        harness.Options.ReplicaReadOnly = true;
        harness.Given(given);
        harness.TakeLog();
        harness.Services.Role = ServerRole.Replica;
        return harness;
    }

    private static string Transaction(CommandHarness harness, string command)
    {
        harness.Given($"MULTI ; {command}");
        return harness.Run("EXEC");
    }

    /// <summary>Has all slots when it is asked first, and none later.</summary>
#pragma warning disable CA1852 // The proxy derives from it.
    private class LeavingSlots : DispatchProxy
#pragma warning restore CA1852
    {
        private static readonly SlotRouting Mine = AllOf(SlotRouting.Self);
        private static readonly SlotRouting Others = AllOf(2);

        private bool _hasGone;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name != "get_Routing")
                throw new NotSupportedException(targetMethod.Name);
            var routing = _hasGone ? Others : Mine;
            _hasGone = true;
            return routing;
        }

        private static SlotRouting AllOf(ushort owner)
        {
            var owners = new ushort[KeySlot.Count];
            Array.Fill(owners, owner);
            return new SlotRouting(owners, ["", "", "127.0.0.1:7001"]);
        }
    }
}
