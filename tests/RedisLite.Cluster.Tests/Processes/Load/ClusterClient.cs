using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Cluster.Tests.Processes.Load;

/// <summary>What became of a request.</summary>
/// <param name="Reply">The last reply; null when there is none.</param>
/// <param name="WasSent">Whether a server may have got it, and may still act on it, though there is no reply.</param>
/// <param name="By">Who replied, or was asked last.</param>
/// <param name="Sent">When it was sent the last time, in the ticks of Stopwatch.</param>
/// <param name="Received">When the reply had come, or the client gave up.</param>
internal sealed record Exchange(RespValue? Reply, bool WasSent, IPEndPoint By, long Sent, long Received);

/// <summary>A client of a cluster as small as one can be: it follows redirections, and repeats nothing else.</summary>
/// <remarks>One caller at a time.</remarks>
/// <param name="nodes">Where it may begin; asked for each time.</param>
/// <param name="patience">How long it waits for a reply.</param>
internal sealed class ClusterClient(Func<IReadOnlyList<IPEndPoint>> nodes, TimeSpan patience) : IAsyncDisposable
{
    private const int Slots = 16_384;
    private const int Redirections = 16;

    private readonly Dictionary<IPEndPoint, RespClient> _connections = [];
    private readonly IPEndPoint?[] _owners = new IPEndPoint?[Slots];

    /// <summary>Sends a request about keys of one slot to its owner.</summary>
    public async Task<Exchange> SendAsync(int slot, params string[] request)
    {
        Exchange? exchange = null;
        var (target, asks) = (OwnerOf(slot), false);
        for (var i = 0; i <= Redirections; i++)
        {
            exchange = await SendToAsync(target, asks, request);
            if (exchange.Reply is null)
                _owners[slot] = null;
            if (exchange.Reply is not { IsError: true } || !IsRedirection(exchange.Reply.Text, out target, out asks))
                return exchange;
            if (!asks)
                _owners[slot] = target;
        }

        return exchange!;
    }

    /// <summary>Sends a request to a node on the connection that its last request went by.</summary>
    public async Task<Exchange> SendToAsync(IPEndPoint target, bool asks, params string[] request)
    {
        var sent = Stopwatch.GetTimestamp();
        var wasSent = false;
        try
        {
            if (!_connections.TryGetValue(target, out var connection))
            {
                connection = await RespClient.ConnectAsync(target).WaitAsync(patience);
                _connections.Add(target, connection);
            }

            sent = Stopwatch.GetTimestamp();
            wasSent = true;
            if (asks)
                await connection.CallAsync("ASKING").WaitAsync(patience);
            var reply = await connection.CallAsync(request).WaitAsync(patience);
            return new Exchange(reply, WasSent: true, target, sent, Stopwatch.GetTimestamp());
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or TimeoutException)
        {
            if (_connections.Remove(target, out var connection))
                await connection.DisposeAsync();
            return new Exchange(null, wasSent, target, sent, Stopwatch.GetTimestamp());
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values)
            await connection.DisposeAsync();
        _connections.Clear();
    }

    private IPEndPoint OwnerOf(int slot)
    {
        var known = nodes();
        return _owners[slot] ?? known[Random.Shared.Next(known.Count)];
    }

    /// <summary><c>MOVED slot address:port</c> or <c>ASK slot address:port</c>.</summary>
    private static bool IsRedirection(string error, out IPEndPoint target, out bool asks)
    {
        var words = error.Split(' ');
        asks = words[0] == "ASK";
        target = new IPEndPoint(IPAddress.None, 0);
        if ((words[0] != "MOVED" && !asks) || words.Length != 3)
            return false;
        var colon = words[2].LastIndexOf(':');
        target = new IPEndPoint(
            IPAddress.Parse(words[2][..colon]), int.Parse(words[2][(colon + 1)..], CultureInfo.InvariantCulture));
        return true;
    }
}
