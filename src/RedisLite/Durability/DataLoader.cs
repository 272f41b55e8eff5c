using System.Diagnostics;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Configuration;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Loading;

namespace RedisLite.Durability;

/// <summary>Brings the data back at start: from the append only directory, or from the RDB file where there is none.</summary>
internal sealed class DataLoader(
    RedisLiteSettings settings, CommandServices services, PersistenceStatus status, IStorageDevice device, ILoggingAdapter log)
{
    private readonly PersistenceSettings _persistence = settings.Persistence;

    /// <summary>Loads everything; on a thread of its own, since it takes as long as the files are large.</summary>
    /// <exception cref="LoadException">Files are damaged; the message says where and what to do.</exception>
    public LoadedData Load(CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        status.Update(report => report with { LoadStartedAt = services.NowMs / 1000 });
        using var target = new ReplayTarget(services, status, log);
        var options = new LoadOptions
        {
            TruncateTornTail = services.Options.AofLoadTruncated,
            SkipUnknownTypes = _persistence.SkipUnknownTypes,
            VerifyChecksum = _persistence.RdbChecksum,
        };
        var loaded = _persistence.AppendOnly ? LoadAppendOnly(target, options, cancellation) : LoadSnapshot(target, options, cancellation);
        if (loaded.Result is not { } result)
            return loaded;
        if (result.Torn is { } torn)
            log.Warning("Cut {0} bytes of a torn command off {1} at byte {2}: {3}", torn.Bytes, torn.Path, torn.Offset, torn.Reason);
        if (result.SkippedKeys > 0)
            log.Warning("{0} keys of types that are not supported were skipped, as asked for", result.SkippedKeys);
        log.Info(
            "DB loaded from disk: {0} keys and {1} commands, {2} bytes in {3:F3} seconds",
            result.Keys, result.Commands, result.Bytes, Stopwatch.GetElapsedTime(started).TotalSeconds);
        return loaded;
    }

    private LoadedData LoadAppendOnly(ReplayTarget target, LoadOptions options, CancellationToken cancellation)
    {
        device.CreateDirectory(_persistence.Directory);
        var location = new AofLocation(_persistence.Directory, _persistence.AppendDirectoryName, _persistence.AppendFileName);
        var directory = AofDirectory.Open(location, device);
        if (!directory.Manifest.IsEmpty)
            return new LoadedData(directory, AofLoader.Load(directory, target, options, cancellation), NeedsRewrite: false);

        // No append only file yet: an RDB file beside it is the data so far, and goes into the first base.
        return LoadSnapshot(target, options, cancellation) with { Directory = directory };
    }

    private LoadedData LoadSnapshot(ReplayTarget target, LoadOptions options, CancellationToken cancellation)
    {
        var path = Path.Combine(_persistence.Directory, _persistence.DbFileName);
        if (!device.FileExists(path))
            return new LoadedData(null, null, NeedsRewrite: false);
        return new LoadedData(null, RdbLoader.Load(device, path, target, options, cancellation), NeedsRewrite: true);
    }
}

/// <summary>What a start found.</summary>
/// <param name="Directory">The append only directory, when there is to be one.</param>
/// <param name="Result">Null when there was nothing to load.</param>
/// <param name="NeedsRewrite">Whether the data is in memory and not in the append only directory.</param>
internal sealed record LoadedData(AofDirectory? Directory, LoadResult? Result, bool NeedsRewrite);
