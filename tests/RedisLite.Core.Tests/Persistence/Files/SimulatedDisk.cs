using RedisLite.Persistence.Files;

namespace RedisLite.Core.Tests.Persistence.Files;

/// <summary>What a power failure leaves of what was not synced.</summary>
/// <param name="Names">What becomes of names that no directory sync covered.</param>
/// <param name="Content">What becomes of content that no fsync covered.</param>
public sealed record PowerFailure(UnsyncedNames Names, UnsyncedContent Content)
{
    /// <summary>The end of the process alone: the operating system still has everything.</summary>
    public static PowerFailure ProcessOnly { get; } = new(UnsyncedNames.Kept, UnsyncedContent.Kept);

    /// <summary>Nothing is left but what was synced.</summary>
    public static PowerFailure Worst { get; } = new(UnsyncedNames.Lost, UnsyncedContent.Lost);

    public static IReadOnlyList<PowerFailure> All { get; } =
    [
        .. from names in Enum.GetValues<UnsyncedNames>()
           from content in Enum.GetValues<UnsyncedContent>()
           select new PowerFailure(names, content),
    ];
}

public enum UnsyncedNames
{
    Kept,
    Lost,

    /// <summary>What replaced another file is there, and what is new is not: nothing orders the two.</summary>
    OnlyReplacedKept,
}

public enum UnsyncedContent
{
    Kept,
    Lost,
    HalfKept,
    Zeros,
}

/// <summary>The machine stopped here; nobody may catch this but the test.</summary>
public sealed class SimulatedCrashException : Exception;

/// <summary>
/// Files in memory that know what would survive a power failure, with a fail point before, after and (for writes)
/// within each operation. Operations are numbered from 1 as they happen.
/// </summary>
/// <remarks>There is a directory /data from the start.</remarks>
public sealed class SimulatedDisk : IStorageDevice
{
    private readonly Dictionary<string, Inode> _names = [];
    private Dictionary<string, Inode> _durableNames = [];
    private readonly HashSet<string> _directories = [];
    private readonly HashSet<string> _durableDirectories = [];

    public SimulatedDisk() => _ = _directories.Add("/data") && _durableDirectories.Add("/data");

    /// <summary>Called before (with "before write name") and after each operation; may throw.</summary>
    public Action<string>? FailPoint { get; set; }

    /// <summary>
    /// Given the length of a write, how much of it gets to the file before it fails; null if it does not fail.
    /// </summary>
    public Func<int, int?>? FailWrite { get; set; }

    public IEnumerable<string> Paths => _names.Keys;

    /// <summary>What is there after the machine started again.</summary>
    public SimulatedDisk Reboot(PowerFailure failure)
    {
        var disk = new SimulatedDisk();
        disk._directories.UnionWith(failure.Names == UnsyncedNames.Kept ? _directories : _durableDirectories);
        disk._durableDirectories.UnionWith(disk._directories);
        foreach (var (path, inode) in NamesAfter(failure.Names))
        {
            if (disk._directories.Contains(Path.GetDirectoryName(path)!))
                disk._names[path] = disk._durableNames[path] = new Inode(inode.AfterFailure(failure.Content));
        }

        return disk;
    }

    private IEnumerable<KeyValuePair<string, Inode>> NamesAfter(UnsyncedNames unsynced) => unsynced switch
    {
        UnsyncedNames.Kept => _names,
        UnsyncedNames.Lost => _durableNames,
        _ =>
            _durableNames.Select(name => KeyValuePair.Create(name.Key, _names.GetValueOrDefault(name.Key, name.Value))),
    };

    public byte[] ReadAll(string path) => Find(path).Content.ToArray();

    public void WriteAll(string path, byte[] content) =>
        _names[path] = _durableNames[path] = new Inode(content);

    public bool FileExists(string path) => _names.ContainsKey(path);

    public bool DirectoryExists(string path) => _directories.Contains(path);

    public IReadOnlyList<string> ListFiles(string directory) =>
        [.. _names.Keys.Where(path => Path.GetDirectoryName(path) == directory).Select(path => Path.GetFileName(path))];

    public long GetLength(string path) => Find(path).Content.Count;

    public Stream OpenRead(string path) => new MemoryStream([.. Find(path).Content], writable: false);

    public IWritableFile OpenWrite(string path, bool truncate)
    {
        Assert.Contains(Path.GetDirectoryName(path)!, _directories);
        return Operate($"open {path}", () =>
        {
            if (!_names.TryGetValue(path, out var inode))
                _names[path] = inode = new Inode([]);
            if (truncate)
                inode.Content.Clear();
            return new OpenFile(this, path, inode);
        });
    }

    public void CreateDirectory(string path) => Operate($"create {path}", () => _directories.Add(path));

    public void Rename(string from, string to) => Operate($"rename {to}", () =>
    {
        _names[to] = Find(from);
        return _names.Remove(from);
    });

    public void Delete(string path) => Operate($"delete {path}", () => _names.Remove(path));

    public IDisposable? TryLock(string path) => new MemoryStream();

    public void SyncDirectory(string path) => Operate($"sync {path}", () =>
    {
        var elsewhere = _durableNames.Where(name => Path.GetDirectoryName(name.Key) != path);
        var here = _names.Where(name => Path.GetDirectoryName(name.Key) == path);
        _durableDirectories.UnionWith(_directories.Where(directory => Path.GetDirectoryName(directory) == path));
        return _durableNames = elsewhere.Concat(here).ToDictionary();
    });

    private T Operate<T>(string operation, Func<T> effect)
    {
        FailPoint?.Invoke("before " + operation);
        var result = effect();
        FailPoint?.Invoke("after " + operation);
        return result;
    }

    private Inode Find(string path) =>
        _names.TryGetValue(path, out var inode) ? inode : throw new FileNotFoundException(path, path);

    private sealed class Inode(byte[] content)
    {
        public List<byte> Content { get; } = [.. content];

        public byte[] Synced { get; set; } = content;

        public byte[] AfterFailure(UnsyncedContent unsynced)
        {
            var common = Synced.AsSpan().CommonPrefixLength(Content.ToArray());
            return unsynced switch
            {
                UnsyncedContent.Kept => [.. Content],
                UnsyncedContent.Lost => Synced,
                UnsyncedContent.HalfKept => [.. Content.Take(common + ((Content.Count - common) / 2))],
                _ => [.. Content.Take(common), .. new byte[Content.Count - common]],
            };
        }
    }

    private sealed class OpenFile(SimulatedDisk disk, string path, Inode inode) : IWritableFile
    {
        public long Length => inode.Content.Count;

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset) =>
            Write(buffers.SelectMany(buffer => buffer.ToArray()).ToArray(), offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            var all = bytes.ToArray();
            var limit = disk.FailWrite?.Invoke(all.Length);
            disk.Operate($"write {path}", () => WriteSome(all.AsSpan(0, limit ?? all.Length).ToArray(), (int)offset));
            if (limit != null)
                throw new IOException("No space left on device");
        }

        public void Truncate(long length) => disk.Operate($"truncate {path}", () =>
        {
            inode.Content.RemoveRange((int)length, inode.Content.Count - (int)length);
            return 0;
        });

        public void Sync() => disk.Operate($"fsync {path}", () => inode.Synced = [.. inode.Content]);

        public void Dispose()
        {
        }

        private int WriteSome(byte[] bytes, int offset)
        {
            Assert.InRange(offset, 0, inode.Content.Count);
            var replaced = Math.Min(bytes.Length, inode.Content.Count - offset);
            inode.Content.RemoveRange(offset, replaced);
            inode.Content.InsertRange(offset, bytes);
            return bytes.Length;
        }
    }
}
