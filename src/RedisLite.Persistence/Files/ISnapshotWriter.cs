using RedisLite.Storage.Snapshots;

namespace RedisLite.Persistence.Files;

/// <summary>Takes the keys of a snapshot one by one and puts them into a file of some format.</summary>
/// <remarks>
/// Strings come while a stripe is held, so they are only copied to a buffer; <see cref="Flush"/> is called when none
/// is. Collections come while none is held, and may be flushed in pieces. One thread at a time.
/// </remarks>
public interface ISnapshotWriter
{
    /// <summary>Bytes that wait for <see cref="Flush"/>.</summary>
    int Buffered { get; }

    /// <summary>Writes a library of functions: its text. Before the first key.</summary>
    void WriteLibrary(ReadOnlySpan<byte> text);

    /// <summary>Writes a key with its value and expiry. The keys of one database need not come together.</summary>
    void Write(in SnapshotEntry entry);

    /// <summary>Hands what is buffered to the file.</summary>
    void Flush();

    /// <summary>Writes what the format has at its end, and flushes.</summary>
    void Complete();
}
