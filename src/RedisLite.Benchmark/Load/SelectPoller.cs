using System.Net.Sockets;

namespace RedisLite.Benchmark.Load;

/// <summary>The portable poller, on <c>Socket.Select</c>.</summary>
/// <remarks>
/// O(sockets) for each wait, where <see cref="EpollPoller"/> is O(ready); used where there is no epoll.
/// </remarks>
internal sealed class SelectPoller : IReadinessPoller
{
    private readonly Dictionary<Socket, int> _tokens = [];
    private readonly HashSet<Socket> _writers = [];
    private readonly List<Socket> _readable = [];
    private readonly List<Socket> _writable = [];

    /// <inheritdoc/>
    public void EnterThread()
    {
    }

    /// <inheritdoc/>
    public void Add(Socket socket, int token) => _tokens.Add(socket, token);

    /// <inheritdoc/>
    public void WatchWrites(Socket socket, int token, bool on)
    {
        if (on)
            _writers.Add(socket);
        else
            _writers.Remove(socket);
    }

    /// <inheritdoc/>
    public int Wait(long timeoutNanoseconds, Span<Readiness> ready)
    {
        _readable.Clear();
        _readable.AddRange(_tokens.Keys);
        _writable.Clear();
        _writable.AddRange(_writers);
        Socket.Select(_readable, _writable, null, (int)Math.Min(timeoutNanoseconds / 1000, int.MaxValue));
        var count = 0;
        foreach (var socket in _writable)
        {
            if (count < ready.Length)
                ready[count++] = new Readiness(_tokens[socket], CanRead: false, CanWrite: true);
        }

        foreach (var socket in _readable)
        {
            if (count < ready.Length)
                ready[count++] = new Readiness(_tokens[socket], CanRead: true, CanWrite: false);
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
