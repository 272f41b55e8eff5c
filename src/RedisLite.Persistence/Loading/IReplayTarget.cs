using RedisLite.Protocol;
using RedisLite.Storage.Serialization;

namespace RedisLite.Persistence.Loading;

/// <summary>What kind of file is loaded.</summary>
public enum LoadedFile
{
    /// <summary>A snapshot that stands for itself: what has expired since it was made need not be taken.</summary>
    Snapshot,

    /// <summary>
    /// A part of the append only file. Everything must be taken, with times of expiry long past too: the commands that
    /// follow were executed when those keys were alive, and one of them may have prolonged their life. Those that did
    /// expire are deleted by a command, or after the load, and that deletion is logged.
    /// </summary>
    AppendOnly,
}

/// <summary>
/// Takes what is loaded from files, in order, on the loading thread. The server puts it into its keyspace.
/// </summary>
/// <remarks>Spans are valid during the call only.</remarks>
public interface IReplayTarget
{
    /// <summary>A file starts: commands begin in database 0, outside any transaction.</summary>
    void BeginFile(string name, LoadedFile kind);

    /// <summary>What a snapshot says of itself, or of the stream that it is a part of.</summary>
    void TakeFact(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
    }

    /// <summary>All keys of a snapshot have been given: those that were put off are loaded now.</summary>
    void EndKeys()
    {
    }

    /// <summary>The append only file is loaded.</summary>
    /// <param name="id">The stream of a primary that it goes on with; null for none.</param>
    /// <param name="offset">How much of that is loaded.</param>
    void EndStream(string? id, long offset)
    {
    }

    /// <summary>So many keys of a database follow: a hint, from a file that may be wrong.</summary>
    void ExpectKeys(int database, long keys);

    /// <summary>A key of a snapshot. Expired ones are given too; see <see cref="LoadedFile"/>.</summary>
    /// <param name="database">Its database, any number from 0.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Its string.</param>
    /// <param name="expireAtMs">Milliseconds since 1970, or negative for never.</param>
    /// <returns>Null, or why it cannot be loaded, which ends the load.</returns>
    string? LoadString(int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAtMs);

    /// <summary>Whether there is a place for collections of this type; others end the load or are left out.</summary>
    bool CanLoad(RdbType type) => true;

    /// <summary>A key of a snapshot that holds a collection.</summary>
    /// <param name="database">Its database, any number from 0.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value, to be decoded during the call, or left. One without elements is to be left
    /// out.</param>
    /// <param name="expireAtMs">Milliseconds since 1970, or negative for never.</param>
    /// <returns>Null, or why it cannot be loaded, which ends the load.</returns>
    string? LoadCollection(int database, ReadOnlySpan<byte> key, ISerializedValue value, long expireAtMs);

    /// <summary>A library of functions; left out by who has no place for it.</summary>
    /// <param name="text">Its source.</param>
    /// <returns>Null, or why it cannot be loaded, which ends the load.</returns>
    string? LoadLibrary(ReadOnlySpan<byte> text) => null;

    /// <summary>A command of the append only file; MULTI and EXEC are among them.</summary>
    /// <returns>Null, or why it cannot be executed, which ends the load.</returns>
    string? Execute(Arguments command);

    /// <summary>The file ended inside a transaction: what was queued since MULTI must not be executed.</summary>
    void AbandonTransaction();

    /// <summary>How far the load is, now and then.</summary>
    void ReportProgress(long loadedBytes, long totalBytes);
}
