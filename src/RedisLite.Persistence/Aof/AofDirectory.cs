using RedisLite.Persistence.Files;

namespace RedisLite.Persistence.Aof;

/// <summary>Where the append only file is kept.</summary>
/// <param name="DataDirectory">The server's data directory (<c>dir</c>).</param>
/// <param name="DirectoryName">The directory in it (<c>appenddirname</c>).</param>
/// <param name="FileName">What all names in that start with (<c>appendfilename</c>).</param>
public sealed record AofLocation(
    string DataDirectory, string DirectoryName = "appendonlydir", string FileName = "appendonly.aof")
{
    /// <summary>The append only directory's path.</summary>
    public string DirectoryPath => Path.Combine(DataDirectory, DirectoryName);
}

/// <summary>The files that make up the append only file, and the steps that change which they are.</summary>
/// <remarks>
/// <code>
///   appendonlydir/
///     appendonly.aof.manifest            which files count, and in which order
///     appendonly.aof.2.base.rdb          the data set at the last rewrite
///     appendonly.aof.3.incr.aof          commands since then; the last increment is appended to
///     temp-*                             under construction; deleted at the next start
/// </code>
///
/// A rewrite goes: <see cref="StartIncrement"/> at the moment of the snapshot, <see cref="CreateBase"/> and its
/// content, <see cref="CompleteRewrite"/>, <see cref="DeleteHistory"/>. What counts changes by the rename of a finished
/// manifest alone, so that a crash between any two steps leaves files that load to the same data.
///
/// INVARIANT: a file that the manifest on the disk may name is never overwritten or deleted. After a failed step the
/// manifest on the disk may be the old or the new one, and both stay loadable: before anything else is made, the
/// manifest that counts is written once more, and only when that has worked are the files of the failed step deleted.
///
/// Used by one thread at a time.
/// </remarks>
public sealed class AofDirectory
{
    private const int CopyBlock = 1024 * 1024;

    private readonly IStorageDevice _device;
    private readonly HashSet<string> _unlisted = new(StringComparer.Ordinal); // made here, and named by no manifest yet
    private bool _hasManifest;
    private bool _isManifestUncertain;

    private AofDirectory(AofLocation location, IStorageDevice device, AofManifest? manifest)
    {
        Location = location;
        _device = device;
        _hasManifest = manifest is not null;
        Manifest = manifest ?? AofManifest.Empty;
    }

    /// <summary>Where the files are.</summary>
    public AofLocation Location { get; }

    /// <summary>Which files count, as the last successful step left it.</summary>
    public AofManifest Manifest { get; private set; }

    /// <summary>
    /// Finds out which files there are: takes over the single file of an older version, deletes what was left
    /// unfinished, and makes sure that every file is there. Where there is nothing, nothing is made.
    /// </summary>
    /// <exception cref="AofDirectoryException">Manifest damaged or missing, or a file missing.</exception>
    public static AofDirectory Open(AofLocation location, IStorageDevice device)
    {
        if (location.FileName.Length == 0 || !AofFileNames.IsPlainName(location.FileName))
            throw new AofDirectoryException("appendfilename can't be a path, just a filename");
        var directory = new AofDirectory(location, device, ReadManifest(location, device));
        directory.TakeOverSingleFile();
        directory.VerifyFiles();
        directory.DeleteTemporaryFiles();
        return directory;
    }

    /// <summary>Reads a manifest, or null if there is none.</summary>
    /// <exception cref="AofDirectoryException">The manifest is damaged.</exception>
    public static AofManifest? ReadManifest(AofLocation location, IStorageDevice device)
    {
        var path = Path.Combine(location.DirectoryPath, AofFileNames.Manifest(location.FileName));
        if (!device.FileExists(path))
            return null;
        using var stream = device.OpenRead(path);
        var content = new MemoryStream();
        stream.CopyTo(content);
        try
        {
            return AofManifest.Parse(content.ToArray());
        }
        catch (AofManifestException error)
        {
            throw new AofDirectoryException($"The AOF manifest {path} is damaged: {error.Message}", error);
        }
    }

    /// <summary>The path of a file in the directory.</summary>
    public string PathOf(string name) => Path.Combine(Location.DirectoryPath, name);

    /// <summary>The length of all files that are loaded.</summary>
    public long GetTotalLength() => Manifest.LoadOrder.Sum(GetLength);

    /// <summary>The length of all files that are loaded but the one that is appended to, which knows its own.</summary>
    public long GetClosedLength(AofIncrement current) =>
        Manifest.LoadOrder.Where(file => file.Name != current.Name).Sum(GetLength);

    /// <summary>The length of a file of the manifest.</summary>
    public long GetLength(AofFileInfo file) => _device.GetLength(PathOf(file.Name));

    /// <summary>Opens a file of the manifest to be read.</summary>
    public Stream OpenRead(AofFileInfo file) => _device.OpenRead(PathOf(file.Name));

    /// <summary>Cuts a torn tail off, durably.</summary>
    /// <param name="file">The last file of the load order.</param>
    /// <param name="length">The offset after its last whole command.</param>
    public void Truncate(AofFileInfo file, long length)
    {
        using var writable = _device.OpenWrite(PathOf(file.Name), truncate: false);
        writable.Truncate(length);
        writable.Sync();
    }

    /// <summary>
    /// Makes a copy of a snapshot the base and starts the first increment, in one step: until it is done the snapshot
    /// itself is what the next start loads.
    /// </summary>
    /// <param name="path">An RDB file outside the directory.</param>
    /// <exception cref="IOException">There are still no files that count.</exception>
    public void AdoptSnapshot(string path)
    {
        if (!Manifest.IsEmpty)
            throw new InvalidOperationException("The append only file is not empty.");
        using var increment = CreateIncrement();
        using var newBase = CreateBase();
        using (var snapshot = _device.OpenRead(path))
            snapshot.CopyTo(newBase.Output, CopyBlock);
        CompleteRewrite(newBase, isRdb: true, increment);
    }

    /// <summary>Opens the last increment for appending, or starts the first one.</summary>
    /// <exception cref="IOException">Nothing has changed that matters.</exception>
    public AofIncrement OpenForAppend()
    {
        if (Manifest.Increments.IsEmpty)
            return StartIncrement(current: null);
        var last = Manifest.Increments[^1];
        return new AofIncrement(last.Name, last.Sequence, _device.OpenWrite(PathOf(last.Name), truncate: false));
    }

    /// <summary>Starts a new increment, which takes all commands from now on.</summary>
    /// <param name="current">The increment until now. It is synced first, since only the last file may ever be
    /// torn.</param>
    /// <exception cref="IOException">The current increment is still the one to append to, unless it is
    /// broken.</exception>
    public AofIncrement StartIncrement(AofIncrement? current)
    {
        current?.Sync();
        var increment = CreateIncrement();
        try
        {
            Persist(Manifest.AddIncrement(increment.Name, increment.Sequence));
            return increment;
        }
        catch
        {
            increment.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes a file for a new increment that does not count before <see cref="CompleteRewrite"/> says so.
    /// </summary>
    /// <remarks>
    /// For a rewrite after a failed fsync: what the current increment lacks is only in the new base, so what comes
    /// after must not count without it. Do not acknowledge what is appended before the rewrite is complete. The next
    /// call deletes what a step that was not completed has left, its increment included.
    /// </remarks>
    /// <exception cref="IOException">Nothing has changed that matters.</exception>
    public AofIncrement CreateIncrement()
    {
        EnsureDirectory();
        DeleteUnlisted();
        var sequence = Manifest.NextIncrementSequence;
        while (_device.FileExists(PathOf(AofFileNames.Increment(Location.FileName, sequence))))
            sequence++;
        var name = AofFileNames.Increment(Location.FileName, sequence);
        _unlisted.Add(name);
        var file = new AofIncrement(name, sequence, _device.OpenWrite(PathOf(name), truncate: true));
        try
        {
            // The name must be durable before a manifest speaks of it.
            file.Sync();
            _device.SyncDirectory(Location.DirectoryPath);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Begins the file that is to become the new base. Disposing it gives it up.</summary>
    public AtomicFile CreateBase()
    {
        EnsureDirectory();
        return new AtomicFile(_device, Location.DirectoryPath, AofFileNames.Temporary(Location.FileName + ".base"));
    }

    /// <summary>Makes a finished file the new base.</summary>
    /// <param name="newBase">From <see cref="CreateBase"/>, its content written.</param>
    /// <param name="isRdb">Whether it is an RDB file; commands otherwise.</param>
    /// <param name="firstKept">The increment that was started at the moment that the base shows.</param>
    /// <exception cref="IOException">The old files are still the ones that count.</exception>
    public void CompleteRewrite(AtomicFile newBase, bool isRdb, AofIncrement firstKept)
    {
        var sequence = Manifest.NextBaseSequence;
        while (_device.FileExists(PathOf(AofFileNames.Base(Location.FileName, sequence, isRdb))))
            sequence++;
        var name = AofFileNames.Base(Location.FileName, sequence, isRdb);
        _unlisted.Add(name);
        newBase.Commit(name);
        var isListed = Manifest.Increments.Any(file => file.Sequence == firstKept.Sequence);
        var manifest = isListed ? Manifest : Manifest.AddIncrement(firstKept.Name, firstKept.Sequence);
        Persist(manifest.ReplaceBase(name, sequence, firstKept.Sequence));
    }

    /// <summary>Deletes the files that a rewrite has replaced.</summary>
    /// <exception cref="IOException">Some are left; it may be tried again.</exception>
    public void DeleteHistory()
    {
        if (Manifest.History.IsEmpty)
            return;
        foreach (var file in Manifest.History)
            _device.Delete(PathOf(file.Name));
        Persist(Manifest.WithoutHistory());
    }

    private void Persist(AofManifest manifest)
    {
        var name = AofFileNames.Manifest(Location.FileName);
        using var file = new AtomicFile(_device, Location.DirectoryPath, AofFileNames.Temporary(name));
        file.Output.Write(manifest.Format());
        try
        {
            file.Commit(name);
        }
        catch
        {
            _isManifestUncertain |= file.MayHaveItsName;
            throw;
        }

        Manifest = manifest;
        _hasManifest = true;
        _isManifestUncertain = false;
        foreach (var listed in manifest.LoadOrder)
            _unlisted.Remove(listed.Name);
    }

    /// <summary>
    /// The directory with a manifest in it, an empty one at first: files that no manifest names are a matter of course
    /// in the middle of a step, but beside no manifest at all they are a sign that it was lost. Afterwards the manifest
    /// on the disk is <see cref="Manifest"/>, whatever failed before.
    /// </summary>
    private void EnsureDirectory()
    {
        if (!_device.DirectoryExists(Location.DirectoryPath))
        {
            _device.CreateDirectory(Location.DirectoryPath);
            _device.SyncDirectory(Location.DataDirectory);
        }

        if (!_hasManifest || _isManifestUncertain)
            Persist(Manifest);
    }

    /// <summary>Deletes what a failed step has left. INVARIANT: the manifest on the disk is certain.</summary>
    private void DeleteUnlisted()
    {
        foreach (var name in _unlisted)
        {
            try
            {
                _device.Delete(PathOf(name));
                _unlisted.Remove(name);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It takes room and does no harm; the next time tries again, and until then nobody gets its number.
            }
        }
    }

    /// <summary>
    /// An older Redis kept one file in the data directory itself. It becomes the base: manifest first, then the file is
    /// moved, and a crash between the two is seen by the file still being in its old place.
    /// </summary>
    private void TakeOverSingleFile()
    {
        var oldPath = Path.Combine(Location.DataDirectory, Location.FileName);
        if (!_device.FileExists(oldPath))
            return;
        var interrupted = Manifest.Increments.IsEmpty
            && Manifest.Base?.Name == Location.FileName
            && !_device.FileExists(PathOf(Location.FileName));
        if (!Manifest.IsEmpty && !interrupted)
            return;
        ThrowIfFilesWithoutManifest();
        EnsureDirectory();
        if (!interrupted)
            Persist(AofManifest.FromSingleFile(Location.FileName));
        _device.Rename(oldPath, PathOf(Location.FileName));
        _device.SyncDirectory(Location.DirectoryPath);
        _device.SyncDirectory(Location.DataDirectory);
    }

    private void VerifyFiles()
    {
        ThrowIfFilesWithoutManifest();
        var missing = Manifest.LoadOrder.FirstOrDefault(file => !_device.FileExists(PathOf(file.Name)));
        if (missing is not null)
        {
            throw new AofDirectoryException(
                $"The AOF manifest names {PathOf(missing.Name)}, which does not exist. Bring the file back from a "
                + "copy; "
                + "without it the data set cannot be loaded.");
        }
    }

    /// <summary>Starting with nothing beside files full of data would look like losing them.</summary>
    private void ThrowIfFilesWithoutManifest()
    {
        if (_hasManifest || !_device.DirectoryExists(Location.DirectoryPath))
            return;
        var orphan = _device.ListFiles(Location.DirectoryPath)
            .FirstOrDefault(
                name => AofFileNames.IsData(name, Location.FileName) && _device.GetLength(PathOf(name)) > 0);
        if (orphan is not null)
        {
            throw new AofDirectoryException(
                $"{PathOf(orphan)} is there but no manifest names it. Bring back "
                + $"{PathOf(AofFileNames.Manifest(Location.FileName))} from a copy, or move the files away to start "
                + "empty.");
        }
    }

    private void DeleteTemporaryFiles()
    {
        if (!_device.DirectoryExists(Location.DirectoryPath))
            return;
        foreach (var name in _device.ListFiles(Location.DirectoryPath))
        {
            if (AofFileNames.IsTemporary(name, Location.FileName))
                _device.Delete(PathOf(name));
        }
    }
}
