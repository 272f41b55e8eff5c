using System.Net.Sockets;

namespace RedisLite.Benchmark.Load;

/// <summary>What a socket is ready for.</summary>
/// <param name="Token">The number that the socket was added with.</param>
/// <param name="CanRead">Bytes, the end of the stream or an error wait to be received.</param>
/// <param name="CanWrite">The send buffer has room again; only where asked for.</param>
internal readonly record struct Readiness(int Token, bool CanRead, bool CanWrite);

/// <summary>Tells a worker which of its non-blocking sockets are ready. Level-triggered; not thread-safe.</summary>
internal interface IReadinessPoller : IDisposable
{
    /// <summary>Called by a thread before it waits for the first time.</summary>
    void EnterThread();

    /// <summary>Watches a socket for reading.</summary>
    void Add(Socket socket, int token);

    /// <summary>Starts or stops watching a socket for room to write.</summary>
    void WatchWrites(Socket socket, int token, bool on);

    /// <summary>Waits until a socket is ready, at most the given time.</summary>
    /// <returns>How many entries of <paramref name="ready"/> were filled; 0 after the time.</returns>
    int Wait(long timeoutNanoseconds, Span<Readiness> ready);
}
