namespace RedisLite.Hosting;

/// <summary>
/// Has the managed heap collected when it has grown by much and no collection of all of it is under way.
/// </summary>
/// <remarks>
/// What is large on it (a script's strings, a message that is published, a request of very many arguments) is garbage
/// that only a collection of the oldest generation frees, and an idle server has none for hours. In a process that
/// holds much besides, the heap has to grow by as much more. The runtime keeps what it collects in the background;
/// where little is left, all of that is given back a second later. A crowd of clients that has left is garbage as well
/// (their actors and receive buffers), and makes the heap no larger than it was with them. One thread at a time.
/// </remarks>
/// <param name="size">Of the heap at the start, in bytes.</param>
internal sealed class ManagedHeapTrim(long size)
{
    private const long LeastGrowth = 32 * 1024 * 1024;
    private const long QuietMs = 2000;

    // So many clients less are a crowd that has left: 10 MB and more.
    private const int Crowd = 1000;

    // To compact so much and give back all the rest takes about 5 ms, in which nothing else runs.
    private const long SmallHeap = 64 * 1024 * 1024;

    // What the heap was when nothing on it was known to be garbage.
    private long _settled = size;
    private int _collections = -1;
    private long _sinceMs;
    private bool _isCollecting;

    // The most clients since the last collection that was made for those who had left, and how many there were at the
    // last look.
    private int _mostClients;
    private int _lastClients;

    /// <summary>Called before a collection: whoever holds what is of no use any more lets go of it.</summary>
    public Action? Collecting { get; init; }

    /// <summary>Looks at the heap; to be called about once a second.</summary>
    /// <param name="nowMs">Of a clock that does not go back.</param>
    /// <param name="clients">That are connected.</param>
    public void Look(long nowMs, int clients)
    {
        var now = GC.GetTotalMemory(forceFullCollection: false);
        if (_isCollecting && now < SmallHeap && GC.GetGCMemoryInfo().TotalCommittedBytes - now >= LeastGrowth)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        else if (IsDue(GC.CollectionCount(GC.MaxGeneration), now, clients, nowMs))
        {
            Collecting?.Invoke();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        }
    }

    /// <summary>Whether a collection is worth its time.</summary>
    /// <param name="collections">How many there have been of the oldest generation.</param>
    /// <param name="size">Of the heap, garbage included, in bytes.</param>
    /// <param name="clients">That are connected.</param>
    /// <param name="nowMs">As above.</param>
    public bool IsDue(int collections, long size, int clients, long nowMs)
    {
        var isLeaving = clients < _lastClients;
        _mostClients = Math.Max(_mostClients, clients);
        _lastClients = clients;

        // What our collection has left is in use.
        if (_isCollecting || size < _settled)
            _settled = size;
        _isCollecting = false;
        if (collections != _collections)
        {
            (_collections, _sinceMs) = (collections, nowMs);
            return false;
        }

        var hasGrown = size - _settled >= Math.Max(LeastGrowth, _settled / 2);
        if (nowMs - _sinceMs < QuietMs || (!hasGrown && (isLeaving || _mostClients - clients < Crowd)))
            return false;
        (_isCollecting, _sinceMs, _mostClients) = (true, nowMs, clients);
        return true;
    }
}
