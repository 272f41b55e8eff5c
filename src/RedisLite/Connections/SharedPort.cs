using System.Net;
using System.Net.Sockets;

namespace RedisLite.Connections;

/// <summary>
/// Several listening sockets of one process on the same address and port, and nobody else's (Linux: SO_REUSEPORT).
/// </summary>
/// <remarks>
/// The kernel keeps clients that are not accepted yet in a queue of each listening socket, of <c>net.core.somaxconn</c>
/// at most, and drops the SYN of one more, who then waits for a second. It spreads clients over the sockets of a port
/// by a hash of their addresses: two sockets are twice the room. But with that option any process of the same user
/// could take a part of the clients, a second server on the port by mistake too. So the address is claimed without the
/// option first, which fails if anybody is there.
/// <code>
///   claim: bind, then allow       [ claimed, not listening ]---------------------------- closed
///   sockets: allow, bind, listen          [ first ]..... [ second ].....
/// </code>
/// </remarks>
internal static class SharedPort
{
    private const int SolSocket = 1;
    private const int SoReusePort = 15;

    private static readonly byte[] On = [1, 0, 0, 0];

    /// <summary>Whether this system has the option, with the meaning above.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && BitConverter.IsLittleEndian;

    /// <summary>Lets a socket have the same address as others that allow it. Before it is bound.</summary>
    public static void Allow(Socket socket) => socket.SetRawSocketOption(SolSocket, SoReusePort, On);

    /// <summary>
    /// Takes an address that nobody has, for sockets that <see cref="Allow"/> it and are bound before this one is
    /// disposed.
    /// </summary>
    /// <exception cref="SocketException">Somebody has it, or it cannot be had.</exception>
    public static Socket Claim(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            Allow(socket);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
