using RedisLite.Persistence.Files;

namespace RedisLite.Persistence;

/// <summary>Keeps a data directory to one server: two that append to the same files would destroy them.</summary>
/// <remarks>
/// A locked file and no file with a process's number: the system drops the lock when the process ends, by SIGKILL too,
/// so that nothing is ever left to be removed by hand. redis-server knows nothing of it and is not disturbed.
/// </remarks>
/// <param name="directory">The data directory; made when it is locked.</param>
/// <param name="device">Where it is.</param>
internal sealed class DataDirectoryLock(string directory, IStorageDevice device) : IDisposable
{
    private IDisposable? _lock;

    /// <exception cref="ServerStartException">Another server uses the directory.</exception>
    public void Take()
    {
        var path = Path.GetFullPath(directory);
        _lock = TryLock(path) ?? throw new ServerStartException(
            $"Another server uses the data directory {path}: {DataDirectory.LockFileName} in it is locked. Each "
                + "server needs a directory of its own (--dir)",
            null);
    }

    private IDisposable? TryLock(string path)
    {
        try
        {
            device.CreateDirectory(path);
            return device.TryLock(Path.Combine(path, DataDirectory.LockFileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"dir: '{directory}' cannot be used: {e.Message}", e);
        }
    }

    public void Dispose() => _lock?.Dispose();
}
