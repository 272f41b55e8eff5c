using System.Diagnostics;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Configuration;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Loading;

namespace RedisLite.Persistence;

/// <summary>
/// Brings the data back at start: from the append only directory, or from the RDB file where there is none.
/// </summary>
internal sealed class DataLoader(
    RedisLiteSettings settings, CommandServices services, AofQueue queue, PersistenceStatus status,
    DataDirectoryLock directoryLock, IStorageDevice device, ILoggingAdapter log)
{
    private readonly PersistenceSettings _persistence = settings.Persistence;

    /// <summary>
    /// In a cluster: looks at what was loaded, before any file of the data is changed; returns lines for the log.
    /// </summary>
    public Func<IReadOnlyList<string>>? Adopt { get; init; }

    private string SnapshotPath => Path.Combine(_persistence.Directory, _persistence.DbFileName);

    /// <summary>Loads everything; on a thread of its own, since it takes as long as the files are large.</summary>
    /// <exception cref="LoadException">Files are damaged; the message says where and what to do.</exception>
    /// <exception cref="ServerStartException">Another server uses the directory.</exception>
    public LoadedData Load(CancellationToken cancellation)
    {
        if (_persistence.AppendOnly || services.Options.SavePoints.Count > 0)
        {
            directoryLock.Take();
            DeleteLeftovers();
        }

        status.Update(report => report with { IsLoading = true, LoadStartedAt = services.NowMs / 1000 });
        try
        {
            return LoadFiles(cancellation);
        }
        finally
        {
            status.Update(report => report with { IsLoading = false });
        }
    }

    /// <summary>
    /// What a snapshot that was killed has left: temp-number.rdb, by the number of a process that is gone.
    /// </summary>
    private void DeleteLeftovers()
    {
        try
        {
            foreach (var name in device.ListFiles(_persistence.Directory).Where(IsLeftover))
            {
                log.Info("Deleting {0}, which a snapshot that was killed has left", name);
                device.Delete(Path.Combine(_persistence.Directory, name));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warning("Could not delete what a killed snapshot has left: {0}", e.Message);
        }
    }

    private static bool IsLeftover(string name) =>
        name.StartsWith("temp-", StringComparison.Ordinal) && name.EndsWith(".rdb", StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(5..^4), out var process)
        && (process == Environment.ProcessId || !IsRunning(process));

    private static bool IsRunning(int process)
    {
        try
        {
            using var other = Process.GetProcessById(process);
            return !other.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private LoadedData LoadFiles(CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using var target = new ReplayTarget(services, status, log, skipsUnknown: _persistence.SkipUnknownTypes);
        var options = new LoadOptions
        {
            TruncateTornTail = services.Options.AofLoadTruncated,
            SkipUnknownTypes = _persistence.SkipUnknownTypes,
            VerifyChecksum = _persistence.RdbChecksum,
        };
        var loaded = _persistence.AppendOnly
            ? OpenForAppend(LoadAppendOnly(target, options, cancellation))
            : LoadSnapshot(LoadedFile.Snapshot, target, options, cancellation);
        if (loaded.Result is not { } result)
            return loaded;
        services.Replication.Restore(target.Facts);
        if (result.Torn is { } torn)
            log.Warning("Cut {0} bytes of a torn command off {1} at byte {2}: {3}", torn.Bytes, torn.Path, torn.Offset,
                torn.Reason);
        if (result.SkippedKeys > 0)
            log.Warning("{0} keys of types that are not supported were skipped, as asked for", result.SkippedKeys);
        if (target.SkippedCommands > 0)
            log.Warning("{0} commands that are not known were skipped, as asked for", target.SkippedCommands);
        status.Update(report => report with { LoadedKeys = result.Keys });
        log.Info(
            "DB loaded from disk: {0} keys and {1} commands, {2} bytes in {3:F3} seconds",
            result.Keys, result.Commands, result.Bytes, Stopwatch.GetElapsedTime(started).TotalSeconds);
        return loaded;
    }

    private LoadedData LoadAppendOnly(ReplayTarget target, LoadOptions options, CancellationToken cancellation)
    {
        var location = new AofLocation(
            _persistence.Directory, _persistence.AppendDirectoryName, _persistence.AppendFileName);
        var directory = AofDirectory.Open(location, device);
        if (!directory.Manifest.IsEmpty)
            return Adopted(new LoadedData(AofLoader.Load(directory, target, options, cancellation), directory));

        // No append only file yet: an RDB file beside it is the data so far, and becomes the first base, before
        // anything is served: an append only file without it would hide it from the next start.
        var loaded = LoadSnapshot(LoadedFile.AppendOnly, target, options, cancellation) with { Directory = directory };
        if (loaded.Result is not null)
        {
            directory.AdoptSnapshot(SnapshotPath);

            // Its increment is empty, and a reader begins that in database 0, where the stream perhaps does not stand.
            target.EndStream(null, 0);
        }

        return loaded;
    }

    /// <summary>
    /// Before anything is served: a directory that cannot be written must stop the start, not the first client.
    /// </summary>
    private LoadedData OpenForAppend(LoadedData loaded)
    {
        var directory = loaded.Directory!;
        var file = directory.OpenForAppend();
        try
        {
            directory.DeleteHistory();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warning(
                "Could not delete the files that an earlier rewrite has replaced; the next one tries again: {0}",
                e.Message);
        }

        return loaded with { Writer = new AofWriter(queue, directory, file, status.Aof) };
    }

    private LoadedData LoadSnapshot(
        LoadedFile kind, ReplayTarget target, LoadOptions options, CancellationToken cancellation)
    {
        return _persistence.LoadDump && device.FileExists(SnapshotPath)
            ? Adopted(new LoadedData(RdbLoader.Load(device, SnapshotPath, kind, target, options, cancellation)))
            : new LoadedData(null);
    }

    private LoadedData Adopted(LoadedData loaded)
    {
        foreach (var line in Adopt?.Invoke() ?? [])
            log.Warning("{0}", line);
        return loaded;
    }
}

/// <summary>What a start found.</summary>
/// <param name="Result">Null when there was nothing to load.</param>
/// <param name="Directory">The append only directory, when there is to be one.</param>
/// <param name="Writer">Its last file, open.</param>
internal sealed record LoadedData(LoadResult? Result, AofDirectory? Directory = null, AofWriter? Writer = null);
