using System.Net;
using System.Net.Sockets;
using System.Text;
using RedisLite.Benchmark.Load;

namespace RedisLite.Benchmark.Servers;

/// <summary>A connection for the few commands around a load: PING, INFO, FLUSHALL. One request at a time.</summary>
internal sealed class ControlClient : IAsyncDisposable
{
    private static readonly TimeSpan ReplyTimeout = TimeSpan.FromMinutes(2);

    private readonly NetworkStream _stream;

    private ControlClient(NetworkStream stream) => _stream = stream;

    /// <exception cref="SocketException">Nobody listens.</exception>
    public static async Task<ControlClient> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return new ControlClient(new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a command whose reply is not an array.</summary>
    /// <returns>The reply's text; an empty string for nil.</returns>
    /// <exception cref="LoadException">An error reply, no reply in two minutes, or a lost connection.</exception>
    public async Task<string> SendAsync(CancellationToken cancellationToken, params string[] command)
    {
        var request = RequestTemplate.Create(command, WireProtocol.Resp, "", []);
        var reply = await ExchangeAsync(request.Bytes.ToArray(), new RespReplyScanner(), cancellationToken);
        var line = reply.IndexOf("\r\n", StringComparison.Ordinal);
        return reply[0] switch
        {
            '-' => throw new LoadException($"{command[0]} got an error: {reply[1..line]}"),
            '$' => reply.StartsWith("$-1", StringComparison.Ordinal) ? "" : reply[(line + 2)..^2],
            _ => reply[1..line],
        };
    }

    /// <summary>Sends an inline PING.</summary>
    /// <returns>The reply's first line as it came, without its end.</returns>
    public async Task<string> SendInlinePingAsync(CancellationToken cancellationToken)
    {
        // A line ends a reply in either form.
        var reply = await ExchangeAsync("PING\r\n"u8.ToArray(), new PlainReplyScanner(1), cancellationToken);
        return reply.TrimEnd();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<string> ExchangeAsync(byte[] request, ReplyScanner scanner, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(ReplyTimeout);
        try
        {
            await _stream.WriteAsync(request, timeout.Token);
            var reply = new StringBuilder();
            var buffer = new byte[16 * 1024];
            var replies = 0;
            while (replies == 0)
            {
                var received = await _stream.ReadAsync(buffer, timeout.Token);
                if (received == 0)
                    throw new LoadException("The server closed the connection.");
                replies += scanner.Scan(buffer.AsSpan(0, received));
                reply.Append(Encoding.Latin1.GetString(buffer, 0, received));
            }

            return reply.ToString();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LoadException($"No reply in {ReplyTimeout.TotalSeconds:0} s.");
        }
        catch (IOException e)
        {
            throw new LoadException($"The connection failed: {e.Message}", e);
        }
    }
}
