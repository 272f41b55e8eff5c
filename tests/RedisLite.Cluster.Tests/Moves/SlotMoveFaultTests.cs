using System.Globalization;
using System.Net.Sockets;
using RedisLite.Cluster.Tests.Nodes;
using RedisLite.EndToEnd.Tests.Support;
using Xunit.Abstractions;

namespace RedisLite.Cluster.Tests.Moves;

/// <summary>
/// Either node is killed at any moment of a move, and started again, while clients append to lists: what was
/// acknowledged is there, in order and once, and one node has the slots.
/// </summary>
/// <remarks><c>REDISLITE_MOVE_SEEDS=1-100</c> plays these in place of the few of every run.</remarks>
[Collection(AloneCollection.Name)]
public sealed class SlotMoveFaultTests(ITestOutputHelper output)
{
    private const int Slot = 15_495;
    private const int Rounds = 3;
    private const int Lists = 3;
    private const int Filling = 4_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static TheoryData<int> Seeds()
    {
        var range = Environment.GetEnvironmentVariable("REDISLITE_MOVE_SEEDS") is { Length: > 0 } text ? text : "1-1";
        var ends = range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
        var seeds = new TheoryData<int>();
        for (var seed = ends[0]; seed <= ends[^1]; seed++)
            seeds.Add(seed);
        return seeds;
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_node_that_is_killed_loses_nothing_and_doubles_nothing(int seed)
    {
        var random = new Random(seed);
        var nodes = await MovingProcess.StartClusterAsync(appendOnly: true, "0-5000", "8192-16383", "5001-8191");
        var (low, high) = (nodes[0], nodes[1]);
        try
        {
            await FillAsync(high);
            using var stop = new CancellationTokenSource();
            var writers = Enumerable.Range(0, Lists)
                .Select(number => AppendAsync([high, low], number, stop.Token)).ToArray();
            for (var round = 0; round < Rounds; round++)
                await PlayRoundAsync(low, high, random);
            await stop.CancelAsync();
            await CheckAsync(low, high, await Task.WhenAll(writers));
        }
        catch
        {
            output.WriteLine($"seed {seed}\n--- low {low.Port}\n{low.Output}\n--- high {high.Port}\n{high.Output}");
            throw;
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }
    }

    private static async Task PlayRoundAsync(MovingProcess low, MovingProcess high, Random random)
    {
        var (owner, other) = await SettleAsync(low, high);
        var isOwner = random.Next(2) == 0;
        await using (var client = await (isOwner ? owner : other).ConnectAsync())
        {
            var reply = isOwner
                ? await client.CallAsync(
                    "CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", $"{Slot - 5}", $"{Slot}", "NODE", await IdAsync(other))
                : await client.CallAsync("CLUSTER", "MIGRATION", "IMPORT", $"{Slot - 5}", $"{Slot}");
            Assert.False(reply.Kind == RespKind.Error, TestNode.Show(reply));
        }

        await Task.Delay(random.Next(120));
        var victims = random.Next(5) == 0 ? [owner, other] : new[] { random.Next(2) == 0 ? owner : other };
        foreach (var victim in victims)
            await victim.KillAsync();
        await Task.Delay(random.Next(300));
        foreach (var victim in victims)
            await victim.StartAsync();
    }

    /// <summary>Waits until nothing is on its way, and tells who has the slots.</summary>
    private static async Task<(MovingProcess Owner, MovingProcess Other)> SettleAsync(
        MovingProcess low, MovingProcess high)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (true)
        {
            var (lower, upper) = (await SightAsync(low), await SightAsync(high));
            if (!lower.IsMoving && !upper.IsMoving && lower.Answer != upper.Answer)
            {
                if (upper.Answer == "" && lower.Answer == $"MOVED {Slot} 127.0.0.1:{high.Port}")
                    return (high, low);
                if (lower.Answer == "" && upper.Answer == $"MOVED {Slot} 127.0.0.1:{low.Port}")
                    return (low, high);
            }

            Assert.False(lower.Answer == "" && upper.Answer == "", "both nodes serve the slot");
            if (timeout.IsCancellationRequested)
                Assert.Fail($"the nodes do not agree: {lower}, {upper}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static async Task<(bool IsMoving, string Answer)> SightAsync(MovingProcess node)
    {
        await using var client = await node.ConnectAsync();
        var moves = TestNode.Show(await client.CallAsync("CLUSTER", "GETSLOTMIGRATIONS"));
        var isMoving = moves.Split("[name, ")[1..].Any(
            move => MovingPair.StateOf(move) is not ("success" or "failed" or "cancelled"));
        var reply = await client.CallAsync("EXISTS", "a");
        return (isMoving, reply.Kind == RespKind.Error ? reply.Text : "");
    }

    private static async Task<string> IdAsync(MovingProcess node)
    {
        await using var client = await node.ConnectAsync();
        return (await client.CallAsync("CLUSTER", "MYID")).Text;
    }

    private static async Task FillAsync(MovingProcess node)
    {
        await using var client = await node.ConnectAsync();
        for (var i = 0; i < Filling; i++)
            await client.SendAsync("SET", $"{{a}}{i}", new string('f', 200));
        for (var i = 0; i < Filling; i++)
            Assert.Equal("OK", (await client.ReadReplyAsync()).Text);
    }

    /// <summary>Appends numbers to a list wherever it is; what was not answered may be there, or not.</summary>
    private static async Task<(int Number, List<int> Acknowledged, HashSet<int> Unknown)> AppendAsync(
        MovingProcess[] nodes, int number, CancellationToken stop)
    {
        var (acknowledged, unknown) = (new List<int>(), new HashSet<int>());
        var at = 0;
        RespClient? client = null;
        for (var element = 0; !stop.IsCancellationRequested; element++)
        {
            try
            {
                client ??= await nodes[at].ConnectAsync();
                var reply = await client.CallAsync("RPUSH", $"{{a}}l{number}", $"{element}");
                if (reply.Kind != RespKind.Error)
                {
                    acknowledged.Add(element);
                    continue;
                }

                Assert.Matches("^(MOVED|LOADING|CLUSTERDOWN) ", reply.Text);
                if (!reply.Text.StartsWith("MOVED ", StringComparison.Ordinal))
                    continue;
                await client.DisposeAsync();
                client = null;
                at = Array.FindIndex(nodes, node => reply.Text.EndsWith($":{node.Port}", StringComparison.Ordinal));
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                unknown.Add(element);
                if (client is not null)
                    await client.DisposeAsync();
                client = null;
                await Task.Delay(10, CancellationToken.None);
            }
        }

        if (client is not null)
            await client.DisposeAsync();
        return (number, acknowledged, unknown);
    }

    private static async Task CheckAsync(
        MovingProcess low, MovingProcess high, (int Number, List<int> Acknowledged, HashSet<int> Unknown)[] histories)
    {
        var (owner, other) = await SettleAsync(low, high);
        await using var client = await owner.ConnectAsync();
        foreach (var (number, acknowledged, unknown) in histories)
        {
            var list = (await client.CallAsync("LRANGE", $"{{a}}l{number}", "0", "-1")).Items
                .Select(item => int.Parse(item.Text, CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(acknowledged, list.Where(element => !unknown.Contains(element)));
            Assert.Equal(list.Order().Distinct(), list);
            Assert.NotEmpty(acknowledged);
        }

        Assert.Equal(
            $"{Filling + Lists}", TestNode.Show(await client.CallAsync("CLUSTER", "COUNTKEYSINSLOT", $"{Slot}")));
        Assert.Equal($"{Filling + Lists}", TestNode.Show(await client.CallAsync("DBSIZE")));
        for (var i = 0; i < Filling; i++)
            Assert.Equal(200, (await client.CallAsync("STRLEN", $"{{a}}{i}")).Integer);
        await using var elsewhere = await other.ConnectAsync();
        Assert.Equal("0", TestNode.Show(await elsewhere.CallAsync("DBSIZE")));
    }
}
