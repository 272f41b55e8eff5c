using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;

namespace RedisLite.Persistence.Loading;

/// <summary>Loads the files of an append only directory, in order.</summary>
/// <remarks>
/// A torn tail can only be where the server wrote when it died: at the end of the last file that holds anything. It is
/// cut off there. Torn or damaged anywhere else, the load ends, and the message names file and offset.
/// </remarks>
public sealed class AofLoader
{
    private const int ProgressInterval = 4096;

    private readonly AofDirectory _directory;
    private readonly IReplayTarget _target;
    private readonly LoadOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly long _totalBytes;
    private readonly AofStreamPosition _position = new();
    private long _bytesBefore;
    private long _keys;
    private long _commands;
    private long _skipped;
    private TornTail? _torn;

    private AofLoader(
        AofDirectory directory, IReplayTarget target, LoadOptions options, CancellationToken cancellation)
    {
        _directory = directory;
        _target = target;
        _options = options;
        _cancellation = cancellation;
        _totalBytes = directory.GetTotalLength();
    }

    /// <summary>Loads everything, and cuts a torn tail off.</summary>
    /// <param name="directory">Names the files.</param>
    /// <param name="target">Takes keys and commands.</param>
    /// <param name="options">How to load.</param>
    /// <param name="cancellation">Ends the load early.</param>
    /// <exception cref="LoadException">Damaged, unsupported, or refused by the target.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public static LoadResult Load(
        AofDirectory directory, IReplayTarget target, LoadOptions options, CancellationToken cancellation) =>
        new AofLoader(directory, target, options, cancellation).Load();

    private LoadResult Load()
    {
        var manifest = _directory.Manifest;
        var last = manifest.FindLastWritten(_directory.GetLength);
        foreach (var file in manifest.LoadOrder)
            LoadFile(file, isLast: file == last);
        _target.ReportProgress(_bytesBefore, _bytesBefore);
        _target.EndStream(_position.Id, _position.Offset);
        return new LoadResult(_bytesBefore, _keys, _commands, _skipped, _torn);
    }

    private void LoadFile(AofFileInfo file, bool isLast)
    {
        var path = _directory.PathOf(file.Name);
        _target.BeginFile(file.Name, LoadedFile.AppendOnly);
        _position.BeginFile();
        using (var reader = new AofReader(_directory.OpenRead(file), _position))
        {
            if (reader.StartsWithRdb())
            {
                var rdb = reader.ReadRdb(RdbLoader.ReaderOptions(_options, _target));
                _keys += RdbLoader.Load(rdb, path, _target, ReportProgress, _cancellation);
                _skipped += rdb.SkippedCount;
            }

            LoadCommands(reader, path);
            if (reader.IsTorn)
                AcceptTorn(reader, file, path, isLast);
            _bytesBefore += reader.GoodLength;
        }

        if (_torn?.Path == path)
            _directory.Truncate(file, _torn.Offset);
    }

    private void LoadCommands(AofReader reader, string path)
    {
        try
        {
            while (reader.Read())
            {
                if (_target.Execute(reader.Command) is { } refusal)
                    throw Refused(reader, path, refusal);
                if (++_commands % ProgressInterval != 0)
                    continue;
                _cancellation.ThrowIfCancellationRequested();
                ReportProgress(reader.Offset);
            }
        }
        catch (DamagedFileException error)
        {
            throw new LoadException(path, error.Offset, $"{path} is damaged {error.Message}. {Repair()}", error);
        }
    }

    private void AcceptTorn(AofReader reader, AofFileInfo file, string path, bool isLast)
    {
        var offset = reader.GoodLength;
        if (!isLast)
        {
            throw new LoadException(
                path, offset,
                $"{path} is cut short at byte {offset}: {reader.TornReason}, and it is not the last file. {Repair()}");
        }

        if (!_options.TruncateTornTail)
        {
            throw new LoadException(
                path, offset,
                $"{path} ends in a torn command at byte {offset}: {reader.TornReason}. Set aof-load-truncated to "
                    + $"yes, or: {Repair()}");
        }

        _target.AbandonTransaction();
        _torn = new TornTail(path, offset, _directory.GetLength(file) - offset, reader.TornReason);
    }

    private string Repair() =>
        $"Keep a copy of {_directory.Location.DirectoryPath}; redislite-server --check-aof shows what is wrong with "
        + "it, "
        + "--fix-aof cuts the last file off where the damage starts.";

    private void ReportProgress(long offset) => _target.ReportProgress(_bytesBefore + offset, _totalBytes);

    private static LoadException Refused(AofReader reader, string path, string refusal) =>
        new(path, reader.CommandOffset, $"{path} cannot be loaded at byte {reader.CommandOffset}: {refusal}.");
}
