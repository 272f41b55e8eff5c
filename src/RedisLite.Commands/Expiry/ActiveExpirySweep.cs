namespace RedisLite.Commands.Expiry;

/// <summary>
/// Active expiry: deletes keys, and fields of hashes, whose time has come although nobody asks for them.
/// </summary>
/// <remarks>
/// <para>Goes round the stripes of all databases and goes on, at the next run, where its budget ended. A stripe is held
/// for at most <see cref="KeysPerVisit"/> deletions at a time, whatever there is to delete; when more of its keys are
/// due, the others' come first. What is due is known exactly, from each stripe's heaps of expiry times, of keys and of
/// hashes by their first field to expire: a stripe without due ones costs two looks, without its lock. Its fields come
/// once no key of it is due.</para>
/// <para>One thread at a time. LOCK: takes one stripe at a time; the caller holds none.</para>
/// </remarks>
public sealed class ActiveExpirySweep
{
    /// <summary>
    /// Deletions during one hold of a stripe. One takes about half a microsecond, two when it is logged and published,
    /// so that a client waits for a stripe a fifth of a millisecond at most.
    /// </summary>
    public const int KeysPerVisit = 100;

    // The clock is read after so many stripes in which there was nothing to do.
    private const int IdleVisitsPerReading = 256;

    private readonly Databases _databases;
    private readonly TimeProvider _stopwatch;

    // Where the next visit goes: stripe by stripe through database after database.
    private int _place;

    /// <param name="databases">What to sweep.</param>
    /// <param name="stopwatch">Measures the budget. Not the clock that keys expire by, which an embedder may
    /// move.</param>
    public ActiveExpirySweep(Databases databases, TimeProvider stopwatch)
    {
        _databases = databases;
        _stopwatch = stopwatch;
    }

    /// <summary>Deletes what is due until there is nothing or the budget is spent.</summary>
    /// <param name="nowMs">Unix time in milliseconds: what expires then or earlier is due.</param>
    /// <param name="budget">Overrun by one visit at most; a run makes at least one.</param>
    public ActiveExpiryRun Run(long nowMs, TimeSpan budget)
    {
        var started = _stopwatch.GetTimestamp();
        var places = _databases.Count * _databases.StripeCount;
        var removed = 0L;
        var nextExpiryMs = long.MaxValue;
        var cleanPlaces = 0;
        var idleVisits = 0;
        while (cleanPlaces < places)
        {
            if (TryPassUnused())
            {
                cleanPlaces += _databases.StripeCount;
                continue;
            }

            var sweep = VisitNext(nowMs);
            removed += sweep.Removed;

            // Done when a whole round has left nothing that is due.
            (cleanPlaces, nextExpiryMs) = sweep.HasMoreDue
                ? (0, long.MaxValue)
                : (cleanPlaces + 1, Math.Min(nextExpiryMs, sweep.NextExpiryMs));

            if (sweep.Removed == 0 && ++idleVisits < IdleVisitsPerReading)
                continue;
            idleVisits = 0;
            if (_stopwatch.GetElapsedTime(started) >= budget)
                break;
        }

        return new ActiveExpiryRun(removed, cleanPlaces < places, nextExpiryMs);
    }

    /// <summary>
    /// Passes a whole database without keys in one step: most of sixteen are, and the server looks ten times a second.
    /// </summary>
    private bool TryPassUnused()
    {
        var (database, stripe) = Math.DivRem(_place, _databases.StripeCount);
        if (stripe != 0 || !_databases[database].IsUnused)
            return false;
        _place = database + 1 < _databases.Count ? _place + _databases.StripeCount : 0;
        return true;
    }

    private ExpirySweep VisitNext(long nowMs)
    {
        var place = _place;
        _place = place + 1 < _databases.Count * _databases.StripeCount ? place + 1 : 0;
        var (database, stripe) = Math.DivRem(place, _databases.StripeCount);
        var keys = _databases[database].ExpireDue(stripe, nowMs, KeysPerVisit);
        if (keys.HasMoreDue)
            return keys;
        var fields = _databases[database].ExpireFields(stripe, nowMs, KeysPerVisit);
        return new ExpirySweep(keys.Removed + fields.Removed, Math.Min(keys.NextExpiryMs, fields.NextExpiryMs), nowMs);
    }
}

/// <summary>What one run of <see cref="ActiveExpirySweep"/> did.</summary>
/// <param name="Removed">Keys and fields deleted.</param>
/// <param name="HasMore">The budget ended before it was known that nothing due is left: run again soon.</param>
/// <param name="NextExpiryMs">
/// When nothing was left: the earliest expiry time of all keys and fields as they were passed, or
/// <see cref="long.MaxValue"/>. Keys may have got earlier ones since.
/// </param>
public readonly record struct ActiveExpiryRun(long Removed, bool HasMore, long NextExpiryMs);
