using System.Buffers;

namespace RedisLite.Connections.Buffers;

/// <summary>
/// Sees to it that an idle client's receive buffer takes as much memory as it has used, not as it could use.
/// </summary>
/// <remarks>
/// Akka.IO rents each connection's buffer from the shared array pool, for the connection's life. An array that the pool
/// makes is an ordinary object: the collector moves it soon, which touches all of it, and from then on it is resident
/// whole. An array of the pinned object heap is never moved, and the system gives memory to those of its pages that
/// were written to: one, for a client with small requests, whatever the buffer's size. So such arrays are put into the
/// pool, and the thread that accepts the next client finds one. When it does not (the pool keeps few, and others use
/// it), that client's buffer costs more, and nothing else changes.
/// </remarks>
internal static class ReceiveBufferPool
{
    private const int MadeAtOnce = 8;

    private const int SmallestLimit = 4096;

    /// <summary>Has a buffer ready for the next connection that is accepted on this thread.</summary>
    /// <param name="size">In bytes; the pool makes it a power of two.</param>
    public static void Prime(int size)
    {
        var pool = ArrayPool<byte>.Shared;
        var next = pool.Rent(size);
        var length = next.Length;

        // Young: the pool was empty and made it just now. What is in the pool already is pinned or has been moved.
        if (GC.GetGeneration(next) == 0)
        {
            next = Make(length);
            for (var i = 1; i < MadeAtOnce; i++)
                pool.Return(Make(length));
        }

        pool.Return(next);
    }

    /// <summary>
    /// The buffer size for so many clients: as asked for, but all buffers together are to fit into half of the memory
    /// that the process may have, for in a container the runtime counts what they could use.
    /// </summary>
    /// <param name="wanted">In bytes.</param>
    /// <param name="clients">The most clients at once.</param>
    /// <param name="available">The memory that the process may have, in bytes.</param>
    public static int LimitSize(int wanted, int clients, long available)
    {
        var share = available / 2 / clients;
        while (wanted > SmallestLimit && wanted > share)
            wanted = Math.Max(wanted / 2, SmallestLimit);
        return wanted;
    }

    private static byte[] Make(int length) => GC.AllocateUninitializedArray<byte>(length, pinned: true);
}
