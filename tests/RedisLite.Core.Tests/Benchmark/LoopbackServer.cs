using System.Net;
using System.Net.Sockets;
using System.Text;
using RedisLite.Benchmark.Load;

namespace RedisLite.Core.Tests.Benchmark;

/// <summary>A server that answers every request with the same bytes, whatever it asks.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _clients = [];
    private readonly Func<long, string> _replyTo;
    private readonly bool _isInline;
    private readonly Task _accepting;
    private long _requests;

    /// <param name="replyTo">Reply to request number n, from 0; null closes the connection.</param>
    /// <param name="isInline">Counts lines instead of multi-bulk requests.</param>
    public LoopbackServer(Func<long, string?> replyTo, bool isInline = false)
    {
        _replyTo = replyTo!;
        _isInline = isInline;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public LoopbackServer(string reply, bool isInline = false)
        : this(_ => reply, isInline)
    {
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public long Requests => Interlocked.Read(ref _requests);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_clients);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _clients.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // stopped
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var owned = socket;
        // A request array is shaped like a reply array, so the scanner under test elsewhere can count both.
        ReplyScanner scanner = _isInline ? new PlainReplyScanner(1) : new RespReplyScanner();
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer, _stop.Token);
                if (received == 0)
                    return;
                var replies = new StringBuilder();
                for (var left = scanner.Scan(buffer.AsSpan(0, received)); left > 0; left--)
                {
                    if (_replyTo(Interlocked.Increment(ref _requests) - 1) is not { } reply)
                        return;
                    replies.Append(reply);
                }

                await socket.SendAsync(Encoding.Latin1.GetBytes(replies.ToString()), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // stopped, or the client is gone
        }
    }
}
