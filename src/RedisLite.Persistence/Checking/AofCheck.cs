using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Rdb;

namespace RedisLite.Persistence.Checking;

/// <summary>What <see cref="AofCheck"/> found out about one file.</summary>
/// <param name="Name">Its name in the append only directory.</param>
/// <param name="Length">Its length when it was checked.</param>
/// <param name="GoodLength">Up to here it is sound.</param>
/// <param name="Problem">What is wrong behind that; null if nothing is.</param>
/// <param name="CanBeCut">Whether cutting it at <paramref name="GoodLength"/> would leave a sound data set.</param>
public sealed record AofFileCheck(string Name, long Length, long GoodLength, string? Problem, bool CanBeCut);

/// <summary>What <see cref="AofCheck"/> found out.</summary>
/// <param name="Problem">What is wrong with the directory as a whole; null if nothing is.</param>
/// <param name="Files">The files in load order, up to the first with a problem.</param>
public sealed record AofCheckReport(string? Problem, IReadOnlyList<AofFileCheck> Files)
{
    /// <summary>Whether the server would load all of it, and nothing would be cut off.</summary>
    public bool IsSound => Problem is null && Files.All(file => file.Problem is null);

    /// <summary>The file that cutting would repair, or null.</summary>
    public AofFileCheck? Repairable => Problem is null ? Files.FirstOrDefault(file => file.CanBeCut) : null;
}

/// <summary>Checks an append only directory without loading it, as <c>redis-check-aof</c> does.</summary>
/// <remarks>
/// Reads, and changes nothing but by <see cref="Fix"/>. Not for the directory of a running server: its last file may
/// look torn at any moment. The lines it gives are for people and look like those of Redis's program.
/// </remarks>
public sealed class AofCheck
{
    private const string ManifestSuffix = ".manifest";

    private readonly AofLocation _location;
    private readonly IStorageDevice _device;
    private readonly Action<string> _line;

    /// <param name="location">Where the files are.</param>
    /// <param name="device">On which disk.</param>
    /// <param name="line">Takes the report, line by line.</param>
    public AofCheck(AofLocation location, IStorageDevice device, Action<string> line)
    {
        _location = location;
        _device = device;
        _line = line;
    }

    /// <summary>
    /// Finds what is meant by what a person typed: the append only directory itself, recognized by the manifest in it;
    /// the data directory that holds it under its usual name; or its manifest.
    /// </summary>
    public static AofLocation Locate(string path, IStorageDevice device)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (device.FileExists(path) && path.EndsWith(ManifestSuffix, StringComparison.Ordinal))
            return LocationOf(Path.GetDirectoryName(path)!, Path.GetFileName(path));
        var manifest = device.DirectoryExists(path)
            ? device.ListFiles(path).Order(StringComparer.Ordinal)
                .FirstOrDefault(name => name.EndsWith(ManifestSuffix, StringComparison.Ordinal)
                    && !name.StartsWith("temp-", StringComparison.Ordinal))
            : null;
        return manifest is null ? new AofLocation(path) : LocationOf(path, manifest);
    }

    /// <summary>Checks the manifest and every file that it names.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public AofCheckReport Run()
    {
        AofManifest? manifest;
        try
        {
            manifest = AofDirectory.ReadManifest(_location, _device);
        }
        catch (AofDirectoryException error)
        {
            return Fail(error.Message);
        }

        if (manifest is null || manifest.IsEmpty)
            return Fail($"There is no AOF manifest in {_location.DirectoryPath}, or it names no files.");

        _line("Start checking Multi Part AOF");
        var last = manifest.FindLastWritten(
            file => _device.FileExists(PathOf(file.Name)) ? _device.GetLength(PathOf(file.Name)) : 0);
        var checks = new List<AofFileCheck>();
        foreach (var file in manifest.LoadOrder)
        {
            if (!_device.FileExists(PathOf(file.Name)))
                return Fail($"Cannot open file {PathOf(file.Name)}: it does not exist", checks);
            checks.Add(CheckFile(file, isLast: file == last));
            if (checks[^1].Problem is not null)
                return new AofCheckReport(null, checks);
        }

        _line("All AOF files and manifest are valid");
        return new AofCheckReport(null, checks);
    }

    /// <summary>
    /// Checks one file that needs no manifest: the append only file of an older Redis, one file of a directory that is
    /// looked at by itself, or an RDB file.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="device">On which disk.</param>
    /// <param name="line">Takes the report, line by line.</param>
    /// <exception cref="IOException">The disk failed.</exception>
    public static (AofCheck Check, AofCheckReport Report) RunFile(
        string path, IStorageDevice device, Action<string> line)
    {
        path = Path.GetFullPath(path);
        var directory = Path.GetDirectoryName(path)!;
        var location = new AofLocation(Path.GetDirectoryName(directory) ?? directory, Path.GetFileName(directory));
        var check = new AofCheck(location, device, line);
        line($"{path} is a single file, not an append only directory: checking it by itself");
        var file = check.CheckFile(new AofFileInfo(Path.GetFileName(path), 1, AofFileType.Base), isLast: true);
        return (check, new AofCheckReport(null, [file]));
    }

    /// <summary>
    /// Cuts the file off where the report says that it stops being sound. What is behind that is lost.
    /// </summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Fix(AofFileCheck file)
    {
        if (!file.CanBeCut)
            throw new ArgumentException("Cutting this file would not repair it.", nameof(file));
        using (var writable = _device.OpenWrite(PathOf(file.Name), truncate: false))
        {
            writable.Truncate(file.GoodLength);
            writable.Sync();
        }

        _line($"Successfully truncated AOF {file.Name} from {file.Length} to {file.GoodLength} bytes");
    }

    private AofFileCheck CheckFile(AofFileInfo file, bool isLast)
    {
        var kind = file.Type == AofFileType.Base ? "BASE" : "INCR";
        _line($"Start to check {kind} AOF {file.Name}");
        var length = _device.GetLength(PathOf(file.Name));
        using var reader = new AofReader(_device.OpenRead(PathOf(file.Name)));
        var isSnapshotSound = true;
        string? problem = null;
        try
        {
            if (reader.StartsWithRdb())
            {
                isSnapshotSound = false;
                ReadSnapshot(reader);
                isSnapshotSound = true;
            }

            while (reader.Read())
            {
                // Reading is the check.
            }

            if (reader.IsTorn)
                problem = $"at byte {reader.GoodLength}: {reader.TornReason}";
        }
        catch (DamagedFileException error)
        {
            problem = error.Message;
        }

        var good = reader.GoodLength;
        if (problem is not null)
            _line(problem);
        _line($"AOF analyzed: filename={file.Name}, size={length}, ok_up_to={good}, commands={reader.CommandCount}, "
            + $"diff={length - good}");
        if (problem is null)
            _line($"{kind} AOF {file.Name} is valid");
        else
            ExplainRepair(file.Name, length, good, isLast, isSnapshotSound);
        return new AofFileCheck(file.Name, length, good, problem, problem is not null && isLast && isSnapshotSound);
    }

    private void ReadSnapshot(AofReader reader)
    {
        _line("The file starts with an RDB preamble, checking it");
        long keys = 0, expiring = 0;
        var rdb = reader.ReadRdb(new RdbReaderOptions { SkipUnknownTypes = true });
        while (rdb.Read())
        {
            if (rdb.Kind == RdbRecordKind.Collection)
                rdb.ReadInto(CheckingSink.Instance);
            else if (rdb.Kind is not (RdbRecordKind.String or RdbRecordKind.SkippedKey))
                continue;
            keys++;
            expiring += rdb.ExpireAtMs == RdbReader.NoExpiry ? 0 : 1;
        }

        _line($"[info] {keys} keys read");
        _line($"[info] {expiring} expires");
        if (rdb.SkippedCount > 0)
            _line($"[info] {rdb.SkippedCount} of a type that is not supported");
        _line("RDB preamble is OK, proceeding with AOF tail...");
    }

    private void ExplainRepair(string name, long length, long good, bool isLast, bool isSnapshotSound)
    {
        if (!isSnapshotSound)
            _line($"The snapshot in {name} is damaged. It cannot be repaired: bring the file back from a copy.");
        else if (!isLast)
            _line($"AOF {name} is not the last file, so cutting it off would lose what comes in between: bring the "
                + "file back from a copy.");
        else
            _line($"AOF {name} is not valid. --fix-aof cuts its last {length - good} bytes off, from {length} to "
                + $"{good}; keep a copy.");
    }

    private AofCheckReport Fail(string problem, IReadOnlyList<AofFileCheck>? files = null)
    {
        _line(problem);
        return new AofCheckReport(problem, files ?? []);
    }

    private static AofLocation LocationOf(string directory, string manifest) => new(
        Path.GetDirectoryName(directory) ?? directory, Path.GetFileName(directory), manifest[..^ManifestSuffix.Length]);

    private string PathOf(string name) => Path.Combine(_location.DirectoryPath, name);
}
