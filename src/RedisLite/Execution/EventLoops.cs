using Akka.Dispatch;

namespace RedisLite.Execution;

/// <summary>The event loops of this process that take work from other threads. Any thread.</summary>
internal static class EventLoops
{
    private static readonly Lock Gate = new();
    private static ThreadQueue[] _all = [];
    private static uint _next;

    /// <summary>Adds a loop that has turns.</summary>
    public static void Add(ThreadQueue loop)
    {
        lock (Gate)
            Volatile.Write(ref _all, [.. _all, loop]);
    }

    public static void Remove(ThreadQueue loop)
    {
        lock (Gate)
            Volatile.Write(ref _all, [.. _all.Where(other => other != loop)]);
    }

    /// <summary>Runs a mailbox in the next turn of one of the loops, or on the pool where there is none.</summary>
    public static void Run(IRunnable run)
    {
        var all = Volatile.Read(ref _all);
        if (all.Length == 0 || !all[Interlocked.Increment(ref _next) % (uint)all.Length].TryGive(run))
            ThreadQueue.RunOnPool(run, null);
    }
}
