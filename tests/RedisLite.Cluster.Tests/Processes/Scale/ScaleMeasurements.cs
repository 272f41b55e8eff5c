using System.Diagnostics;
using System.Globalization;
using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.Cluster.Tests.Processes.Load;
using RedisLite.EndToEnd.Tests.Support;
using Xunit.Abstractions;

namespace RedisLite.Cluster.Tests.Processes.Scale;

/// <summary>The figures of docs/SCALE.md; nothing is asserted about them.</summary>
/// <remarks>
/// By hand: <c>REDISLITE_CLUSTER_SCALE=3,6,12 dotnet test tests/RedisLite.Cluster.Tests -c Release --filter
/// FullyQualifiedName~Scale --logger "console;verbosity=detailed"</c>. Half of the nodes are replicas, except of 3.
/// With <c>REDISLITE_CLUSTER_SCALE_TIMEOUTS=3000,15000</c> for each of these node timeouts.
/// </remarks>
[Collection(AloneCollection.Name)]
public sealed class ScaleMeasurements(ITestOutputHelper output)
{
    private const int MapChanges = 30;

    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(20);

    public static TheoryData<NodeKind, int, int> Rows
    {
        get
        {
            var rows = new TheoryData<NodeKind, int, int>();
            foreach (var kind in Numbers("REDISLITE_CLUSTER_SCALE_KINDS", "0,1"))
            {
                foreach (var nodes in Numbers("REDISLITE_CLUSTER_SCALE", "0"))
                {
                    foreach (var timeout in Numbers("REDISLITE_CLUSTER_SCALE_TIMEOUTS", "3000"))
                        rows.Add((NodeKind)kind, nodes, timeout);
                }
            }

            return rows;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Rows))]
    public async Task Measure(NodeKind kind, int nodes, int nodeTimeoutMs)
    {
        Skip.If(nodes == 0, "A measurement: REDISLITE_CLUSTER_SCALE says of how many nodes.");
        await using var network = await NetworkLab.TryCreateAsync(nodes);
        var settings = new NodeSettings { NodeTimeoutMs = nodeTimeoutMs };
        await ProcessCluster.RunAsync(kind, nodes, settings, async cluster =>
        {
            var where = network is null ? "" : " on hosts of their own";
            Say($"{kind}, {nodes} nodes{where}, node timeout {nodeTimeoutMs} ms");
            var watch = Stopwatch.StartNew();
            await cluster.CreateAsync(replicas: nodes >= 6 ? 1 : 0);
            Say($"redis-cli --cluster create until all agree: {watch.Elapsed.TotalSeconds:F1} s");
            await MeasureIdleAsync(cluster);
            await MeasureMapChangesAsync(cluster);
            if (nodes >= 6)
                await MeasureFailoversAsync(cluster, nodeTimeoutMs < 10_000 ? 4 : 2);
        }, network);
    }

    private static IEnumerable<int> Numbers(string variable, string usual) =>
        (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? text : usual)
            .Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture));

    private async Task MeasureIdleAsync(ProcessCluster cluster)
    {
        // What follows the start is no rest yet.
        await Task.Delay(IdleTime / 4);
        var watch = Stopwatch.StartNew();
        var before = cluster.Nodes.Select(node => ProcessUsage.Of(node.ProcessId)).ToList();
        await Task.Delay(IdleTime);
        var seconds = watch.Elapsed.TotalSeconds;
        var after = cluster.Nodes.Select(node => ProcessUsage.Of(node.ProcessId)).ToList();
        var pairs = before.Zip(after).ToList();
        var cpu = pairs.Select(pair => 100 * (pair.Second.CpuSeconds - pair.First.CpuSeconds) / seconds).ToList();
        var sent = pairs.Select(pair => (pair.Second.SentBytes - pair.First.SentBytes) / seconds / 1024).ToList();
        var wakes = pairs.Select(pair => (pair.Second.Switches - pair.First.Switches) / seconds).ToList();
        Say($"idle, a node: CPU {cpu.Average():F1} % (most {cpu.Max():F1}), {sent.Average():F1} KiB/s sent, "
            + $"{wakes.Average():F0} sleeps/s, {after.Average(usage => usage.ResidentMegabytes):F0} MB resident; "
            + $"map on disk {new FileInfo(Path.Combine(cluster.Nodes[0].Folder, "nodes.conf")).Length} bytes");
    }

    /// <summary>From the sending of SETSLOT NODE at the new owner until a node answers MOVED to it.</summary>
    private async Task MeasureMapChangesAsync(ProcessCluster cluster)
    {
        var (key, slot) = ("{measured}", KeySlot.Of("{measured}"));
        List<double> replies = [], firstHalf = [], all = [];
        for (var i = 0; i < MapChanges; i++)
        {
            var from = await cluster.OwnerAsync(slot);
            var to = (await cluster.PrimariesAsync()).First(node => node != from);
            await to.CallAsync("CLUSTER", "SETSLOT", $"{slot}", "IMPORTING", from.Id);
            await from.CallAsync("CLUSTER", "SETSLOT", $"{slot}", "MIGRATING", to.Id);
            var expected = $"MOVED {slot} {to.Address}";
            var watch = Stopwatch.StartNew();
            var learned = cluster.Nodes.Where(node => node != to && node != from)
                .Select(node => UntilLearnedAsync(node, key, expected, watch)).ToList();
            var reply = await to.CallAsync("CLUSTER", "SETSLOT", $"{slot}", "NODE", to.Id);
            replies.Add(watch.Elapsed.TotalMilliseconds);
            Assert.Equal("OK", reply);
            await from.CallAsync("CLUSTER", "SETSLOT", $"{slot}", "NODE", to.Id);
            var times = await Task.WhenAll(learned);
            Array.Sort(times);
            firstHalf.Add(times[times.Length / 2]);
            all.Add(times[^1]);
        }

        Say($"map change, {MapChanges} times, ms: replied {Show(replies)}; half of the others know {Show(firstHalf)}; "
            + $"all know {Show(all)}");
    }

    private static async Task<double> UntilLearnedAsync(
        NodeProcess node, string key, string expected, Stopwatch watch)
    {
        await using var client = await node.ConnectAsync();
        while ((await client.CallAsync("GET", key)).Text != expected && watch.Elapsed < Wait.SafetyNet)
            await Task.Delay(2);
        return watch.Elapsed.TotalMilliseconds;
    }

    /// <summary>From the SIGKILL of a primary until a write to one of its slots is taken.</summary>
    private async Task MeasureFailoversAsync(ProcessCluster cluster, int count)
    {
        List<double> seconds = [];
        for (var i = 0; i < count; i++)
        {
            var primaries = await cluster.PrimariesAsync();
            var primary = primaries[i % primaries.Count];
            var range = (await primary.ViewAsync()).Single(line => line.IsMyself).Slots[0];
            var slot = int.Parse(range.Split('-')[0], CultureInfo.InvariantCulture);
            var key = Enumerable.Range(0, int.MaxValue).Select(n => $"k{n}").First(name => KeySlot.Of(name) == slot);
            await using var client = new ClusterClient(
                () => [.. cluster.Answering.Select(node => node.EndPoint)], TimeSpan.FromSeconds(1));
            var watch = Stopwatch.StartNew();
            await primary.KillAsync();
            while ((await client.SendAsync(slot, "SET", key, "1")).Reply is not { Kind: RespKind.SimpleString })
                await Task.Delay(10);
            seconds.Add(watch.Elapsed.TotalSeconds);
            await primary.StartAsync();
            await cluster.SettleAsync();
        }

        Say($"failover, s: {Show(seconds)}");
    }

    private static string Show(List<double> values)
    {
        values.Sort();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"median {values[values.Count / 2]:F1} (least {values[0]:F1}, most {values[^1]:F1})");
    }

    // At once, for those who watch; and in the test's report.
    private void Say(string text)
    {
        output.WriteLine(text);
        Console.WriteLine(text);
    }
}
