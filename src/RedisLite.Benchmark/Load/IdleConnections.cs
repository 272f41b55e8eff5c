using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace RedisLite.Benchmark.Load;

/// <summary>
/// Connections that exist: each has sent one PING and has its reply, so the server has set it up in full.
/// </summary>
internal sealed class IdleConnections : IDisposable
{
    private const int TimeoutMs = 30_000;

    private readonly List<Socket> _sockets = [];

    public static IdleConnections Open(IPEndPoint endPoint, int count, CancellationToken cancellationToken)
    {
        var connections = new IdleConnections();
        try
        {
            for (var index = 0; index < count; index++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                connections._sockets.Add(ConnectAndPing(endPoint));
            }

            return connections;
        }
        catch
        {
            connections.Dispose();
            throw;
        }
    }

    /// <summary>Opens, uses and closes connections, some at a time.</summary>
    /// <param name="endPoint">The server.</param>
    /// <param name="count">Connections in all.</param>
    /// <param name="threads">How many are under way at once.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Connections a second.</returns>
    public static async Task<double> CycleAsync(
        IPEndPoint endPoint, int count, int threads, CancellationToken cancellationToken)
    {
        var remaining = count;
        var start = Stopwatch.GetTimestamp();
        var runs = Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (Interlocked.Decrement(ref remaining) >= 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    ConnectAndPing(endPoint).Dispose();
                }
            },
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default));
        await Task.WhenAll(runs);
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
    }

    private static Socket ConnectAndPing(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = TimeoutMs,
            SendTimeout = TimeoutMs,
        };
        try
        {
            socket.Connect(endPoint);
            socket.Send("*1\r\n$4\r\nPING\r\n"u8);
            Span<byte> reply = stackalloc byte[64];
            var scanner = new RespReplyScanner();
            while (true)
            {
                var received = socket.Receive(reply);
                if (received == 0)
                    throw new LoadException("The server closed a new connection: does it allow as many clients?");
                if (scanner.Scan(reply[..received]) > 0)
                    break;
            }

            return scanner.Errors == 0
                ? socket
                : throw new LoadException($"The server refused a new connection: {scanner.FirstError}");
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new LoadException($"A new connection to {endPoint} failed: {e.Message}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
