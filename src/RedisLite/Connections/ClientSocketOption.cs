using System.Net.Sockets;
using Akka.IO;
using RedisLite.Connections.Buffers;

namespace RedisLite.Connections;

/// <summary>
/// What is set on the listening socket and inherited by every accepted one; and the next client's buffer.
/// </summary>
/// <remarks>
/// A reply is one write, so Nagle's algorithm would only delay it. Keep-alive probes find clients that vanished without
/// closing. Linux, Windows and macOS all let accepted sockets inherit these from the listening one.
/// </remarks>
/// <param name="keepAliveSeconds">0 for no probes.</param>
/// <param name="receiveBufferSize">Of one client.</param>
/// <param name="sharesPort">Whether other listening sockets of this process have the same address and port.</param>
internal sealed class ClientSocketOption(int keepAliveSeconds, int receiveBufferSize, bool sharesPort)
    : Inet.SocketOption
{
    public override void BeforeServerSocketBind(Socket socket)
    {
        socket.NoDelay = true;
        if (sharesPort)
            SharedPort.Allow(socket);
        if (keepAliveSeconds <= 0)
            return;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, keepAliveSeconds);
        socket.SetSocketOption(
            SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Math.Max(1, keepAliveSeconds / 3));
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
    }

    public override void AfterConnect(Socket socket) => ReceiveBufferPool.Prime(receiveBufferSize);
}
