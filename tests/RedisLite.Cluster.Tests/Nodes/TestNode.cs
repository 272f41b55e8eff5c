using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using RedisLite.Cluster.Files;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Hosting;
using RedisLite.Persistence.Files;

namespace RedisLite.Cluster.Tests.Nodes;

/// <summary>A node in this process, with a directory of its own; commands and replies are text.</summary>
internal sealed class TestNode(RedisLiteServer server, RespClient client, string directory) : IAsyncDisposable
{
    public RedisLiteServer Server => server;

    public int Port => server.EndPoint.Port;

    /// <param name="map">What it remembers when it starts; null for nothing.</param>
    /// <param name="directory">Where its file is; null for a new one.</param>
    /// <param name="port">A fixed one, or 0.</param>
    /// <param name="appendOnly">Whether the data is in append only files.</param>
    /// <param name="timeoutMs">The node timeout: long, but where failures are what a test is about.</param>
    /// <param name="busPort">A fixed one, or 0.</param>
    /// <param name="secret">Of the cluster.</param>
    /// <param name="configure">What else is different.</param>
    public static async Task<TestNode> StartAsync(
        NodeState? map = null, string? directory = null, int port = 0, bool appendOnly = false, int timeoutMs = 15_000,
        int busPort = 0, string secret = "", Func<RedisLiteSettings, RedisLiteSettings>? configure = null)
    {
        directory ??= Directory.CreateTempSubdirectory("redislite-node-").FullName;
        if (map is not null)
        {
            using var file = new NodesFile(DiskDevice.Instance, directory, "nodes.conf");
            file.Write(map);
        }

        var settings = In(directory, appendOnly, RedisLiteSettings.ForTests().WithCluster());
        settings = settings with
        {
            Cluster = settings.Cluster with
            {
                AnnounceIp = "127.0.0.1",
                NodeTimeout = TimeSpan.FromMilliseconds(timeoutMs),
                Port = busPort,
                Secret = secret,
            },
        };
        if (port != 0)
            settings = settings with { Network = settings.Network with { Port = port } };
        var server = await RedisLiteServer.StartAsync(configure is null ? settings : configure(settings));
        return new TestNode(server, await RespClient.ConnectAsync(server.EndPoint), directory);
    }

    /// <summary>Settings with files in a directory.</summary>
    public static RedisLiteSettings In(string directory, bool appendOnly, RedisLiteSettings settings) => settings with
    {
        Persistence = settings.Persistence with { Directory = directory, AppendOnly = appendOnly, LoadDump = true },
    };

    /// <summary>A node that owns all slots.</summary>
    public static async Task<TestNode> StartWholeAsync()
    {
        var node = await StartAsync();
        Assert.Equal("+OK", await node.RunAsync("CLUSTER ADDSLOTSRANGE 0 16383"));
        return node;
    }

    /// <summary>Two nodes that have met: the first has the lower half of the slots.</summary>
    /// <param name="appendOnly">Whether their data is in append only files.</param>
    public static async Task<(TestNode Low, TestNode High)> StartPairAsync(bool appendOnly = false)
    {
        var (low, high) = (await StartAsync(appendOnly: appendOnly), await StartAsync(appendOnly: appendOnly));
        Assert.Equal("+OK", await low.RunAsync("CLUSTER ADDSLOTSRANGE 0 8191"));
        Assert.Equal("+OK", await high.RunAsync("CLUSTER ADDSLOTSRANGE 8192 16383 ; CLUSTER SET-CONFIG-EPOCH 2"));
        Assert.Equal("+OK", await high.RunAsync($"CLUSTER MEET 127.0.0.1 {low.Port} {low.BusPort}"));
        await low.WhenServingAsync(2);
        await high.WhenServingAsync(2);
        return (low, high);
    }

    /// <summary>Waits until it is a member of a cluster with so many nodes, and serves.</summary>
    public Task WhenServingAsync(int nodes) => Eventually.TrueAsync(async () =>
    {
        var info = await RunAsync("CLUSTER INFO");
        return info.Contains($"cluster_known_nodes:{nodes}\r", StringComparison.Ordinal)
            && info.Contains("cluster_state:ok", StringComparison.Ordinal);
    });

    /// <summary>Where other nodes reach it.</summary>
    public int BusPort => int.Parse(
        Regex.Match(server.Services.Cluster!.Nodes(), "@([0-9]+)[^ ]* myself").Groups[1].Value,
        CultureInfo.InvariantCulture);

    public Task<string> IdAsync() => RunAsync("CLUSTER MYID");

    /// <summary>Runs commands, separated by " ; ", on the node's client; the last one's reply.</summary>
    public Task<string> RunAsync(string commands) => RunAsync(client, commands);

    public static async Task<string> RunAsync(RespClient client, string commands)
    {
        var reply = "";
        foreach (var command in commands.Split(" ; "))
            reply = Show(await client.CallAsync(command.Split(' ').Select(word => word == "''" ? "" : word).ToArray()));
        return reply;
    }

    public Task<RespClient> ConnectAsync() => RespClient.ConnectAsync(server.EndPoint);

    public static string Show(RespValue value) => value.Kind switch
    {
        RespKind.SimpleString => "+" + Encoding.UTF8.GetString(value.Bytes),
        RespKind.Error => "-" + Encoding.UTF8.GetString(value.Bytes),
        RespKind.Array => "[" + string.Join(", ", value.Items.Select(Show)) + "]",
        RespKind.Null or RespKind.NullArray or RespKind.NullBulk => "nil",
        _ => Encoding.UTF8.GetString(value.Bytes),
    };

    /// <summary>Stops it and keeps its files.</summary>
    public async Task<string> StopAsync()
    {
        await client.DisposeAsync();
        await server.DisposeAsync();
        return directory;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(directory, recursive: true);
    }
}
