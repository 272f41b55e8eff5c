namespace RedisLite.Commands.Execution;

/// <summary>
/// Active defragmentation: moves records together while much of the memory that the allocator holds is free, so that it
/// can be given back.
/// </summary>
/// <remarks>
/// <code>
///   idle      a look each second: free bytes in slabs above active-defrag-ignore-bytes and
///   active-defrag-threshold-lower?
///   running   the allocator has named the slabs to empty; stripe after stripe, some buckets at a time, until all were
///   seen
/// </code>
/// One thread at a time. LOCK: takes one stripe at a time, exclusive, for <see cref="BucketsPerStep"/>; the caller
/// holds none.
/// </remarks>
public sealed class ActiveDefragmentation(CommandServices services, TimeProvider stopwatch)
{
    // About a hundred records: 20 to 40 us.
    private const int BucketsPerStep = 24;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private long _nextLook;
    private int _place = -1;
    private uint _position;

    /// <summary>Whether records are being moved.</summary>
    public bool IsRunning => _place >= 0;

    /// <summary>Goes on until the budget is spent.</summary>
    /// <returns>Whether there is more to do at once.</returns>
    public bool Run(TimeSpan budget)
    {
        if (!services.Options.ActiveDefrag)
            _place = -1;
        else if (!IsRunning)
            Look();
        if (!IsRunning)
            return false;
        var started = stopwatch.GetTimestamp();
        var databases = services.Databases;
        var moved = 0L;
        do
        {
            var (database, stripe) = Math.DivRem(_place, databases.StripeCount);
            _position = databases[database].Defragment(stripe, _position, BucketsPerStep, ref moved);
            if (_position == 0 && ++_place == databases.Count * databases.StripeCount)
                _place = -1;
        }
        while (IsRunning && stopwatch.GetElapsedTime(started) < budget);

        services.Statistics.CountDefragmented(moved);
        services.Statistics.IsDefragmenting = IsRunning;
        return IsRunning;
    }

    private void Look()
    {
        var now = stopwatch.GetTimestamp();
        if (now < _nextLook || services.Databases.AllocatorStatistics is not { } memory)
            return;
        _nextLook = now + (long)(LookInterval.TotalSeconds * stopwatch.TimestampFrequency);
        var free = memory.Active - memory.Allocated;
        var options = services.Options;
        if (free < options.ActiveDefragIgnoreBytes
            || free * 100 < memory.Allocated * options.ActiveDefragThresholdLower)
            return;
        if (services.Databases.PlanDefragmentation() > 0)
            (_place, _position) = (0, 0);
    }
}
