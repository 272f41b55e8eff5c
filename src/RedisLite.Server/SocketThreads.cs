using System.Globalization;

namespace RedisLite.Server;

/// <summary>How .NET runs sockets in this process.</summary>
internal static class SocketThreads
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    private const string ThreadCount = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";

    /// <summary>
    /// Lets the threads that wait for sockets run what arrives on them, and sets their number: without a hand-over to
    /// the thread pool a small request costs half as much (docs/THREADPOOL.md).
    /// </summary>
    /// <param name="eventLoops">The number of such threads; 0 for half of the cores.</param>
    /// <remarks>
    /// .NET reads these variables once, when the process makes its first socket, so this comes before. What somebody
    /// has set already stays.
    /// </remarks>
    public static void Configure(int eventLoops)
    {
        if (eventLoops == 0)
            eventLoops = Math.Max(1, Environment.ProcessorCount / 2);
        Set(InlineCompletions, "1");
        Set(ThreadCount, eventLoops.ToString(CultureInfo.InvariantCulture));
    }

    private static void Set(string name, string value)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
            Environment.SetEnvironmentVariable(name, value);
    }
}
