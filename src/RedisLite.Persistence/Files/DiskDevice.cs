using Microsoft.Win32.SafeHandles;

namespace RedisLite.Persistence.Files;

/// <summary>Files on a real disk.</summary>
public sealed class DiskDevice : IStorageDevice
{
    private const int ReadBufferSize = 0; // the readers have their own

    private DiskDevice()
    {
    }

    /// <summary>The one instance; it has no state.</summary>
    public static DiskDevice Instance { get; } = new();

    /// <inheritdoc/>
    public bool FileExists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public bool DirectoryExists(string path) => Directory.Exists(path);

    /// <inheritdoc/>
    public IReadOnlyList<string> ListFiles(string directory) =>
        [.. Directory.EnumerateFiles(directory).Select(path => Path.GetFileName(path))];

    /// <inheritdoc/>
    public long GetLength(string path) => new FileInfo(path).Length;

    /// <inheritdoc/>
    public Stream OpenRead(string path) => new FileStream(
        path,
        FileMode.Open,
        FileAccess.Read,
        FileShare.ReadWrite | FileShare.Delete,
        ReadBufferSize,
        FileOptions.SequentialScan);

    /// <inheritdoc/>
    public IWritableFile OpenWrite(string path, bool truncate) => new DiskFile(File.OpenHandle(
        path,
        truncate ? FileMode.Create : FileMode.OpenOrCreate,
        FileAccess.Write,
        FileShare.Read | FileShare.Delete));

    /// <inheritdoc/>
    public void CreateDirectory(string path) => Directory.CreateDirectory(path);

    /// <inheritdoc/>
    public void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc/>
    public IDisposable? TryLock(string path)
    {
        try
        {
            // On Unix .NET makes this flock(2), which is gone with the last descriptor.
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (IsLockedByOther(error))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path) => DirectorySync.Sync(path);

    /// <summary>
    /// On Windows ERROR_SHARING_VIOLATION; on Unix the bare error number EAGAIN, which is 11 on Linux and 35 on the
    /// BSDs and macOS.
    /// </summary>
    private static bool IsLockedByOther(IOException error) =>
        OperatingSystem.IsWindows() ? (error.HResult & 0xFFFF) == 32 : error.HResult is 11 or 35;

    private sealed class DiskFile(SafeFileHandle handle) : IWritableFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset)
        {
            try
            {
                RandomAccess.Write(handle, buffers, offset);
            }
            catch (ArgumentOutOfRangeException error) when (offset >= 0)
            {
                throw TooLarge(error);
            }
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            try
            {
                RandomAccess.Write(handle, bytes, offset);
            }
            catch (ArgumentOutOfRangeException error) when (offset >= 0)
            {
                throw TooLarge(error);
            }
        }

        public void Truncate(long length) => RandomAccess.SetLength(handle, length);

        public void Sync() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();

        // What .NET makes of EFBIG: the file system, or a limit of the process, takes no longer file. It is a disk that
        // is full.
        private static IOException TooLarge(ArgumentOutOfRangeException error) => new("File too large", error);
    }
}
