using System.Globalization;
using RedisLite.Cluster.Tests.Nodes;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Moves;

/// <summary>
/// Clients that write while slots move to and fro: nobody gets an error, and everything is there once.
/// </summary>
public sealed class SlotMoveLoadTests
{
    private const int Slot = 15_495;
    private const int Moves = 6;

    [Fact]
    public async Task Writers_lose_nothing_and_double_nothing_while_slots_move_to_and_fro()
    {
        await using var pair = await MovingPair.StartAsync();
        for (var i = 0; i < 3_000; i++)
            await pair.High.RunAsync($"SET {{a}}fill{i} {new string('f', 100)}");
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(number => WriteAsync(pair, number, stop.Token)).ToArray();
        for (var i = 0; i < Moves; i++)
            await MoveBackOrForthAsync(pair, i);
        await stop.CancelAsync();
        foreach (var writer in writers)
        {
            var (number, counter, list) = await writer;
            await using var client = await pair.ConnectAsync();
            Assert.Equal($"{counter}", await client.TextAsync("GET", $"{{a}}c{number}"));
            Assert.Equal($"{counter}", await client.TextAsync("HGET", $"{{a}}h{number}", "f"));
            Assert.Equal(
                $"[{string.Join(", ", Enumerable.Range(0, list))}]",
                await client.TextAsync("LRANGE", $"{{a}}l{number}", "0", "-1"));
            Assert.True(counter > 0 && list > 0);
        }

        var counted = await pair.High.RunAsync($"CLUSTER COUNTKEYSINSLOT {Slot}");
        Assert.Equal(await pair.High.RunAsync("DBSIZE"), counted);
        Assert.Equal("0", await pair.Low.RunAsync("DBSIZE"));
        Assert.Equal($"{3_000 + (4 * 4)}", counted);
    }

    /// <summary>Each adds to a counter, a hash, and a list in turn, in a transaction, and in a script.</summary>
    private static async Task<(int Number, int Counter, int List)> WriteAsync(
        MovingPair pair, int number, CancellationToken stop)
    {
        await using var client = await pair.ConnectAsync();
        var (counter, list) = (0, 0);
        var (c, h, l, t) = ($"{{a}}c{number}", $"{{a}}h{number}", $"{{a}}l{number}", $"{{a}}t{number}");
        const string Script = "redis.call('INCR', KEYS[1]) return redis.call('HINCRBY', KEYS[2], 'f', 1)";
        while (!stop.IsCancellationRequested)
        {
            counter++;
            Assert.Equal($"[{counter}, {counter}]", await client.TransactAsync(["INCR", c], ["HINCRBY", h, "f", "1"]));
            counter++;
            Assert.Equal($"{counter}", await client.TextAsync("EVAL", Script, "2", c, h));

            // Keys that it does not name.
            counter++;
            Assert.Equal($"{counter}", await client.TextAsync(
                "EVAL", $"redis.call('INCR', '{c}') return redis.call('HINCRBY', '{h}', 'f', 1)", "1", t));
            Assert.Equal($"{list + 1}", await client.TextAsync("RPUSH", l, $"{list}"));
            list++;
            await client.CallAsync("SET", t, $"{counter}", "PX", "100000");
            Assert.Equal($"{counter}", await client.TextAsync("GET", t));
        }

        return (number, counter, list);
    }

    [Fact]
    public async Task Consumers_that_wait_get_every_element_once_wherever_the_list_is()
    {
        await using var pair = await MovingPair.StartAsync();
        const int Elements = 2_000;
        var taken = new System.Collections.Concurrent.ConcurrentBag<string>();
        var consumers = Enumerable.Range(0, 3).Select(async _ =>
        {
            await using var client = await pair.ConnectAsync();
            while (true)
            {
                var element = TestNode.Show((await client.CallAsync("BLPOP", "a", "0")).Items[1]);
                if (element == "end")
                    return;
                taken.Add(element);
            }
        }).ToArray();
        await using var producer = await pair.ConnectAsync();
        var moving = Task.Run(async () =>
        {
            for (var i = 0; i < Moves; i++)
                await MoveBackOrForthAsync(pair, i);
        });
        var sent = 0;
        for (; sent < Elements || !moving.IsCompleted; sent++)
            await producer.CallAsync("RPUSH", "a", $"{sent}");
        await moving;
        foreach (var _ in consumers)
            await producer.CallAsync("RPUSH", "a", "end");
        await Task.WhenAll(consumers).WaitAsync(RespClient.SafetyNet);
        Assert.Equal(
            Enumerable.Range(0, sent), taken.Select(text => int.Parse(text, CultureInfo.InvariantCulture)).Order());
    }

    [Fact]
    public async Task What_expires_or_is_deleted_meanwhile_is_gone_and_what_is_kept_alive_stays()
    {
        await using var pair = await MovingPair.StartAsync();
        await using var client = await pair.ConnectAsync();
        for (var i = 0; i < 2_000; i++)
            await client.CallAsync("SET", $"{{a}}{i}", "v", "PX", i % 2 == 0 ? "1" : "100000");
        for (var i = 0; i < 200; i++)
            await client.CallAsync("SET", $"{{a}}kept{i}", "v", "PX", "2000");
        var moving = Task.Run(async () =>
        {
            for (var i = 0; i < Moves; i++)
                await MoveBackOrForthAsync(pair, i);
        });

        // Each is given a longer life again and again: a node that went by its clock alone would lose some.
        while (!moving.IsCompleted)
            for (var i = 0; i < 200; i++)
                Assert.Equal("1", await client.TextAsync("PEXPIRE", $"{{a}}kept{i}", "2000"));
        await moving;
        for (var i = 0; i < 200; i++)
            await client.CallAsync("PERSIST", $"{{a}}kept{i}");
        await MovingPair.WaitForReplyAsync(pair.High, "DBSIZE", "1200");
        await MovingPair.WaitForReplyAsync(pair.Low, "DBSIZE", "0");
        await MovingPair.WaitForReplyAsync(pair.High, $"CLUSTER COUNTKEYSINSLOT {Slot}", "1200");
    }

    [Fact]
    public async Task A_move_that_is_cancelled_at_any_moment_changes_nothing_or_is_done()
    {
        await using var pair = await MovingPair.StartAsync(appendOnly: true);
        await pair.Low.RunAsync("SET b 1");
        for (var i = 0; i < 1_500; i++)
            await pair.High.RunAsync($"SET {{a}}{i} {i}");
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 2).Select(number => WriteAsync(pair, number, stop.Token)).ToArray();
        var random = new Random(15);
        var (from, to) = (pair.High, pair.Low);
        for (var round = 0; round < 24; round++)
        {
            string name;
            if (round % 2 == 0)
            {
                Assert.Equal("+OK", await from.RunAsync(
                    $"CLUSTER MIGRATESLOTS SLOTSRANGE {Slot} {Slot} NODE {await to.IdAsync()}"));
                name = await MovingPair.LatestAsync(from);
            }
            else
            {
                name = await to.RunAsync($"CLUSTER MIGRATION IMPORT {Slot} {Slot}");
            }

            await Task.Delay(random.Next(60));
            await to.RunAsync($"CLUSTER MIGRATION CANCEL ID {name}");
            await from.RunAsync("CLUSTER CANCELSLOTMIGRATIONS");
            await MovingPair.WaitForOverAsync(to);
            await MovingPair.WaitForOverAsync(from);
            if (await to.RunAsync($"CLUSTER COUNTKEYSINSLOT {Slot}") != "0")
                (from, to) = (to, from);

            // What was given away is deleted in steps after the move is over.
            await MovingPair.WaitForReplyAsync(to, "DBSIZE", to == pair.Low ? "1" : "0");
        }

        await stop.CancelAsync();
        await using var client = await pair.ConnectAsync();
        foreach (var writer in writers)
        {
            var (number, counter, list) = await writer;
            Assert.Equal($"{counter}", await client.TextAsync("GET", $"{{a}}c{number}"));
            Assert.Equal($"{list}", await client.TextAsync("LLEN", $"{{a}}l{number}"));
        }

        Assert.Equal($"{1_500 + (2 * 4)}", await from.RunAsync($"CLUSTER COUNTKEYSINSLOT {Slot}"));
        Assert.Equal($"MOVED {Slot} 127.0.0.1:{from.Port}", (await to.RunAsync("GET a"))[1..]);
    }

    [Fact]
    public async Task What_a_flush_takes_away_is_not_brought_back()
    {
        await using var pair = await MovingPair.StartAsync();
        for (var i = 0; i < 2_000; i++)
            await pair.High.RunAsync($"SET {{a}}{i} {i}");
        for (var round = 0; round < 6; round++)
        {
            await pair.High.RunAsync($"CLUSTER MIGRATESLOTS SLOTSRANGE {Slot} {Slot} NODE {await pair.Low.IdAsync()}");
            Assert.Equal("+OK", await (round % 2 == 0 ? pair.Low : pair.High).RunAsync("FLUSHALL"));
            await MovingPair.WaitForOverAsync(pair.High);
            await MovingPair.WaitForOverAsync(pair.Low);
            var isMoved = MovingPair.StateOf(await pair.High.RunAsync("CLUSTER GETSLOTMIGRATIONS")) == "success";
            var (owner, other) = isMoved ? (pair.Low, pair.High) : (pair.High, pair.Low);
            Assert.Equal("0", await other.RunAsync("DBSIZE"));
            if (round % 2 == 1 && !isMoved)
                Assert.Equal("0", await owner.RunAsync("DBSIZE"));
            await owner.RunAsync("SET a here");
            Assert.Equal("here", await owner.RunAsync("GET a"));
            if (isMoved)
                await pair.MigrateBackAsync($"{Slot} {Slot}");
            for (var i = 0; i < 2_000; i++)
                await pair.High.RunAsync($"SET {{a}}{i} {i}");
        }
    }

    [Fact]
    public async Task A_target_without_memory_gives_up_and_keeps_nothing()
    {
        await using var pair = await MovingPair.StartAsync();
        for (var i = 0; i < 200; i++)
            await pair.High.RunAsync($"SET {{a}}{i} {new string('x', 20_000)}");
        await pair.Low.RunAsync("CONFIG SET maxmemory 3mb");
        await pair.High.RunAsync($"CLUSTER MIGRATESLOTS SLOTSRANGE {Slot} {Slot} NODE {await pair.Low.IdAsync()}");
        await MovingPair.WaitForOverAsync(pair.High);
        await MovingPair.WaitForOverAsync(pair.Low);
        Assert.Contains("Ran out of memory", await pair.Low.RunAsync("CLUSTER GETSLOTMIGRATIONS"),
            StringComparison.Ordinal);
        Assert.Equal("0", await pair.Low.RunAsync("DBSIZE"));
        Assert.Equal("200", await pair.High.RunAsync("DBSIZE"));
        await pair.Low.RunAsync("CONFIG SET maxmemory 0");
        await pair.MigrateAsync($"{Slot} {Slot}");
        Assert.Equal("200", await pair.Low.RunAsync("DBSIZE"));
    }

    [Fact]
    public async Task Slots_move_from_a_node_that_evicts()
    {
        await using var pair = await MovingPair.StartAsync();
        await pair.High.RunAsync("CONFIG SET maxmemory-policy allkeys-lru");
        await pair.High.RunAsync("CONFIG SET maxmemory 6mb");
        await using var client = await pair.ConnectAsync();
        var moving = Task.CompletedTask;
        for (var i = 0; i < 3_000; i++)
        {
            if (i == 1_500)
                moving = pair.MigrateAsync($"{Slot} {Slot}");
            Assert.Equal("+OK", await client.TextAsync("SET", $"{{a}}{i}", new string('x', 4_000)));
            Assert.Equal(new string('x', 4_000), await client.TextAsync("GET", $"{{a}}{i}"));
        }

        await moving;
        Assert.Equal("0", await pair.High.RunAsync("DBSIZE"));
        Assert.Equal(await pair.Low.RunAsync("DBSIZE"), await pair.Low.RunAsync($"CLUSTER COUNTKEYSINSLOT {Slot}"));
    }

    private static async Task MoveBackOrForthAsync(MovingPair pair, int number)
    {
        var (from, to) = number % 2 == 0 ? (pair.High, pair.Low) : (pair.Low, pair.High);
        var ranges = $"{Slot - 20} {Slot + 20}";
        string name;
        if (number % 3 == 0)
        {
            name = await to.RunAsync($"CLUSTER MIGRATION IMPORT {ranges}");
        }
        else
        {
            Assert.Equal("+OK", await from.RunAsync(
                $"CLUSTER MIGRATESLOTS SLOTSRANGE {ranges} NODE {await to.IdAsync()}"));
            name = await MovingPair.LatestAsync(from);
        }

        await pair.WaitForBothAsync(name, "success");
    }
}
