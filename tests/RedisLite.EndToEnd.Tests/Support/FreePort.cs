using System.Net;
using System.Net.Sockets;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>Finds loopback ports for programs that cannot choose one themselves.</summary>
internal static class FreePort
{
    /// <summary>A port that was free a moment ago; whoever uses it must be ready to ask again.</summary>
    public static int Next()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
