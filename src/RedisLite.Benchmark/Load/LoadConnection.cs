using System.Net;
using System.Net.Sockets;

namespace RedisLite.Benchmark.Load;

/// <summary>A client of the server under load: a non-blocking socket and what is under way on it.</summary>
/// <remarks>
/// A request is first <see cref="Queued"/>, then encoded and <see cref="Outstanding"/>, then replied. Replies come in
/// the order of the requests, so counts say which request a reply belongs to. Used by one worker thread.
/// </remarks>
internal sealed class LoadConnection : IDisposable
{
    private byte[] _unsent = [];
    private int _unsentStart;
    private int _unsentEnd;

    private LoadConnection(Socket socket, int token, ReplyScanner scanner)
    {
        Socket = socket;
        Token = token;
        Scanner = scanner;
    }

    public Socket Socket { get; }

    /// <summary>Its index among its worker's connections.</summary>
    public int Token { get; }

    public ReplyScanner Scanner { get; }

    /// <summary>Requests that may be sent and are not encoded yet.</summary>
    public int Queued { get; set; }

    /// <summary>Requests encoded whose replies have not come; some of their bytes may still be unsent.</summary>
    public int Outstanding { get; set; }

    /// <summary>Closed loop: when the batch under way began, in clock ticks.</summary>
    public long BatchStart { get; set; }

    /// <summary>Open loop: requests of this connection's schedule that were given to it, replied or not.</summary>
    public long Due { get; set; }

    /// <summary>Open loop: those of <see cref="Due"/> that were replied.</summary>
    public long Replied { get; set; }

    /// <summary>Bytes that the socket did not take, to be sent before anything else.</summary>
    public ReadOnlySpan<byte> Unsent => _unsent.AsSpan(_unsentStart, _unsentEnd - _unsentStart);

    public bool IsIdle => Outstanding == 0 && Queued == 0;

    /// <summary>Connects, blocking the caller.</summary>
    /// <remarks>
    /// Not with ConnectAsync: .NET then keeps the socket in its own epoll set for life, and each reply wakes its event
    /// loop and a pool thread to find nothing to do, which doubles what a request costs on this side.
    /// </remarks>
    public static LoadConnection Connect(IPEndPoint endPoint, int token, ReplyScanner scanner)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(endPoint);
            socket.Blocking = false;
            return new LoadConnection(socket, token, scanner);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Keeps a copy of what the socket did not take; only while <see cref="Unsent"/> is empty.</summary>
    public void KeepUnsent(ReadOnlySpan<byte> bytes)
    {
        if (_unsent.Length < bytes.Length)
            _unsent = GC.AllocateUninitializedArray<byte>(bytes.Length);
        bytes.CopyTo(_unsent);
        _unsentStart = 0;
        _unsentEnd = bytes.Length;
    }

    /// <summary>Drops the first bytes of <see cref="Unsent"/>, which the socket has now taken.</summary>
    public void DropUnsent(int count) => _unsentStart += count;

    /// <summary>Forgets the schedule of an ended phase.</summary>
    public void StartPhase()
    {
        Due = 0;
        Replied = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => Socket.Dispose();
}
