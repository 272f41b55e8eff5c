using System.Net;
using System.Text;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Processes.Harness;

/// <summary>Nodes as processes of their own, which redis-cli makes a cluster of.</summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private const int Slots = 16_384;
    private const int ToldLines = 120;

    private static readonly bool PlaysOracle = Environment.GetEnvironmentVariable("REDISLITE_CLUSTER_ORACLE") == "1";

    private readonly List<NodeProcess> _nodes = [];
    private readonly NodeKind _kind;
    private readonly NodeSettings _settings;
    private readonly NetworkLab? _network;
    private readonly StringBuilder _story = new();

    private ProcessCluster(NodeKind kind, NodeSettings settings, NetworkLab? network) =>
        (_kind, _settings, _network) = (kind, settings, network);

    public NodeKind Kind => _kind;

    public IReadOnlyList<NodeProcess> Nodes => _nodes;

    /// <summary>Those that can be asked.</summary>
    public IReadOnlyList<NodeProcess> Answering => [.. _nodes.Where(node => node.Answers)];

    /// <summary>Where clients may begin.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => [.. _nodes.Select(node => node.EndPoint)];

    /// <summary>What was done, and what the servers said, for the report of a failure.</summary>
    public string Story
    {
        get
        {
            var text = new StringBuilder().Append(_story);
            foreach (var node in _nodes)
            {
                var lines = node.Output.Split('\n');
                text.AppendLine($"=== {node} {node.Address} {(node.IsRunning ? "" : "(down)")}")
                    .AppendJoin('\n', lines.TakeLast(ToldLines)).AppendLine();
            }

            return text.ToString();
        }
    }

    /// <summary>Starts nodes that do not know of each other, has a test play with them, and ends them.</summary>
    /// <param name="kind">Which program.</param>
    /// <param name="count">How many.</param>
    /// <param name="settings">What they are started with.</param>
    /// <param name="test">A failure of it is told with what the servers said.</param>
    /// <param name="network">Where they run; null for the loopback.</param>
    /// <remarks>
    /// redis-server's clusters are played with where <c>REDISLITE_CLUSTER_ORACLE=1</c> says so: after a change of a
    /// scenario, not in every run.
    /// </remarks>
    public static async Task RunAsync(
        NodeKind kind, int count, NodeSettings settings, Func<ProcessCluster, Task> test, NetworkLab? network = null)
    {
        ExternalProgram.Require("redis-cli");
        Skip.If(kind == NodeKind.RedisServer && !PlaysOracle, "The oracle: REDISLITE_CLUSTER_ORACLE=1 plays it.");
        await using var cluster = new ProcessCluster(kind, settings, network);
        try
        {
            await cluster.AddAsync(count);
            await test(cluster);
            cluster.RequireNoAccidents();
        }
        catch (Exception e) when (e is not SkipException)
        {
            throw new InvalidOperationException($"{e.Message}\n{cluster.Story}\n{e.StackTrace}", e);
        }
    }

    /// <summary>Notes what is done, for the report of a failure.</summary>
    public void Tell(string what) => _story.AppendLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss.fff} {what}");

    /// <summary>Starts more nodes.</summary>
    public async Task<IReadOnlyList<NodeProcess>> AddAsync(int count)
    {
        var first = _nodes.Count;
        for (var i = first; i < first + count; i++)
            _nodes.Add(new NodeProcess(_kind, $"node {i}", _settings, _network?.Hosts[i]));
        await Task.WhenAll(_nodes.Skip(first).Select(node => node.StartAsync()));
        return [.. _nodes.Skip(first)];
    }

    /// <summary>redis-cli makes a cluster of all nodes, so many replicas to a primary, and all of them agree.</summary>
    public async Task CreateAsync(int replicas)
    {
        var said = await RedisCli.ClusterAsync([
            "create", .. _nodes.Select(node => node.Address), "--cluster-replicas", $"{replicas}", "--cluster-yes"]);
        RedisCli.RequireSaid(said, "[OK] All nodes agree about slots configuration.");
        RedisCli.RequireSaid(said, "[OK] All 16384 slots covered.");
        await SettleAsync();
        Tell($"created: {await DescribeAsync()}");
    }

    /// <summary>redis-cli takes a node that knows nobody in, as a replica.</summary>
    public async Task AddReplicaAsync(NodeProcess node, NodeProcess primary)
    {
        Tell($"add {node} as a replica of {primary}");
        var said = await RedisCli.ClusterAsync(
            "add-node", node.Address, primary.Address, "--cluster-slave", "--cluster-master-id", primary.Id);
        RedisCli.RequireSaid(said, "[OK] New node added correctly.");
        await Wait.UntilAsync(
            async () => (await node.ViewAsync()).Single(line => line.IsMyself).PrimaryId == primary.Id,
            $"{node} is a replica of {primary}");
        await SettleAsync();
    }

    /// <summary>Returns when all nodes that run agree, serve all slots, and all replicas follow.</summary>
    public Task SettleAsync() => Wait.UntilNoProblemAsync(FindProblemAsync);

    /// <summary>What is not as it is in a cluster that nothing is wrong with; null when all is well.</summary>
    public async Task<string?> FindProblemAsync()
    {
        string? agreed = null;
        var ids = Answering.Select(node => node.Id).ToHashSet();
        foreach (var node in Answering)
        {
            var info = await node.ClusterInfoAsync();
            if (info["cluster_state"] != "ok" || info["cluster_slots_ok"] != $"{Slots}")
                return $"{node}: {string.Join(' ', info.Select(field => $"{field.Key}:{field.Value}"))}";
            var lines = (await node.ViewAsync()).Where(line => ids.Contains(line.Id)).OrderBy(line => line.Id).ToList();
            if (lines.Count != ids.Count)
                return $"{node} knows {lines.Count} of {ids.Count} nodes";
            if (lines.FirstOrDefault(line => line.IsFailed || line.Link != "connected") is { } sick)
                return $"{node}: {sick.Id} {string.Join(',', sick.Flags)} {sick.Link}";
            var signature = string.Join('\n', lines.Select(line => line.Signature));
            agreed ??= signature;
            if (agreed != signature)
                return $"{node} does not agree:\n{signature}\nand not\n{agreed}";
            if (await FindUnlinkedAsync(node, lines) is { } unlinked)
                return unlinked;
        }

        return null;
    }

    /// <summary>The node that owns a slot, as any that answers sees it.</summary>
    public async Task<NodeProcess> OwnerAsync(int slot)
    {
        var view = await Answering[0].ViewAsync();
        return ById(view.Single(line => line.Owns(slot)).Id);
    }

    /// <summary>Replicas of a node that answer, as any that answers sees it.</summary>
    public async Task<IReadOnlyList<NodeProcess>> ReplicasOfAsync(NodeProcess primary)
    {
        var view = await Answering[0].ViewAsync();
        var ids = view.Where(line => line.PrimaryId == primary.Id).Select(line => line.Id).ToHashSet();
        return [.. Answering.Where(node => ids.Contains(node.Id))];
    }

    /// <summary>Primaries that answer and own slots.</summary>
    public async Task<IReadOnlyList<NodeProcess>> PrimariesAsync()
    {
        var view = await Answering[0].ViewAsync();
        var ids = view.Where(line => line.IsPrimary && line.Slots.Length > 0).Select(line => line.Id).ToHashSet();
        return [.. Answering.Where(node => ids.Contains(node.Id))];
    }

    public NodeProcess ById(string id) => _nodes.Single(node => node.Id == id);

    /// <summary>Returns when a node, in the eyes of all others that answer, owns a slot no more.</summary>
    public Task UntilSucceededAsync(NodeProcess former, int slot) => Wait.UntilNoProblemAsync(async () =>
    {
        foreach (var node in Answering.Where(node => node != former))
        {
            if ((await node.ViewAsync()).Single(line => line.Id == former.Id).Owns(slot))
                return $"{node} still takes {former} for the owner of slot {slot}";
        }

        return null;
    });

    /// <summary>Who is whose replica, in a line.</summary>
    public async Task<string> DescribeAsync()
    {
        var view = await Answering[0].ViewAsync();
        return string.Join("; ", view.Where(line => line.IsPrimary).Select(primary =>
            $"{Name(primary.Id)} [{string.Join(' ', primary.Slots)}] <- "
            + string.Join(", ", view.Where(line => line.PrimaryId == primary.Id).Select(line => Name(line.Id)))));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    /// <summary>The error is in the log whatever the clients saw.</summary>
    private void RequireNoAccidents()
    {
        if (_kind == NodeKind.Ours)
            Assert.All(_nodes, node => Assert.DoesNotContain("Exception", node.Output, StringComparison.Ordinal));
    }

    private static async Task<string?> FindUnlinkedAsync(NodeProcess node, IReadOnlyList<NodeLine> lines)
    {
        var myself = lines.Single(line => line.Id == node.Id);
        var info = await node.InfoAsync("replication");
        if (!myself.IsPrimary)
            return info.GetValueOrDefault("master_link_status") == "up" ? null : $"{node} does not follow its primary";
        var replicas = lines.Count(line => line.PrimaryId == node.Id);
        var online = info.Values.Count(value => value.Contains("state=online", StringComparison.Ordinal));
        return online == replicas ? null : $"{node} has {online} of {replicas} replicas";
    }

    private string Name(string id) => _nodes.FirstOrDefault(node => node.Id == id)?.ToString() ?? id;
}
