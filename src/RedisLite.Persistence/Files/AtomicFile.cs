namespace RedisLite.Persistence.Files;

/// <summary>A file that appears under its name whole and durable, or not at all.</summary>
/// <remarks>
/// <code>
///   write temporary file -> fsync it -> rename -> fsync directory
/// </code>
/// Whatever moment the machine stops at, the name leads to the old content or to the new. Used by one thread at a time.
/// </remarks>
public sealed class AtomicFile : IDisposable
{
    private readonly IStorageDevice _device;
    private readonly string _directory;
    private readonly string _temporaryPath;
    private readonly WritableFileStream _output;
    private bool _renamed;

    /// <param name="device">Where files are kept.</param>
    /// <param name="directory">The directory of both names; it must exist.</param>
    /// <param name="temporaryName">The name meanwhile. An older file of that name is lost.</param>
    public AtomicFile(IStorageDevice device, string directory, string temporaryName)
    {
        _device = device;
        _directory = directory;
        _temporaryPath = Path.Combine(directory, temporaryName);
        _output = new WritableFileStream(device.OpenWrite(_temporaryPath, truncate: true));
    }

    /// <summary>Takes the content. Not buffered: write blocks, not bytes.</summary>
    public Stream Output => _output;

    /// <summary>
    /// Whether the name may lead to this content: known for certain only when <see cref="Commit"/> has returned.
    /// </summary>
    public bool MayHaveItsName { get; private set; }

    /// <summary>Makes the content durable and gives it its name.</summary>
    /// <exception cref="IOException">
    /// The name leads to the old content, or (if the directory could not be synced) perhaps to the new.
    /// </exception>
    public void Commit(string name)
    {
        _output.Sync();
        _output.Dispose();
        MayHaveItsName = true;
        _device.Rename(_temporaryPath, Path.Combine(_directory, name));
        _renamed = true;
        _device.SyncDirectory(_directory);
    }

    /// <summary>Deletes the temporary file unless it got its name.</summary>
    public void Dispose()
    {
        _output.Dispose();
        if (_renamed)
            return;
        try
        {
            _device.Delete(_temporaryPath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A disk that fails now has failed before, and that failure is the one to report. The next start cleans up.
        }
    }

    /// <summary>Writes a whole small file.</summary>
    public static void Write(
        IStorageDevice device, string directory, string temporaryName, string name, ReadOnlySpan<byte> content)
    {
        using var file = new AtomicFile(device, directory, temporaryName);
        file.Output.Write(content);
        file.Commit(name);
    }
}
