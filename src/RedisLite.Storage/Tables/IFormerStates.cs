namespace RedisLite.Storage.Tables;

/// <summary>A running snapshot, as tables see it: what has to be told before a state of its cut is gone.</summary>
internal unsafe interface IFormerStates
{
    /// <summary>A record of the cut that is not saved yet is about to change. LOCK: its stripe, exclusive.</summary>
    void Preserve(int database, Record* record, long expireAtMs);

    /// <summary>
    /// Keeps tables that were taken out of a database until the snapshot has seen them, and disposes them then.
    /// </summary>
    /// <returns>False when the snapshot has ended: the caller frees them itself.</returns>
    bool TryKeep(IDisposable tables);
}
