using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Persistence.Files;

namespace RedisLite.EndToEnd.Tests.Persistence;

/// <summary>A real disk whose operations fail, or do not end, when a test says so. Any thread.</summary>
/// <remarks>
/// Operations are named as in "fsync appendonly.aof.1.incr.aof": what is done, and to which file or directory.
/// </remarks>
internal sealed class FaultyDevice : IStorageDevice
{
    private readonly DiskDevice _disk = DiskDevice.Instance;
    private volatile Action<string>? _before;

    /// <summary>Operations whose name has one of these in it fail from now on, and no others.</summary>
    public void Fail(params string[] failing) => _before = operation =>
    {
        if (failing.Any(text => operation.Contains(text, StringComparison.Ordinal)))
            throw new IOException($"No space left on device: {operation}");
    };

    /// <summary>The first operation of the name fails, and none after it.</summary>
    public void FailOnce(string failing) => _before = operation =>
    {
        if (!operation.Contains(failing, StringComparison.Ordinal))
            return;
        _before = null;
        throw new IOException($"Input/output error: {operation}");
    };

    /// <summary>Operations of the name do not end before they are told to.</summary>
    public Barrier Block(string blocked)
    {
        var barrier = new Barrier();
        _before = operation =>
        {
            if (operation.Contains(blocked, StringComparison.Ordinal))
                barrier.Arrive();
        };
        return barrier;
    }

    /// <summary>Everything works again.</summary>
    public void Heal() => _before = null;

    public bool FileExists(string path) => _disk.FileExists(path);

    public bool DirectoryExists(string path) => _disk.DirectoryExists(path);

    public IReadOnlyList<string> ListFiles(string directory) => _disk.ListFiles(directory);

    public long GetLength(string path) => _disk.GetLength(path);

    public Stream OpenRead(string path)
    {
        Before("read", path);
        return _disk.OpenRead(path);
    }

    public IDisposable? TryLock(string path) => _disk.TryLock(path);

    public IWritableFile OpenWrite(string path, bool truncate)
    {
        Before("open", path);
        return new FaultyFile(this, Path.GetFileName(path), _disk.OpenWrite(path, truncate));
    }

    public void CreateDirectory(string path)
    {
        Before("create", path);
        _disk.CreateDirectory(path);
    }

    public void Rename(string from, string to)
    {
        Before("rename", to);
        _disk.Rename(from, to);
    }

    public void Delete(string path)
    {
        Before("delete", path);
        _disk.Delete(path);
    }

    public void SyncDirectory(string path)
    {
        Before("fsync", path);
        _disk.SyncDirectory(path);
    }

    private void Before(string operation, string path) => _before?.Invoke($"{operation} {Path.GetFileName(path)}");

    private sealed class FaultyFile(FaultyDevice device, string name, IWritableFile file) : IWritableFile
    {
        public long Length => file.Length;

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset) =>
            Write(buffers.SelectMany(buffer => buffer.ToArray()).ToArray(), offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            try
            {
                device.Before("write", name);
            }
            catch
            {
                // As a full disk does: a part of it fits.
                file.Write(bytes[..(bytes.Length / 2)], offset);
                throw;
            }

            file.Write(bytes, offset);
        }

        public void Truncate(long length)
        {
            device.Before("truncate", name);
            file.Truncate(length);
        }

        public void Sync()
        {
            device.Before("fsync", name);
            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }

    /// <summary>Where operations wait.</summary>
    internal sealed class Barrier : IDisposable
    {
        private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _open = new();

        /// <summary>Completes when the first operation waits.</summary>
        public Task Arrived => _arrived.Task.WaitAsync(RespClient.SafetyNet);

        public void Open() => _open.Set();

        public void Arrive()
        {
            _arrived.TrySetResult();
            if (!_open.Wait(RespClient.SafetyNet))
                throw new IOException("Nobody opened the barrier.");
        }

        public void Dispose() => Open();
    }
}
