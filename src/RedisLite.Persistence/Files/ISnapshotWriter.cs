namespace RedisLite.Persistence.Files;

/// <summary>Takes the keys of a snapshot one by one and puts them into a file of some format.</summary>
/// <remarks>
/// Keys come while a stripe is held, so they are only copied to a buffer; <see cref="Flush"/> is called when none is. One
/// thread at a time.
/// </remarks>
public interface ISnapshotWriter
{
    /// <summary>Bytes that wait for <see cref="Flush"/>.</summary>
    int Buffered { get; }

    /// <summary>Writes a key that holds a string.</summary>
    /// <param name="database">Its database; those of one database need not come together.</param>
    /// <param name="key">Copied, as the value is.</param>
    /// <param name="value">Its value.</param>
    /// <param name="expireAtMs">Milliseconds since 1970, or negative for never.</param>
    void WriteString(int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAtMs);

    /// <summary>Hands what is buffered to the file.</summary>
    void Flush();

    /// <summary>Writes what the format has at its end, and flushes.</summary>
    void Complete();
}
