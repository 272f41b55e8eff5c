using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RedisLite.Cluster.Tests.Processes.Harness;

/// <summary>Finds pairs of loopback ports: one for clients, and ten thousand above it one for the bus.</summary>
/// <remarks>
/// They lie below those that the system gives to outgoing connections, so that a node finds its ports free when it is
/// started again. <c>REDISLITE_CLUSTER_PORTS</c> names the first of a thousand in place of the usual range.
/// </remarks>
internal static class NodePorts
{
    private const int BusOffset = 10_000;
    private const int DefaultFirst = 11_000;

    private static readonly int First =
        Environment.GetEnvironmentVariable("REDISLITE_CLUSTER_PORTS") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture) : DefaultFirst;

    private static readonly int Count = First == DefaultFirst ? 9_000 : 1_000;
    private static int _next = Random.Shared.Next(Count);

    /// <summary>A port that was free a moment ago, as was the one of its bus.</summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % (uint)Count);
            if (IsFree(port) && IsFree(port + BusOffset))
                return port;
        }

        throw new InvalidOperationException("No pair of ports is free.");
    }

    /// <summary>The port of a node's bus.</summary>
    public static int BusOf(int port) => port + BusOffset;

    private static bool IsFree(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
