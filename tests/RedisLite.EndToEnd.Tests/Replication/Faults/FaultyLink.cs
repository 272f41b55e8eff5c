using System.Net;
using System.Net.Sockets;

namespace RedisLite.EndToEnd.Tests.Replication.Faults;

/// <summary>
/// Stands before a server, and cuts the links to it at once or at any byte that a test names, slows them down or has
/// them stand still. Its own address stays while the server comes and goes.
/// </summary>
internal sealed class FaultyLink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly List<TcpClient> _clients = [];
    private readonly Task _accepting;
    private TaskCompletionSource? _stalled;
    private IPEndPoint? _target;
    private long _budget = long.MaxValue;
    private int _delayMs;

    /// <param name="target">The server; null for one that is not there yet.</param>
    public FaultyLink(IPEndPoint? target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Where new links lead; null refuses them.</summary>
    public IPEndPoint? Target
    {
        get => Volatile.Read(ref _target);
        set => Volatile.Write(ref _target, value);
    }

    /// <summary>Cuts the links that there are when so many more bytes have come from the server.</summary>
    public void CutAfter(long bytes) => Interlocked.Exchange(ref _budget, bytes);

    /// <summary>Every piece arrives so much later, until it is 0 again.</summary>
    public void Delay(int milliseconds) => Volatile.Write(ref _delayMs, milliseconds);

    /// <summary>Nothing passes, and no link ends, until <see cref="Heal"/>.</summary>
    public void Stall() => Interlocked.CompareExchange(
        ref _stalled, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);

    /// <summary>All that was asked for is over.</summary>
    public void Heal()
    {
        CutAfter(long.MaxValue);
        Delay(0);
        Interlocked.Exchange(ref _stalled, null)?.TrySetResult();
    }

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
        Heal();
        Cut();
        await _accepting;
        _stopping.Dispose();
    }

    private static bool IsEnd(Exception e) => e is OperationCanceledException or IOException or SocketException
        or ObjectDisposedException or InvalidOperationException;

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = OpenAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The end.
        }
    }

    private async Task OpenAsync(TcpClient from)
    {
        from.NoDelay = true;
        var to = new TcpClient { NoDelay = true };
        try
        {
            if (Target is not { } target)
                throw new IOException("There is no server.");
            await to.ConnectAsync(target, _stopping.Token);
        }
        catch (Exception e) when (IsEnd(e))
        {
            from.Dispose();
            to.Dispose();
            return;
        }

        lock (_gate)
            _clients.AddRange([from, to]);
        await Task.WhenAll(CopyAsync(to, from, isMetered: true), CopyAsync(from, to, isMetered: false));
        lock (_gate)
            _clients.RemoveAll(client => client == from || client == to);
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, bool isMetered)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                var count = await from.GetStream().ReadAsync(buffer, _stopping.Token);
                await HoldUpAsync();
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
        catch (Exception e) when (IsEnd(e))
        {
            // Cut from another side.
        }

        if (isMetered)
            Interlocked.Exchange(ref _budget, long.MaxValue);
        from.Dispose();
        to.Dispose();
    }

    private async Task HoldUpAsync()
    {
        if (Volatile.Read(ref _stalled) is { } stalled)
            await stalled.Task.WaitAsync(_stopping.Token);
        if (Volatile.Read(ref _delayMs) is > 0 and var delay)
            await Task.Delay(delay, _stopping.Token);
    }
}
