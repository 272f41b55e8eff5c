using RedisLite.Cluster.Tests.Nodes;

namespace RedisLite.Cluster.Tests.Moves;

/// <summary>Two nodes, and slots that move from the upper one to the lower one.</summary>
internal sealed class MovingPair(TestNode low, TestNode high) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Takes the slots.</summary>
    public TestNode Low => low;

    /// <summary>Gives the slots.</summary>
    public TestNode High => high;

    public static async Task<MovingPair> StartAsync(bool appendOnly = false)
    {
        var (low, high) = await TestNode.StartPairAsync(appendOnly);
        return new MovingPair(low, high);
    }

    /// <summary>
    /// Has slots moved by the node that gives; returns when that node says that they are the other's.
    /// </summary>
    public async Task MigrateAsync(string ranges)
    {
        Assert.Equal(
            "+OK", await high.RunAsync($"CLUSTER MIGRATESLOTS SLOTSRANGE {ranges} NODE {await low.IdAsync()}"));
        await WaitForBothAsync(await LatestAsync(high), "success");
    }

    /// <summary>The name of a node's latest move.</summary>
    public static async Task<string> LatestAsync(TestNode node)
    {
        var moves = await node.RunAsync("CLUSTER GETSLOTMIGRATIONS");
        return moves["[[name, ".Length..("[[name, ".Length + 40)];
    }

    /// <summary>Waits until both nodes show a move in a state.</summary>
    public async Task WaitForBothAsync(string name, params string[] states)
    {
        foreach (var node in new[] { high, low })
        {
            using var timeout = new CancellationTokenSource(Patience);
            var now = "";
            while (!states.Contains(now))
            {
                if (timeout.IsCancellationRequested)
                    Assert.Fail($"the move is not '{string.Join("' or '", states)}' but '{now}'");
                var moves = await node.RunAsync("CLUSTER GETSLOTMIGRATIONS");
                var at = moves.IndexOf(name, StringComparison.Ordinal);
                now = at < 0 ? "" : StateOf(moves[at..]);
                await Task.Delay(5, CancellationToken.None);
            }
        }
    }

    /// <summary>Waits until the latest move of a node is in a state.</summary>
    public static async Task WaitForAsync(TestNode node, string state)
    {
        using var timeout = new CancellationTokenSource(Patience);
        var now = "";
        do
        {
            if (timeout.IsCancellationRequested)
                Assert.Fail($"the move is not '{state}' but: {now}");
            now = await node.RunAsync("CLUSTER GETSLOTMIGRATIONS");
            await Task.Delay(5, CancellationToken.None);
        }
        while (now == "[]" || StateOf(now) != state);
    }

    /// <summary>The other way.</summary>
    public async Task MigrateBackAsync(string ranges)
    {
        Assert.Equal(
            "+OK", await low.RunAsync($"CLUSTER MIGRATESLOTS SLOTSRANGE {ranges} NODE {await high.IdAsync()}"));
        await WaitForBothAsync(await LatestAsync(low), "success");
    }

    /// <summary>Waits until no move of a node is under way.</summary>
    public static async Task WaitForOverAsync(TestNode node)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (await node.RunAsync("CLUSTER GETSLOTMIGRATIONS") is var moves && moves.Split("[name, ")[1..].Any(
            move => StateOf(move) is not ("success" or "failed" or "cancelled")))
        {
            if (timeout.IsCancellationRequested)
                Assert.Fail($"a move does not end: {moves}");
            await Task.Delay(5, CancellationToken.None);
        }
    }

    /// <summary>Waits until a node answers a command so.</summary>
    public static async Task WaitForReplyAsync(TestNode node, string command, string reply)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (await node.RunAsync(command) is var now && now != reply)
        {
            if (timeout.IsCancellationRequested)
                Assert.Fail($"{command}: {now}, and not {reply}");
            await Task.Delay(5, CancellationToken.None);
        }
    }

    /// <summary>The state of the first move in a reply.</summary>
    public static string StateOf(string moves)
    {
        var at = moves.IndexOf("state, ", StringComparison.Ordinal) + "state, ".Length;
        return moves[at..moves.IndexOf(',', at)];
    }

    public Task<FollowingClient> ConnectAsync() => FollowingClient.ConnectAsync(high, low);

    public async ValueTask DisposeAsync()
    {
        await low.DisposeAsync();
        await high.DisposeAsync();
    }
}
