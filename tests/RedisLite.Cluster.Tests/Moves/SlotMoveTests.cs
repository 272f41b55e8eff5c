using RedisLite.Cluster.Tests.Nodes;

namespace RedisLite.Cluster.Tests.Moves;

/// <summary>Slots that move as one. The key "a" is in slot 15495, "b" in 3300, "c" in 7365.</summary>
public sealed class SlotMoveTests
{
    private const int Slot = 15_495;

    [Fact]
    public async Task A_slot_moves_with_all_types_and_times_to_live()
    {
        await using var pair = await MovingPair.StartAsync();
        string[] commands =
        [
            "SET {a}s text", "SET {a}n 42", "SET {a}t gone PX 10000000", "RPUSH {a}l 1 2 3",
            "SADD {a}set x y z", "SADD {a}ints 1 2 3", "ZADD {a}z 1.5 m 2.5 n", "HSET {a}h f v g w",
            "HPEXPIRE {a}h 10000000 FIELDS 1 f", "XADD {a}x 1-1 k v", "XADD {a}x 2-2 k v", "XGROUP CREATE {a}x g 0",
            "XREADGROUP GROUP g c COUNT 1 STREAMS {a}x >", "SETBIT {a}bits 100 1", "PFADD {a}pf a b c",
            "GEOADD {a}geo 13.361389 38.115556 Palermo", "SET b other",
        ];
        foreach (var command in commands)
            await (command.EndsWith("b other", StringComparison.Ordinal) ? pair.Low : pair.High).RunAsync(command);
        await pair.High.RunAsync($"SET {{a}}long {new string('x', 200_000)}");
        string[] questions =
        [
            "GET {a}s", "INCR {a}n", "LRANGE {a}l 0 -1", "SMISMEMBER {a}set x y z", "OBJECT ENCODING {a}ints",
            "ZRANGE {a}z 0 -1 WITHSCORES", "HGET {a}h f", "HGET {a}h g", "XRANGE {a}x - +", "XPENDING {a}x g",
            "XINFO GROUPS {a}x", "BITCOUNT {a}bits", "PFCOUNT {a}pf", "GEOPOS {a}geo Palermo", "STRLEN {a}long",
            "PEXPIRETIME {a}t", "HPEXPIRETIME {a}h FIELDS 1 f", $"CLUSTER COUNTKEYSINSLOT {Slot}",
        ];
        var before = await AskAsync(pair.High, questions);
        await pair.High.RunAsync("DECR {a}n");
        await pair.MigrateAsync($"{Slot} {Slot}");

        Assert.Equal(before, await AskAsync(pair.Low, questions));
        Assert.Equal($"-MOVED {Slot} 127.0.0.1:{pair.Low.Port}", await pair.High.RunAsync("GET {a}s"));
        Assert.Equal("0", await pair.High.RunAsync("DBSIZE"));
        Assert.Equal("0", await pair.High.RunAsync($"CLUSTER COUNTKEYSINSLOT {Slot}"));
        Assert.Equal("14", await pair.Low.RunAsync("DBSIZE"));
        Assert.Equal("other", await pair.Low.RunAsync("GET b"));
    }

    [Fact]
    public async Task The_node_that_takes_may_begin_as_well()
    {
        await using var pair = await MovingPair.StartAsync();
        await pair.High.RunAsync("SET a 1");
        var id = await pair.Low.RunAsync("CLUSTER MIGRATION IMPORT 15000 15499 16000 16383");
        Assert.Equal(40, id.Length);
        await MovingPair.WaitForAsync(pair.Low, "success");
        var status = await pair.Low.RunAsync($"CLUSTER MIGRATION STATUS ID {id}");
        Assert.Contains($"id, {id}, slots, 15000-15499 16000-16383, source, {await pair.High.IdAsync()}", status,
            StringComparison.Ordinal);
        Assert.Contains("operation, import, state, completed", status, StringComparison.Ordinal);
        Assert.Contains("operation, migrate, state, completed",
            await pair.High.RunAsync("CLUSTER MIGRATION STATUS ALL"), StringComparison.Ordinal);
        Assert.Equal("1", await pair.Low.RunAsync("GET a"));
        Assert.Equal("[]", await pair.Low.RunAsync("CLUSTER MIGRATION STATUS ID 0"));
    }

    [Fact]
    public async Task A_slot_goes_and_comes_back()
    {
        await using var pair = await MovingPair.StartAsync();
        for (var i = 0; i < 500; i++)
            await pair.High.RunAsync($"SET {{a}}{i} {i}");
        for (var round = 0; round < 3; round++)
        {
            await pair.MigrateAsync($"{Slot} {Slot}");
            Assert.Equal("500", await pair.Low.RunAsync($"CLUSTER COUNTKEYSINSLOT {Slot}"));
            var id = await pair.High.RunAsync($"CLUSTER MIGRATION IMPORT {Slot} {Slot}");
            await MovingPair.WaitForAsync(pair.High, "success");
            Assert.Equal("499", await pair.High.RunAsync("GET {a}499"));
            Assert.Equal("500", await pair.High.RunAsync("DBSIZE"));
            Assert.Equal("0", await pair.Low.RunAsync("DBSIZE"));
            Assert.Contains(id, await pair.High.RunAsync("CLUSTER MIGRATION STATUS ALL"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_goes_is_refused_in_words_of_those_who_gave_the_names()
    {
        await using var pair = await MovingPair.StartAsync();
        var (low, high) = (await pair.Low.IdAsync(), await pair.High.IdAsync());
        (string Command, string Reply)[] cases =
        [
            ($"CLUSTER MIGRATESLOTS SLOTSRANGE 1 2 NODE {low}", "-ERR Slots are not served by this node."),
            ($"CLUSTER MIGRATESLOTS SLOTSRANGE 9000 9001 NODE {high}", "-ERR Target node can not be this node."),
            ("CLUSTER MIGRATESLOTS SLOTSRANGE 9000 9001 NODE x", "-ERR Invalid node name: x"),
            ($"CLUSTER MIGRATESLOTS SLOTSRANGE 9000 9001 NODE {new string('0', 40)}",
                $"-ERR Unknown node name: {new string('0', 40)}"),
            ($"CLUSTER MIGRATESLOTS SLOTSRANGE 9001 9000 NODE {low}",
                "-ERR Start slot number 9001 is greater than end slot number 9000."),
            ($"CLUSTER MIGRATESLOTS SLOTSRANGE 9000 9001 9001 9002 NODE {low}",
                "-ERR Slot range 9001-9002 overlaps with previous range 9000-9001."),
            ($"CLUSTER MIGRATESLOTS SLOTSRANGE 9000 16384 NODE {low}", "-ERR Invalid or out of range slot"),
            ($"CLUSTER MIGRATESLOTS SLOTSRANGE 9000 9001 9002 NODE {low}", "-ERR No end slot for final slot range"),
            ($"CLUSTER MIGRATESLOTS SLOTSRANGE 9000 9001 NODE {low} SLOTSRANGE 9001 9002 NODE {low}",
                "-ERR Slot ranges in migrations overlap"),
            ("CLUSTER CANCELSLOTMIGRATIONS", "-ERR No migrations ongoing"),
            ("CLUSTER GETSLOTMIGRATIONS", "[]"),
            ("CLUSTER MIGRATION STATUS ALL", "[]"),
            ("CLUSTER MIGRATION CANCEL ALL", "0"),
            ("CLUSTER MIGRATION IMPORT 9000 9001", "-ERR this node is already the owner of the slot range"),
            ("CLUSTER MIGRATION IMPORT 8000 9001", "-ERR slots belong to different source nodes"),
            ("CLUSTER MIGRATION FLY 1", "-ERR unknown argument"),
            ("CLUSTER MIGRATION STATUS SOME", "-ERR unknown argument"),
            ("CLUSTER SYNCSLOTS READY", "-ERR syntax error"),
        ];
        foreach (var (command, reply) in cases)
            Assert.Equal(reply, await pair.High.RunAsync(command));
        Assert.Equal("+OK", await pair.High.RunAsync($"CLUSTER SETSLOT {Slot} MIGRATING {low}"));
        Assert.Equal("-ERR Slots are being manually migrated",
            await pair.High.RunAsync($"CLUSTER MIGRATESLOTS SLOTSRANGE {Slot} {Slot} NODE {low}"));
    }

    [Fact]
    public async Task A_move_to_a_node_that_is_not_there_fails_and_changes_nothing()
    {
        await using var pair = await MovingPair.StartAsync();
        await pair.High.RunAsync("SET a 1");
        var low = await pair.Low.IdAsync();
        await pair.Low.StopAsync();
        Assert.Equal("+OK", await pair.High.RunAsync($"CLUSTER MIGRATESLOTS SLOTSRANGE {Slot} {Slot} NODE {low}"));
        await MovingPair.WaitForAsync(pair.High, "failed");
        Assert.Equal("2", await pair.High.RunAsync("INCR a"));
    }

    [Fact]
    public async Task Caches_of_clients_hear_that_what_they_know_has_gone()
    {
        await using var pair = await MovingPair.StartAsync();
        await using var client = await pair.High.ConnectAsync();
        await client.CallAsync("HELLO", "3");
        await client.CallAsync("CLIENT", "TRACKING", "ON");
        await client.CallAsync("SET", "a", "1");
        await client.CallAsync("GET", "a");
        await pair.MigrateAsync($"{Slot} {Slot}");
        var push = await client.ReadPushAsync();
        Assert.Equal("invalidate", TestNode.Show(push.Items[0]));
        Assert.Equal("nil", TestNode.Show(push.Items[1]));
    }

    [Fact]
    public async Task After_a_restart_both_have_in_their_files_what_they_had()
    {
        var pair = await MovingPair.StartAsync(appendOnly: true);
        for (var i = 0; i < 300; i++)
            await pair.High.RunAsync($"RPUSH {{a}}{i % 50} {i} ; SET {{foo}}{i} {i}");
        await pair.MigrateAsync($"{Slot} {Slot}");
        await pair.Low.RunAsync("RPUSH {a}1 more");
        var (lowPort, highPort) = (pair.Low.Port, pair.High.Port);
        var (lowBus, highBus) = (pair.Low.BusPort, pair.High.BusPort);
        var (low, high) = (await pair.Low.StopAsync(), await pair.High.StopAsync());
        await using var lowAgain = await TestNode.StartAsync(
            directory: low, port: lowPort, appendOnly: true, busPort: lowBus, timeoutMs: 1_000);
        await using var highAgain = await TestNode.StartAsync(
            directory: high, port: highPort, appendOnly: true, busPort: highBus, timeoutMs: 1_000);
        await lowAgain.WhenServingAsync(2);
        await highAgain.WhenServingAsync(2);
        Assert.Equal("50", await lowAgain.RunAsync("DBSIZE"));
        Assert.Equal("[1, 51, 101, 151, 201, 251, more]", await lowAgain.RunAsync("LRANGE {a}1 0 -1"));
        Assert.Equal("300", await highAgain.RunAsync("DBSIZE"));
        Assert.Equal("299", await highAgain.RunAsync("GET {foo}299"));
    }

    private static async Task<string> AskAsync(TestNode node, string[] questions)
    {
        var answers = new List<string>();
        foreach (var question in questions)
            answers.Add($"{question}: {await node.RunAsync(question)}");
        return string.Join('\n', answers);
    }
}
