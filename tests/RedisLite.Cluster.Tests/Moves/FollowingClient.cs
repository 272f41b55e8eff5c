using System.Text;
using RedisLite.Cluster.Tests.Nodes;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Moves;

/// <summary>A client of a cluster: it follows MOVED, and takes any other error for a failure of the test.</summary>
internal sealed class FollowingClient(IReadOnlyDictionary<int, RespClient> nodes, int start) : IAsyncDisposable
{
    private const int MostRedirections = 16;

    private int _port = start;

    /// <summary>How often it was sent elsewhere.</summary>
    public int Redirections { get; private set; }

    public static async Task<FollowingClient> ConnectAsync(params TestNode[] nodes)
    {
        var clients = new Dictionary<int, RespClient>();
        foreach (var node in nodes)
            clients.Add(node.Port, await node.ConnectAsync());
        return new FollowingClient(clients, nodes[0].Port);
    }

    /// <summary>Runs one command where its key is.</summary>
    public async Task<RespValue> CallAsync(params string[] command)
    {
        for (var i = 0; i < MostRedirections; i++)
        {
            var reply = await nodes[_port].CallAsync(command);
            if (!IsMoved(reply))
                return reply.Kind == RespKind.Error
                    ? throw new InvalidOperationException($"{string.Join(' ', command)}: {TestNode.Show(reply)}")
                    : reply;
        }

        throw new InvalidOperationException($"{string.Join(' ', command)}: sent to and fro");
    }

    public async Task<string> TextAsync(params string[] command) => TestNode.Show(await CallAsync(command));

    /// <summary>Runs a transaction where its keys are.</summary>
    public async Task<string> TransactAsync(params string[][] commands)
    {
        for (var i = 0; i < MostRedirections; i++)
        {
            var client = nodes[_port];
            await client.CallAsync("MULTI");
            var moved = false;
            foreach (var command in commands)
                moved |= IsMoved(await client.CallAsync(command));
            if (moved)
            {
                await client.CallAsync("DISCARD");
                continue;
            }

            var reply = await client.CallAsync("EXEC");
            if (!IsMoved(reply))
                return TestNode.Show(reply);
        }

        throw new InvalidOperationException("a transaction was sent to and fro");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in nodes.Values)
            await client.DisposeAsync();
    }

    private bool IsMoved(RespValue reply)
    {
        if (reply.Kind != RespKind.Error)
            return false;
        var text = Encoding.UTF8.GetString(reply.Bytes);
        if (!text.StartsWith("MOVED ", StringComparison.Ordinal))
            return false;
        Redirections++;
        _port = int.Parse(text[(text.LastIndexOf(':') + 1)..]);
        return true;
    }
}
