using System.Text.RegularExpressions;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Hosting;

namespace RedisLite.Cluster.Tests.Nodes;

/// <summary>A node that owns all slots, or some of them, as clients see it.</summary>
public sealed class SingleNodeTests
{
    private const string CrossSlot = "-CROSSSLOT Keys in request don't hash to the same slot";

    [Theory]
    [InlineData("SET a 1 ; GET a", "1")]
    [InlineData("MGET a b", CrossSlot)]
    [InlineData("MSET {x}a 1 {x}b 2 ; MGET {x}a {x}b", "[1, 2]")]
    [InlineData("MSET {x}a 1 {x}b 2 ; CLUSTER COUNTKEYSINSLOT 16287", "2")]
    [InlineData("MSET {x}a 1 {x}b 2 ; CLUSTER GETKEYSINSLOT 16287 1", "[{x}a]")]
    [InlineData("CLUSTER KEYSLOT 123456789", "12739")]
    [InlineData("CLUSTER KEYSLOT {}x", "10595")]
    [InlineData("CLUSTER KEYSLOT a{b}{c}", "3300")]
    [InlineData("CLUSTER KEYSLOT a{b", "13340")]
    [InlineData("MULTI ; SET a 1 ; SET b 1 ; EXEC", CrossSlot)]
    [InlineData("MULTI ; SET a 1 ; SET b 1 ; EXEC ; EXEC", "-ERR EXEC without MULTI")]
    [InlineData("MULTI ; SET {x}a 1 ; GET {x}a ; EXEC", "[+OK, 1]")]
    [InlineData("MULTI ; MGET a b ; EXEC", "-EXECABORT Transaction discarded because of previous errors.")]
    [InlineData("SELECT 1", "-ERR SELECT is not allowed in cluster mode")]
    [InlineData("SELECT 0", "+OK")]
    [InlineData("SWAPDB 0 1", "-ERR SWAPDB is not allowed in cluster mode")]
    [InlineData("MOVE a 1", "-ERR MOVE is not allowed in cluster mode")]
    [InlineData("COPY a {a} DB 1", "-ERR Copying to another database is not allowed in cluster mode")]
    [InlineData("REPLICAOF NO ONE", "-ERR REPLICAOF not allowed in cluster mode.")]
    [InlineData("RPUSH {l} 1 ; SORT {l} BY w_*", "-ERR BY option of SORT denied in Cluster mode.")]
    [InlineData("SSUBSCRIBE a b", CrossSlot)]
    [InlineData("SPUBLISH a m", "0")]
    [InlineData("EVAL return(redis.call('get',KEYS[1])) 2 a b", CrossSlot)]
    [InlineData("EVAL redis.call('set','x',1)return(redis.call('set','y',1)) 0", "+OK")]
    [InlineData("CLUSTER ADDSLOTS 5", "-ERR Slot 5 is already busy")]
    [InlineData("CLUSTER DELSLOTS 5 5", "-ERR Slot 5 specified multiple times")]
    [InlineData("CLUSTER DELSLOTS 5 ; CLUSTER DELSLOTS 5", "-ERR Slot 5 is already unassigned")]
    [InlineData("CLUSTER DELSLOTS 5 ; GET a", "-CLUSTERDOWN The cluster is down")]
    [InlineData("CLUSTER DELSLOTS 15495 ; CONFIG SET cluster-require-full-coverage no ; GET a",
        "-CLUSTERDOWN Hash slot not served")]
    [InlineData("CLUSTER DELSLOTS 5 ; CONFIG SET cluster-allow-reads-when-down yes ; GET a", "nil")]
    [InlineData("CLUSTER DELSLOTS 5 ; CONFIG SET cluster-allow-reads-when-down yes ; SET a 1",
        "-CLUSTERDOWN The cluster is down and only accepts read commands")]
    [InlineData("CONFIG SET cluster-announce-ip ::1%lo0 ; CLUSTER SAVECONFIG", "+OK")]
    [InlineData("CONFIG SET cluster-announce-ip my_host.example ; CLUSTER SAVECONFIG", "+OK")]
    [InlineData("CLUSTER SET-CONFIG-EPOCH 7 ; CLUSTER BUMPEPOCH", "+STILL 7")]
    [InlineData("CLUSTER RESET HARD", "+OK")]
    [InlineData("SET a 1 ; CLUSTER RESET HARD", "-ERR CLUSTER RESET can't be called with master nodes containing keys")]
    [InlineData("CLUSTER SETSLOT 5 FOO",
        "-ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP")]
    public async Task Replies(string commands, string reply)
    {
        await using var node = await TestNode.StartWholeAsync();
        Assert.Equal(reply, await node.RunAsync(commands));
    }

    [Fact]
    public async Task It_is_known_again_after_a_restart()
    {
        var node = await TestNode.StartWholeAsync();
        var id = await node.IdAsync();
        var directory = await node.StopAsync();
        await using var again = await TestNode.StartAsync(directory: directory);
        Assert.Equal(id, await again.IdAsync());
        Assert.Contains(
            "cluster_state:ok", await again.RunAsync("CLUSTER INFO"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.2.3.4 x")]
    [InlineData("1.2.3.4\nvoter x")]
    [InlineData("\t")]
    [InlineData("\u00e9")]
    [InlineData("-")]
    public async Task An_address_that_its_file_could_not_hold_is_refused(string address)
    {
        await using (var node = await TestNode.StartWholeAsync())
        {
            await using var client = await node.ConnectAsync();
            var reply = TestNode.Show(await client.CallAsync("CONFIG", "SET", "cluster-announce-ip", address));
            Assert.StartsWith("-ERR CONFIG SET failed (possibly related to argument 'cluster-announce-ip') - "
                + "Addresses may only contain", reply, StringComparison.Ordinal);
        }

        var settings = RedisLiteSettings.ForTests().WithCluster();
        settings = settings with { Cluster = settings.Cluster with { AnnounceIp = address } };
        var failure = await Assert.ThrowsAsync<ServerStartException>(() => RedisLiteServer.StartAsync(settings));
        Assert.Contains("cluster-announce-ip", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Slots_of_keys_that_were_there_before_the_cluster_are_taken(bool appendOnly)
    {
        var directory = await SaveAsync(appendOnly, "MSET a 1 b 2");
        await using var node = await TestNode.StartAsync(directory: directory, appendOnly: appendOnly);
        Assert.Equal("2", await node.RunAsync("CONFIG SET cluster-require-full-coverage no ; GET b"));
        Assert.EndsWith(" connected 3300 15495\n", await node.RunAsync("CLUSTER NODES"), StringComparison.Ordinal);
        Assert.Equal("-CLUSTERDOWN Hash slot not served", await node.RunAsync("GET c"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Keys_in_another_database_stop_the_start(bool appendOnly)
    {
        var directory = await SaveAsync(false, "SELECT 3 ; MSET a 1 b 2");
        var failure = await Assert.ThrowsAsync<ServerStartException>(
            () => TestNode.StartAsync(directory: directory, appendOnly: appendOnly));
        Assert.StartsWith(
            "You can't have keys in a DB different than DB 0 when in Cluster mode. Exiting. (database 3 has 2 ",
            failure.Message, StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task An_option_that_could_not_be_written_is_in_force_once_its_file_can()
    {
        var directory = Directory.CreateTempSubdirectory("redislite-node-").FullName;
        await using var node = await TestNode.StartAsync(directory: directory);
        var obstacle = Directory.CreateDirectory(Path.Combine(directory, "temp-nodes.conf"));
        Assert.Equal("+OK", await node.RunAsync("CONFIG SET cluster-announce-port 7777"));
        Assert.DoesNotContain(":7777@", await node.RunAsync("CLUSTER NODES"), StringComparison.Ordinal);
        obstacle.Delete();
        Assert.Equal("+OK", await node.RunAsync("CLUSTER ADDSLOTS 5"));
        Assert.Contains(":7777@", await node.RunAsync("CLUSTER NODES"), StringComparison.Ordinal);
    }

    /// <summary>Clients that wait are told, as redis-server does, whatever slot they wait in.</summary>
    [Fact]
    public async Task Who_waits_for_a_key_is_told_when_the_cluster_is_down()
    {
        await using var node = await TestNode.StartWholeAsync();
        await using var waiter = await node.ConnectAsync();
        await waiter.SendAsync("BLPOP", "a", "0");
        while (!(await node.RunAsync("INFO clients")).Contains("blocked_clients:1", StringComparison.Ordinal))
            await Task.Yield();
        Assert.Equal("+OK", await node.RunAsync("CLUSTER DELSLOTS 5"));
        Assert.Equal("-CLUSTERDOWN The cluster is down", TestNode.Show(await waiter.ReadAsync()));
    }

    [Fact]
    public async Task A_damaged_file_stops_the_start_and_is_kept()
    {
        var directory = Directory.CreateTempSubdirectory("redislite-node-").FullName;
        var path = Path.Combine(directory, "nodes.conf");
        await File.WriteAllTextAsync(path, "redislite-cluster 1\nnonsense\n");
        var failure = await Assert.ThrowsAsync<ServerStartException>(() => TestNode.StartAsync(directory: directory));
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.Equal("redislite-cluster 1\nnonsense\n", await File.ReadAllTextAsync(path));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task INFO_and_HELLO_say_that_it_is_a_cluster()
    {
        await using var node = await TestNode.StartWholeAsync();
        Assert.Contains("cluster_enabled:1", await node.RunAsync("INFO cluster"), StringComparison.Ordinal);
        Assert.Contains("redis_mode:cluster", await node.RunAsync("INFO server"), StringComparison.Ordinal);
        Assert.Contains("mode, cluster", await node.RunAsync("HELLO 2"), StringComparison.Ordinal);
    }

    /// <summary>redis-server answers the same to the same.</summary>
    [SkippableTheory]
    [InlineData("CLUSTER NODES")]
    [InlineData("CLUSTER SLOTS")]
    [InlineData("CLUSTER SHARDS")]
    [InlineData("CLUSTER INFO")]
    [InlineData("CLUSTER LINKS")]
    [InlineData("CLUSTER ADDSLOTS 5 5")]
    [InlineData("CLUSTER DELSLOTS 150")]
    [InlineData("CLUSTER SETSLOT 5 MIGRATING xx")]
    [InlineData("CLUSTER SETSLOT 5 NODE xx")]
    [InlineData("CLUSTER REPLICAS xx")]
    [InlineData("CLUSTER FORGET xx")]
    [InlineData("CLUSTER FAILOVER")]
    [InlineData("CLUSTER MEET x 1")]
    [InlineData("CLUSTER MEET 1.1.1.1 abc")]
    [InlineData("CLUSTER MEET 1.1.1.1 1 2 3")]
    [InlineData("CLUSTER MEET 1 1")]
    [InlineData("CLUSTER MEET 01.1.1.1 5")]
    [InlineData("CLUSTER MEET fe80::1%lo 7000")]
    [InlineData("CLUSTER MEET 1.1.1.1 60000")]
    [InlineData("CLUSTER MEET 1.1.1.1 5 -1")]
    [InlineData("CLUSTER FAILOVER FORCE x")]
    [InlineData("CLUSTER FAILOVER x")]
    [InlineData("CLUSTER RESET HARD x")]
    [InlineData("CLUSTER RESET x")]
    [InlineData("CLUSTER GETKEYSINSLOT 16384 1")]
    [InlineData("CLUSTER COUNTKEYSINSLOT -1")]
    [InlineData("CLUSTER BUMPEPOCH")]
    [InlineData("FAILOVER")]
    [InlineData("SELECT 99")]
    [InlineData("COMMAND GETKEYS MIGRATE h 1 '' 0 9 KEYS a b")]
    public async Task As_redis_server(string command)
    {
        ExternalProgram.Require("redis-server");
        await using var redis = await RedisOracle.StartAsync(
            "--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", "--cluster-port", $"{FreePort.Next()}");
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        await using var node = await TestNode.StartAsync();
        const string Slots = "CLUSTER ADDSLOTSRANGE 0 100 200 16383 ; ";
        Assert.Equal(
            Anonymous(await TestNode.RunAsync(client, Slots + command), redis.EndPoint.Port),
            Anonymous(await node.RunAsync(Slots + command), node.Port));
    }

    /// <summary>The files of a server on its own that has run some commands.</summary>
    private static async Task<string> SaveAsync(bool appendOnly, string commands)
    {
        var directory = Directory.CreateTempSubdirectory("redislite-node-").FullName;
        var settings = TestNode.In(directory, appendOnly, RedisLiteSettings.ForTests());
        await using var server = await RedisLiteServer.StartAsync(settings);
        await using var client = await RespClient.ConnectAsync(server.EndPoint);
        await TestNode.RunAsync(client, commands);
        if (!appendOnly)
            Assert.Equal("+OK", await TestNode.RunAsync(client, "SAVE"));
        return directory;
    }

    private static string Anonymous(string reply, int port) => Regex.Replace(
        reply.Replace($"{port}", "PORT", StringComparison.Ordinal), "[0-9a-f]{40}|@[0-9]+", "ID");
}
