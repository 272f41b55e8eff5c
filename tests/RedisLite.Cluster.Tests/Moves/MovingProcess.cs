using System.Net;
using RedisLite.Cluster.Tests.Processes.Harness;
using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Moves;

/// <summary>A node as a process, which is killed and started again at its address.</summary>
internal sealed class MovingProcess : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _port = NodePorts.Next();
    private string _formerOutput = "";
    private ChildProcess? _process;

    public IPEndPoint EndPoint => new(IPAddress.Loopback, _port);

    public int Port => _port;

    public bool AppendOnly { get; init; } = true;

    public string Output => _formerOutput + _process?.Output;

    /// <summary>Nodes that know each other and serve: each has the slots that stand at its place.</summary>
    public static async Task<MovingProcess[]> StartClusterAsync(bool appendOnly, params string[] slots)
    {
        var nodes = slots.Select(_ => new MovingProcess { AppendOnly = appendOnly }).ToArray();
        for (var i = 0; i < nodes.Length; i++)
        {
            await nodes[i].StartAsync();
            await using var client = await nodes[i].ConnectAsync();
            await CallAsync(client, ["CLUSTER", "ADDSLOTSRANGE", .. slots[i].Split('-')]);
            await CallAsync(client, "CLUSTER", "SET-CONFIG-EPOCH", $"{i + 1}");
            if (i > 0)
                await CallAsync(
                    client, "CLUSTER", "MEET", "127.0.0.1", $"{nodes[0].Port}", $"{NodePorts.BusOf(nodes[0].Port)}");
        }

        foreach (var node in nodes)
            await Wait.UntilAsync(
                async () => await node.InfoAsync() is var info && info.Contains("cluster_state:ok")
                    && info.Contains($"cluster_known_nodes:{nodes.Length}\r"), "the nodes know each other");
        return nodes;
    }

    public async Task StartAsync()
    {
        _process = ServerProgram.Start(
            _folder, "--dir", _folder.Path, "--port", $"{_port}", "--bind", "127.0.0.1", "--cluster-enabled", "yes",
            "--cluster-announce-ip", "127.0.0.1", "--cluster-node-timeout", "6000",
            "--appendonly", AppendOnly ? "yes" : "no", "--appendfsync", AppendOnly ? "always" : "everysec",
            "--save", "");
        await _process.WaitForLineAsync("Ready to accept connections");
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _formerOutput = Output + "\n-- killed --\n";
        await _process!.DisposeAsync();
        _process = null;
    }

    public Task<RespClient> ConnectAsync() => RespClient.ConnectAsync(EndPoint);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task CallAsync(RespClient client, params string[] command) =>
        Assert.Equal("OK", (await client.CallAsync(command)).Text);

    private async Task<string> InfoAsync()
    {
        await using var client = await ConnectAsync();
        return (await client.CallAsync("CLUSTER", "INFO")).Text;
    }
}
