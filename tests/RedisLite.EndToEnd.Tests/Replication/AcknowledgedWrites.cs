using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>
/// Clients that write numbered keys, one after the other, to whoever takes them, and know what was acknowledged.
/// </summary>
/// <remarks>
/// A number that was not acknowledged is written again until it is: what is asked for in the end is every number.
/// </remarks>
internal sealed class AcknowledgedWrites : IAsyncDisposable
{
    private const int Clients = 4;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<IReadOnlyList<IPEndPoint>> _servers;
    private readonly int _replicas;
    private readonly long[] _acknowledged = new long[Clients];
    private readonly Task[] _writing;

    /// <param name="servers">Where the primary may be.</param>
    /// <param name="replicas">How many have to have a write by WAIT before it counts; 0 for none.</param>
    public AcknowledgedWrites(Func<IReadOnlyList<IPEndPoint>> servers, int replicas)
    {
        (_servers, _replicas) = (servers, replicas);
        _writing = [.. Enumerable.Range(0, Clients).Select(id => Task.Run(() => WriteAsync(id)))];
    }

    public long Count => _acknowledged.Sum();

    /// <summary>Returns when so many more are acknowledged.</summary>
    public async Task UntilMoreAsync(long count)
    {
        var goal = Count + count;
        await Eventually.IsAsync(() => Task.FromResult(Count >= goal), true);
    }

    /// <summary>Ends the writing, and looks for everything that was acknowledged.</summary>
    public async Task VerifyAsync(RespClient reader)
    {
        await DisposeAsync();
        for (var id = 0; id < Clients; id++)
        {
            for (var number = 1L; number <= _acknowledged[id]; number++)
            {
                var found = await reader.CallAsync("GET", KeyOf(id, number));
                Assert.True(
                    found.Text == Text(number),
                    $"Write {number} of {_acknowledged[id]} of client {id} was acknowledged, and is lost");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_writing);
    }

    private async Task WriteAsync(int id)
    {
        for (var attempt = 0; !_stopping.IsCancellationRequested; attempt++)
        {
            try
            {
                var servers = _servers();
                await WriteAsync(id, servers[attempt % servers.Count]);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // It has gone, or has closed its clients' connections with its role.
            }

            await Task.Delay(5);
        }
    }

    /// <summary>Until the server refuses.</summary>
    private async Task WriteAsync(int id, IPEndPoint server)
    {
        await using var client = await RespClient.ConnectAsync(server);
        while (!_stopping.IsCancellationRequested)
        {
            var number = _acknowledged[id] + 1;
            if ((await client.CallAsync("SET", KeyOf(id, number), Text(number))).Kind != RespKind.SimpleString)
                return;
            if (_replicas > 0 && !await IsCopiedAsync(client))
                continue;
            Volatile.Write(ref _acknowledged[id], number);
        }
    }

    private async Task<bool> IsCopiedAsync(RespClient client)
    {
        var reply = await client.CallAsync("WAIT", $"{_replicas}", "1000");
        return reply.Kind == RespKind.Integer && reply.Integer >= _replicas;
    }

    private static string KeyOf(int id, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"write:{id}:{number}");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
