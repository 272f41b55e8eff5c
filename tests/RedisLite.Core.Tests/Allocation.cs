namespace RedisLite.Core.Tests;

/// <summary>How much garbage code makes.</summary>
internal static class Allocation
{
    private const int MaxRuns = 200;

    /// <summary>
    /// The least that one of many runs allocates on the managed heap, in bytes, after a run that warms up. The least,
    /// since a collection in between, set off by tests that run beside this one, adds to what the runtime counts.
    /// </summary>
    public static long LeastOf(Action action)
    {
        action();
        var least = long.MaxValue;
        for (var i = 0; i < MaxRuns && least > 0; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
