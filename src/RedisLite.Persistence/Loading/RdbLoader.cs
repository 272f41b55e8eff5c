using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Rdb;

namespace RedisLite.Persistence.Loading;

/// <summary>Loads a snapshot.</summary>
public static class RdbLoader
{
    private const int ProgressInterval = 4096;

    /// <summary>Loads an RDB file.</summary>
    /// <param name="device">Where it is.</param>
    /// <param name="path">The file.</param>
    /// <param name="kind">Whether the file is to become a part of an append only file
    /// (<see cref="AofDirectory.AdoptSnapshot"/>).</param>
    /// <param name="target">Takes the keys.</param>
    /// <param name="options">How to load.</param>
    /// <param name="cancellation">Ends the load early.</param>
    /// <exception cref="LoadException">Damaged, unsupported, or refused by the target.</exception>
    public static LoadResult Load(
        IStorageDevice device, string path, LoadedFile kind, IReplayTarget target, LoadOptions options,
        CancellationToken cancellation)
    {
        var length = device.GetLength(path);
        target.BeginFile(Path.GetFileName(path), kind);
        using var reader = new RdbReader(device.OpenRead(path), ReaderOptions(options, target));
        var keys = Load(reader, path, target, loaded => target.ReportProgress(loaded, length), cancellation);
        target.ReportProgress(length, length);
        return new LoadResult(reader.Offset, keys, Commands: 0, reader.SkippedCount, Torn: null);
    }

    /// <summary>Loads a snapshot that comes as a stream: all keys, those that have expired too.</summary>
    /// <param name="input">Read up to the snapshot's end, and perhaps beyond.</param>
    /// <param name="name">For messages.</param>
    /// <param name="target">Takes the keys.</param>
    /// <param name="options">How to load.</param>
    /// <param name="cancellation">Ends the load early.</param>
    /// <exception cref="LoadException">Damaged, unsupported, or refused by the target.</exception>
    public static LoadResult Load(
        Stream input, string name, IReplayTarget target, LoadOptions options, CancellationToken cancellation)
    {
        target.BeginFile(name, LoadedFile.AppendOnly);
        using var reader = new RdbReader(input, ReaderOptions(options, target));
        var keys = Load(reader, name, target, loaded => target.ReportProgress(loaded, 0), cancellation);
        return new LoadResult(reader.Offset, keys, Commands: 0, reader.SkippedCount, Torn: null);
    }

    internal static RdbReaderOptions ReaderOptions(LoadOptions options, IReplayTarget target) => new()
    {
        SkipUnknownTypes = options.SkipUnknownTypes,
        VerifyChecksum = options.VerifyChecksum,
        IsSupported = target.CanLoad,
    };

    /// <summary>Loads all keys of an open RDB file.</summary>
    /// <returns>How many.</returns>
    internal static long Load(
        RdbReader reader, string path, IReplayTarget target, Action<long> progress, CancellationToken cancellation)
    {
        try
        {
            var keys = 0L;
            while (reader.Read())
            {
                switch (reader.Kind)
                {
                    case RdbRecordKind.Auxiliary:
                        target.TakeFact(reader.Key, reader.Value);
                        break;
                    case RdbRecordKind.SizeHint:
                        target.ExpectKeys(reader.Database, reader.KeyCountHint);
                        break;
                    case RdbRecordKind.Library:
                        Check(target.LoadLibrary(reader.Value), reader, path);
                        break;
                    case RdbRecordKind.String:
                    case RdbRecordKind.Collection:
                        LoadKey(reader, path, target);
                        keys++;
                        break;
                }

                if (keys % ProgressInterval == 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress(reader.Offset);
                }
            }

            target.EndKeys();
            return keys;
        }
        catch (DamagedFileException error)
        {
            throw new LoadException(
                path,
                error.Offset,
                $"{path} is damaged {error.Message}. Bring it back from a copy; a snapshot cannot be repaired.",
                error);
        }
        catch (UnsupportedRdbContentException error)
        {
            throw new LoadException(path, error.Offset, $"{path} cannot be loaded {error.Message}.", error);
        }
    }

    private static void LoadKey(RdbReader reader, string path, IReplayTarget target)
    {
        var refusal = reader.Kind == RdbRecordKind.String
            ? target.LoadString(reader.Database, reader.Key, reader.Value, reader.ExpireAtMs)
            : target.LoadCollection(reader.Database, reader.Key, reader, reader.ExpireAtMs);
        Check(refusal, reader, path);
    }

    private static void Check(string? refusal, RdbReader reader, string path)
    {
        if (refusal is null)
            return;
        throw new LoadException(
            path, reader.RecordOffset, $"{path} cannot be loaded at byte {reader.RecordOffset}: {refusal}.");
    }
}
