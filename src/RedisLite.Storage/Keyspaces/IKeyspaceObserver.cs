namespace RedisLite.Storage.Keyspaces;

/// <summary>Hears of every change to a key, for WATCH, client-side caching and the like.</summary>
/// <remarks>
/// LOCK: called on the changing thread while it holds the key's stripe exclusively. An implementation must be short,
/// wait for nothing, not call back into the table, and not keep the key's bytes.
/// </remarks>
public interface IKeyspaceObserver
{
    /// <summary>
    /// A key was set, overwritten, resized, deleted, renamed (both names) or got another expiry time.
    /// </summary>
    void Changed(int database, in Key key);

    /// <summary>A key was deleted because its time had come; <see cref="Changed"/> is not called for it.</summary>
    void Expired(int database, in Key key);

    /// <summary>
    /// Fields of a hash were deleted because their time had come; <see cref="Changed"/> is not called for it.
    /// </summary>
    /// <param name="database">The key's.</param>
    /// <param name="key">The hash's.</param>
    /// <param name="fields">The fields; valid during the call.</param>
    /// <param name="isDeleted">They were its last ones: the key is gone with them.</param>
    void FieldsExpired(int database, in Key key, Values.FieldNames fields, bool isDeleted);

    /// <summary>A key was deleted to make room; <see cref="Changed"/> is not called for it.</summary>
    void Evicted(int database, in Key key);

    /// <summary>
    /// All keys of a database went or were exchanged: FLUSHDB, SWAPDB. All stripes are held exclusively.
    /// </summary>
    /// <param name="database">Its number; it holds its new keys already.</param>
    /// <param name="former">The keys that it held before.</param>
    void Flushed(int database, FormerKeys former);
}
