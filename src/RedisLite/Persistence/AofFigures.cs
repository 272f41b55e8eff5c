namespace RedisLite.Persistence;

/// <summary>
/// Figures of the append only file that move with every flush. Written by the aof actor, read from any thread.
/// </summary>
/// <param name="time">Its timestamps.</param>
internal sealed class AofFigures(TimeProvider time)
{
    /// <summary>From this on an fsync counts as delayed: what Redis counts in <c>aof_delayed_fsync</c>.</summary>
    public static readonly TimeSpan DelayedSync = TimeSpan.FromSeconds(2);

    private long _size;
    private long _baseSize;
    private long _delayedSyncs;

    // Zero while no fsync runs.
    private long _syncStartedAt;

    /// <summary>Bytes of all files that would be loaded.</summary>
    public long Size => Volatile.Read(ref _size);

    /// <summary>What <see cref="Size"/> was after the last rewrite, or at start.</summary>
    public long BaseSize => Volatile.Read(ref _baseSize);

    /// <summary>Whether the disk is at work on an fsync right now.</summary>
    public bool IsSyncing => Volatile.Read(ref _syncStartedAt) != 0;

    /// <summary>How many fsyncs took two seconds or more; one that is still at it counts as soon as it has.</summary>
    public long DelayedSyncs
    {
        get
        {
            // The counter first: an fsync that ends in between is then missed for a moment, not counted twice.
            var ended = Volatile.Read(ref _delayedSyncs);
            var started = Volatile.Read(ref _syncStartedAt);
            return started != 0 && time.GetElapsedTime(started) >= DelayedSync ? ended + 1 : ended;
        }
    }

    public void SetSize(long bytes, bool isNewBase)
    {
        Volatile.Write(ref _size, bytes);
        if (isNewBase)
            Volatile.Write(ref _baseSize, bytes);
    }

    /// <summary>An fsync begins; <see cref="EndSync"/> follows whatever comes of it.</summary>
    public void BeginSync() => Volatile.Write(ref _syncStartedAt, Math.Max(1, time.GetTimestamp()));

    /// <returns>How long it took.</returns>
    public TimeSpan EndSync()
    {
        var elapsed = time.GetElapsedTime(_syncStartedAt);
        Volatile.Write(ref _syncStartedAt, 0);
        if (elapsed >= DelayedSync)
            Interlocked.Increment(ref _delayedSyncs);
        return elapsed;
    }
}
