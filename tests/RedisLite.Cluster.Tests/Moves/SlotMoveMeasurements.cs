using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using RedisLite.Cluster.Tests.Nodes;
using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Storage;
using Xunit.Abstractions;

namespace RedisLite.Cluster.Tests.Moves;

/// <summary>
/// How long a thousand slots with a million keys take, and how long others wait: beside redis-cli's reshard.
/// </summary>
/// <remarks><c>REDISLITE_MEASURE_MOVES=1000000</c>, the number of keys, has it run.</remarks>
[Collection(AloneCollection.Name)]
public sealed class SlotMoveMeasurements(ITestOutputHelper output)
{
    private const int Slots = 1_000;

    private static readonly int Keys = Environment.GetEnvironmentVariable("REDISLITE_MEASURE_MOVES")
        is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;

    [SkippableFact]
    public async Task Ours()
    {
        Skip.If(Keys == 0, "REDISLITE_MEASURE_MOVES is not set");
        var nodes = await MovingProcess.StartClusterAsync(appendOnly: false, "0-8191", "8192-16383");
        await using var source = nodes[0];
        await using var target = nodes[1];
        await using var client = await source.ConnectAsync();
        await using var other = await target.ConnectAsync();
        var second = (await other.CallAsync("CLUSTER", "MYID")).Text;
        await FillAsync(client);
        var elapsed = await WithProbeAsync(source.Port, target.Port, async () =>
        {
            await client.CallAsync("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", "0", $"{Slots - 1}", "NODE", $"{second}");
            while (MovingPair.StateOf(TestNode.Show(await client.CallAsync("CLUSTER", "GETSLOTMIGRATIONS")))
                != "success")
                await Task.Delay(10);
        });
        Assert.Equal(Keys + 1, (await other.CallAsync("DBSIZE")).Integer);
        var status = TestNode.Show(await client.CallAsync("CLUSTER", "MIGRATION", "STATUS", "ALL"));
        output.WriteLine($"ours: {Keys} keys in {elapsed.TotalSeconds:F2} s; {status[^30..]}");
    }

    [SkippableFact]
    public async Task Redis()
    {
        Skip.If(Keys == 0, "REDISLITE_MEASURE_MOVES is not set");
        var (server, cli) = (ExternalProgram.Require("redis-server"), ExternalProgram.Require("redis-cli"));
        int[] ports = [NodePorts.Next(), NodePorts.Next()];
        using var folders = new TemporaryFolder();
        var processes = new List<ChildProcess>();
        try
        {
            foreach (var port in ports)
            {
                processes.Add(ChildProcess.Start(server, ["--port", $"{port}", "--cluster-enabled", "yes", "--save", "",
                    "--cluster-config-file", $"nodes-{port}.conf", "--dir", folders.Path]));
                await processes[^1].WaitForLineAsync("Ready to accept connections");
            }

            await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, ports[0]));
            await using var other = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, ports[1]));
            await client.CallAsync("CLUSTER", "ADDSLOTSRANGE", "0", "8191");
            await other.CallAsync("CLUSTER", "ADDSLOTSRANGE", "8192", "16383");
            await client.CallAsync("CLUSTER", "SET-CONFIG-EPOCH", "1");
            await other.CallAsync("CLUSTER", "SET-CONFIG-EPOCH", "2");
            await client.CallAsync("CLUSTER", "MEET", "127.0.0.1", $"{ports[1]}");
            foreach (var node in new[] { client, other })
                while (!(await node.CallAsync("CLUSTER", "INFO")).Text.Contains("cluster_state:ok"))
                    await Task.Delay(50);
            await FillAsync(client);
            var (from, to) = ((await client.CallAsync("CLUSTER", "MYID")).Text,
                (await other.CallAsync("CLUSTER", "MYID")).Text);
            var elapsed = await WithProbeAsync(ports[0], ports[1], async () =>
            {
                var (exitCode, text, error) = await ChildProcess.RunAsync(cli,
                    ["--cluster", "reshard", $"127.0.0.1:{ports[0]}", "--cluster-from", from, "--cluster-to", to,
                        "--cluster-slots", $"{Slots}", "--cluster-yes", "--cluster-pipeline", "100"]);
                Assert.True(exitCode == 0, text + error);
            });
            output.WriteLine($"redis-cli: {Keys} keys in {elapsed.TotalSeconds:F2} s");
            Assert.Equal(Keys + 1, (await other.CallAsync("DBSIZE")).Integer);
        }
        finally
        {
            foreach (var process in processes)
                await process.DisposeAsync();
        }
    }

    /// <summary>Runs the move beside clients that write keys of slots that stay, and of one that moves.</summary>
    private async Task<TimeSpan> WithProbeAsync(int source, int target, Func<Task> move)
    {
        using var stop = new CancellationTokenSource();
        var staying = ProbeAsync(source, target, TagOf(5_000), stop.Token);
        var moving = ProbeAsync(source, target, TagOf(500), stop.Token);
        await Task.Delay(500);
        var started = Stopwatch.GetTimestamp();
        await move();
        var elapsed = Stopwatch.GetElapsedTime(started);
        await stop.CancelAsync();
        output.WriteLine($"others: {await staying}; of a slot that moves: {await moving}");
        return elapsed;
    }

    private static async Task<string> ProbeAsync(int source, int target, string tag, CancellationToken stop)
    {
        await using var first = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, source));
        await using var second = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, target));
        var client = first;
        var waits = new List<double>();
        while (!stop.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; ; i++)
            {
                var reply = await client.CallAsync("HSET", $"{{{tag}}}probe", "f", $"{waits.Count}");
                if (reply.Kind != RespKind.Error || i == 1_000)
                    break;
                client = reply.Text.EndsWith($":{source}", StringComparison.Ordinal) ? first : second;
                if (reply.Text.StartsWith("ASK", StringComparison.Ordinal))
                    await client.CallAsync("ASKING");
            }

            waits.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await Task.Yield();
        }

        waits.Sort();
        return string.Create(CultureInfo.InvariantCulture,
            $"{waits.Count} writes, p50 {waits[waits.Count / 2]:F2} ms, p99 {waits[waits.Count * 99 / 100]:F2}, "
            + $"longest {waits[^1]:F1} ms");
    }

    private static async Task FillAsync(RespClient client)
    {
        var tags = Enumerable.Range(0, Slots).Select(TagOf).ToArray();
        var value = new string('v', 32);
        for (var at = 0; at < Keys; at += 10_000)
        {
            var batch = new StringBuilder();
            var count = Math.Min(10_000, Keys - at);
            for (var i = at; i < at + count; i++)
            {
                var key = $"{{{tags[i % Slots]}}}{i:D8}";
                batch.Append($"*3\r\n$3\r\nSET\r\n${key.Length}\r\n{key}\r\n$32\r\n{value}\r\n");
            }

            var sending = client.SendRawAsync(batch.ToString());
            for (var i = 0; i < count; i++)
                Assert.Equal(RespKind.SimpleString, (await client.ReadReplyAsync()).Kind);
            await sending;
        }
    }

    /// <summary>A tag of a slot.</summary>
    private static string TagOf(int slot)
    {
        for (var i = 0; ; i++)
            if (KeySlot.Of(Encoding.ASCII.GetBytes($"t{i}")) == slot)
                return $"t{i}";
    }
}
