using System.Net.Sockets;
using System.Text;
using RedisLite.Commands.Execution;

namespace RedisLite.Connections;

/// <summary>Connections on which MIGRATE sends keys to other servers; an idle one is kept for ten seconds.</summary>
/// <remarks>Any thread; an exchange has its connection for itself, and blocks its thread.</remarks>
internal sealed class KeyTransfer : IKeyTransfer, IDisposable
{
    private const int MostIdle = 64;
    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly List<(string Host, int Port, Socket Socket, long Since)> _idle = [];

    public IReadOnlyList<string> Exchange(
        string host, int port, TimeSpan timeout, ReadOnlySpan<byte> requests, int replies)
    {
        // A connection that was idle may have been closed by the other side: that shows here, and a new one is tried.
        if (Take(host, port) is { } idle)
        {
            try
            {
                return Exchange(idle, host, port, timeout, requests, replies);
            }
            catch (IOException)
            {
            }
        }

        return Exchange(Connect(host, port, timeout), host, port, timeout, requests, replies);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var connection in _idle)
                connection.Socket.Dispose();
            _idle.Clear();
        }
    }

    private static Socket Connect(string host, int port, TimeSpan timeout)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            var connecting = socket.BeginConnect(host, port, null, null);
            if (!connecting.AsyncWaitHandle.WaitOne(timeout))
                throw new SocketException((int)SocketError.TimedOut);
            socket.EndConnect(connecting);
            return socket;
        }
        catch (Exception error) when (error is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw new IOException("error or timeout connecting to the client", error);
        }
    }

    private List<string> Exchange(
        Socket socket, string host, int port, TimeSpan timeout, ReadOnlySpan<byte> requests, int replies)
    {
        var isSent = false;
        try
        {
            socket.SendTimeout = socket.ReceiveTimeout = (int)Math.Min(timeout.TotalMilliseconds, int.MaxValue);
            while (!requests.IsEmpty)
                requests = requests[socket.Send(requests)..];
            isSent = true;
            var lines = ReadLines(socket, replies);
            Keep(host, port, socket);
            return lines;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new IOException(
                isSent ? "error or timeout reading from target instance"
                    : "error or timeout writing to target instance", error);
        }
    }

    private static List<string> ReadLines(Socket socket, int count)
    {
        var lines = new List<string>(count);
        var line = new List<byte>();
        var buffer = new byte[16 * 1024];
        while (lines.Count < count)
        {
            var received = socket.Receive(buffer);
            if (received == 0)
                throw new SocketException((int)SocketError.ConnectionReset);
            foreach (var c in buffer.AsSpan(0, received))
            {
                if (c == '\n')
                {
                    lines.Add(Encoding.Latin1.GetString([.. line]).TrimEnd('\r'));
                    line.Clear();
                }
                else
                {
                    line.Add(c);
                }
            }
        }

        return lines;
    }

    private Socket? Take(string host, int port)
    {
        lock (_gate)
        {
            var now = Environment.TickCount64;
            Socket? found = null;
            for (var i = _idle.Count - 1; i >= 0; i--)
            {
                var connection = _idle[i];
                if (found is null && connection.Host == host && connection.Port == port)
                    found = connection.Socket;
                else if (now - connection.Since > LongestIdle.TotalMilliseconds)
                    connection.Socket.Dispose();
                else
                    continue;
                _idle.RemoveAt(i);
            }

            return found;
        }
    }

    private void Keep(string host, int port, Socket socket)
    {
        lock (_gate)
        {
            if (_idle.Count < MostIdle)
                _idle.Add((host, port, socket, Environment.TickCount64));
            else
                socket.Dispose();
        }
    }
}
