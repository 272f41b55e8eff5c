using System.Text;

namespace RedisLite.EndToEnd.Tests.Replication.Faults;

/// <summary>Three servers under load, to which a random number generator does what networks and machines do.</summary>
/// <remarks>
/// <code>
///   load --> primary --link--> replica --link--> replica      a chain, or both replicas at the primary
///               one of them, or two, is a redis-server
/// </code>
/// After some faults, of which nothing may need more than the backlog, no full copy may have been made. In the end,
/// when the load has ended, all have the same data.
/// </remarks>
internal sealed class FaultSchedule : IAsyncDisposable
{
    private const int Steps = 7;
    private const string NotMade = "no full copy";

    private static readonly bool[][] Kinds =
    [
        [true, true, true], [true, true, false], [true, false, true], [false, true, true], [false, true, false],
        [true, false, false],
    ];

    private readonly int _seed;
    private readonly Random _random;
    private readonly List<FaultNode> _nodes = [];
    private readonly StringBuilder _story = new();
    private FaultNode? _primary;

    public FaultSchedule(int seed)
    {
        (_seed, _random) = (seed, new Random(seed));
        var kinds = Kinds[seed % Kinds.Length];
        for (var i = 0; i < kinds.Length; i++)
            _nodes.Add(new FaultNode($"{(char)('a' + i)}", kinds[i], (Files)_random.Next(3)));
    }

    /// <summary>What was done, for the report of a failure.</summary>
    public string Story => $"Seed {_seed}:\n{_story}";

    public async Task RunAsync()
    {
        try
        {
            await StartAsync();
            await using (var load = new FaultLoad(_seed, clients: 3, () => _primary?.EndPoint))
            {
                await load.UntilMoreAsync(200);
                for (var step = 0; step < Steps; step++)
                {
                    await StepAsync(load);
                    await load.UntilMoreAsync(_random.Next(20, 300));
                }
            }

            await AgreeAsync();
        }
        catch (Exception e) when (e is not SkipException)
        {
            throw new InvalidOperationException(
                $"{Story}{e}\n{string.Join('\n', _nodes.Select(node => node.Output))}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    private async Task StartAsync()
    {
        var isChain = _random.Next(2) == 0;
        Tell($"{string.Join(", ", _nodes)}: {(isChain ? "a chain" : "a primary with two replicas")}");
        await _nodes[0].StartAsync(null);
        await _nodes[1].StartAsync(_nodes[0]);
        await _nodes[2].StartAsync(_nodes[isChain ? 1 : 0]);
        _primary = _nodes[0];
        await SettleAsync();
    }

    private Task StepAsync(FaultLoad load) => _random.Next(13) switch
    {
        0 or 1 => WithoutCopyAsync(load, CutAsync),
        2 or 3 => WithoutCopyAsync(load, TruncateAsync),
        4 => WithoutCopyAsync(load, SlowDownAsync),
        5 => WithoutCopyAsync(load, FailoverAsync),
        6 => WithoutCopyAsync(load, KillLinksAsync),
        7 => FailoverAsync(load),
        8 => RestartAsync(load, Replica()),
        9 => RestartAsync(load, _primary!),
        10 => PromoteAsync(isPrimaryKilled: _random.Next(2) == 0),
        11 => FollowAnotherAsync(),
        _ => TruncateAsync(load),
    };

    /// <summary>The links break, and are taken up where they were.</summary>
    private async Task WithoutCopyAsync(FaultLoad load, Func<FaultLoad, Task> fault)
    {
        await SettleAsync();
        var before = await CountCopiesAsync();
        await fault(load);
        await SettleAsync();
        Tell(NotMade);
        Assert.Equal(before, await CountCopiesAsync());
    }

    private async Task CutAsync(FaultLoad load)
    {
        for (var times = _random.Next(1, 4); times > 0; times--)
        {
            var node = Any();
            Tell($"links to {node} are cut");
            node.Link.Cut();
            await load.UntilMoreAsync(_random.Next(60));
        }
    }

    private async Task TruncateAsync(FaultLoad load)
    {
        var (node, bytes) = (Any(), _random.Next(1, 20_000));
        Tell($"links to {node} are cut after {bytes} bytes");
        node.Link.CutAfter(bytes);
        await load.UntilMoreAsync(_random.Next(20, 200));
    }

    private async Task SlowDownAsync(FaultLoad load)
    {
        var (node, delay) = (Any(), _random.Next(1, 30));
        Tell($"links to {node} are {delay} ms slower, and stand still for a while");
        node.Link.Delay(delay);
        await load.UntilMoreAsync(_random.Next(20, 100));
        node.Link.Stall();
        await load.UntilMoreAsync(_random.Next(20, 400));
        node.Link.Heal();
    }

    private async Task KillLinksAsync(FaultLoad load)
    {
        var (node, type) = (Any(), _random.Next(2) == 0 ? "replica" : "master");
        Tell($"CLIENT KILL TYPE {type} at {node}");
        await node.CallAsync("CLIENT", "KILL", "TYPE", type);
        await load.UntilMoreAsync(_random.Next(60));
    }

    private async Task RestartAsync(FaultLoad load, FaultNode node)
    {
        var isKilled = _random.Next(3) > 0;
        Tell($"{node} is {(isKilled ? "killed" : "told to stop")} and started again");
        if (isKilled)
            await node.KillAsync();
        else
            await node.TerminateAsync();
        if (node != _primary)
            await load.UntilMoreAsync(_random.Next(100));
        await node.StartAsync(node.Primary);
    }

    private async Task PromoteAsync(bool isPrimaryKilled)
    {
        var (former, promoted) = (_primary!, Replica());
        Tell($"{promoted} is promoted{(isPrimaryKilled ? ", after its primary was killed" : "")}");
        if (isPrimaryKilled)
            await former.KillAsync();
        await promoted.FollowAsync(null);
        _primary = promoted;
        if (isPrimaryKilled)
            await former.StartAsync(promoted);
        else
            await former.FollowAsync(promoted);
    }

    /// <summary>FAILOVER: nothing is lost, and all go on without a copy.</summary>
    private async Task FailoverAsync(FaultLoad load)
    {
        await SettleAsync();
        var former = _primary!;
        var near = _nodes.Where(node => node.Primary == former).ToList();
        var target = near[_random.Next(near.Count)];
        Tell($"FAILOVER from {former} to {target}");
        await Eventually.IsAsync(
            () => former.CallAsync(
                "FAILOVER", "TO", "127.0.0.1", $"{target.Link.EndPoint.Port}", "TIMEOUT", "30000"), "OK");
        await Eventually.IsAsync(async () => (await target.InfoAsync("replication"))["role"], "master");
        former.NoteRole(target);
        target.NoteRole(null);
        _primary = target;
        await Eventually.IsAsync(
            async () => (await former.InfoAsync("replication"))["master_failover_state"], "no-failover");
        Assert.Equal("slave", (await former.InfoAsync("replication"))["role"]);
        await load.UntilMoreAsync(_random.Next(40));
    }

    private async Task FollowAnotherAsync()
    {
        var node = Replica();
        var others = _nodes.Where(other => other != node && other.Primary != node).ToList();
        var primary = others[_random.Next(others.Count)];
        Tell($"{node} follows {primary} now");
        await node.FollowAsync(primary);
    }

    /// <summary>Returns when all follow whom they should, and their primaries know it.</summary>
    private async Task SettleAsync()
    {
        foreach (var node in _nodes)
            node.Link.Heal();
        foreach (var node in _nodes.Where(node => node != _primary))
            await Eventually.IsAsync(
                async () => (await node.InfoAsync("replication")).GetValueOrDefault("master_link_status"), "up");
        foreach (var node in _nodes)
        {
            var replicas = _nodes.Count(other => other.Primary == node);
            await Eventually.IsAsync(
                async () => (await node.InfoAsync("replication")).Values.Count(
                    value => value.Contains("state=online", StringComparison.Ordinal)),
                replicas);
        }
    }

    private async Task<long> CountCopiesAsync()
    {
        var sum = 0L;
        foreach (var node in _nodes)
            sum += long.Parse((await node.InfoAsync("stats"))["sync_full"]);
        return sum;
    }

    private async Task AgreeAsync()
    {
        await SettleAsync();
        Tell("the load has ended");
        foreach (var node in _nodes.Where(node => node != _primary))
        {
            await Eventually.IsAsync(async () => await OffsetAsync(node) - await OffsetAsync(_primary!) >= 0, true);

            // Keys expire meanwhile, and the primary says so.
            await Eventually.IsAsync(async () => await DifferenceAsync(node), "");
        }
    }

    private async Task<string> DifferenceAsync(FaultNode node)
    {
        var (expected, actual) = (await NodeData.ReadAsync(_primary!), await NodeData.ReadAsync(node));
        return NodeData.Difference(_primary!, expected, node, actual);
    }

    private static async Task<long> OffsetAsync(FaultNode node) =>
        long.Parse((await node.InfoAsync("replication"))["master_repl_offset"]);

    private FaultNode Any() => _nodes[_random.Next(_nodes.Count)];

    private FaultNode Replica()
    {
        var replicas = _nodes.Where(node => node != _primary).ToList();
        return replicas[_random.Next(replicas.Count)];
    }

    private void Tell(string what) => _story.Append("  ").AppendLine(what);
}
