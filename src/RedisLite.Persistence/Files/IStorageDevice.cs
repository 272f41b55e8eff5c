namespace RedisLite.Persistence.Files;

/// <summary>The operations on files that durability rests on.</summary>
/// <remarks>
/// There is one implementation for real disks, <see cref="DiskDevice"/>. The interface exists for tests, which put
/// failures before and after each operation here and model what a power failure leaves, so that production code holds
/// no fail points. Failures are <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>. Thread-safe.
/// </remarks>
public interface IStorageDevice
{
    /// <summary>Whether a file (not a directory) is there.</summary>
    bool FileExists(string path);

    /// <summary>Whether a directory is there.</summary>
    bool DirectoryExists(string path);

    /// <summary>The names (not paths) of the files in a directory, in no order.</summary>
    IReadOnlyList<string> ListFiles(string directory);

    /// <summary>The length of a file in bytes.</summary>
    long GetLength(string path);

    /// <summary>Opens a file to be read front to back, while others may write to it.</summary>
    Stream OpenRead(string path);

    /// <summary>Opens a file for writing, made if it is not there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="truncate">Whether its content is discarded.</param>
    IWritableFile OpenWrite(string path, bool truncate);

    /// <summary>Makes a directory and those above it; does nothing if it is there.</summary>
    void CreateDirectory(string path);

    /// <summary>
    /// Gives a file another name, replacing what had it, in one step: it has the one or the other, always.
    /// </summary>
    /// <remarks>Durable only after <see cref="SyncDirectory"/>.</remarks>
    void Rename(string from, string to);

    /// <summary>Deletes a file; does nothing if it is not there.</summary>
    void Delete(string path);

    /// <summary>
    /// Locks a file, made if it is not there, against everybody: other processes, and others in this one.
    /// </summary>
    /// <remarks>The operating system ends the lock with the process, however that ends; the file stays.</remarks>
    /// <returns>What releases the lock when it is disposed; null if somebody else has it.</returns>
    IDisposable? TryLock(string path);

    /// <summary>Makes the names in a directory durable: files created, renamed and deleted.</summary>
    void SyncDirectory(string path);
}

/// <summary>A file open for writing at any offset. One thread at a time, and <see cref="Sync"/> beside it.</summary>
public interface IWritableFile : IDisposable
{
    /// <summary>The length in bytes.</summary>
    long Length { get; }

    /// <summary>Writes buffers one behind the other. After a failure, any part of them may have been written.</summary>
    void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset);

    /// <summary>Writes bytes. After a failure, any part of them may have been written.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts the file off.</summary>
    void Truncate(long length);

    /// <summary>Returns when everything is on the disk that was written before the call.</summary>
    /// <remarks>
    /// After a failure nothing is known about what was written since the last success, not even after a later success:
    /// an operating system may report a lost write once and forget it.
    /// </remarks>
    void Sync();
}
