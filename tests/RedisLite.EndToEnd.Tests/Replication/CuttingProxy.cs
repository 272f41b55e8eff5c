using System.Net;
using System.Net.Sockets;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>Stands between a replica and its primary, and cuts the link at any byte that a test names.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly List<TcpClient> _clients = [];
    private readonly IPEndPoint _target;
    private readonly Task _accepting;
    private long _budget = long.MaxValue;

    public CuttingProxy(IPEndPoint target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Cuts the links that there are when so many more bytes have come from the primary.</summary>
    public void CutAfter(long bytes) => Interlocked.Exchange(ref _budget, bytes);

    /// <summary>Cuts the links that there are.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (var client in _clients)
                client.Dispose();
            _clients.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var replica = await _listener.AcceptTcpClientAsync(_stopping.Token);
                var primary = new TcpClient();
                await primary.ConnectAsync(_target, _stopping.Token);
                lock (_gate)
                    _clients.AddRange([replica, primary]);
                _ = CopyAsync(primary, replica, isMetered: true);
                _ = CopyAsync(replica, primary, isMetered: false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, bool isMetered)
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var count = await from.GetStream().ReadAsync(buffer, _stopping.Token);
                var allowed = count;
                if (isMetered)
                {
                    var left = Interlocked.Add(ref _budget, -count);
                    allowed = left >= 0 ? count : Math.Max(0, (int)(left + count));
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, allowed), _stopping.Token);
                if (count == 0 || allowed < count)
                    break;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut from another side.
        }

        if (isMetered)
            Interlocked.Exchange(ref _budget, long.MaxValue);
        from.Dispose();
        to.Dispose();
    }
}
