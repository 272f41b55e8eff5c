using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Scripting;
using RedisLite.Commands.Server;
using RedisLite.Configuration;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Loading;
using RedisLite.Persistence.Rdb;
using RedisLite.Storage;

namespace RedisLite.Persistence;

/// <summary>DEBUG RELOAD and DEBUG LOADAOF: the data as its files have it, in the place of what is served.</summary>
/// <remarks>
/// <code>
///   clients   served ...| LOADING ................................................. | served
///   aside               [ RDB file -------------------------------> tables ] sound  ^ all stripes held: exchanged
///                       [ append only file -> a core of its own --^
/// </code>
/// The data is exchanged when all of it has come: a file that is damaged or missing changes nothing. Only what is to
/// be added to the data (NOFLUSH) is loaded into it, once it was loaded aside. Belongs to the thread that writes
/// snapshots.
/// </remarks>
internal sealed class DataReloader(
    CommandServices services, PersistenceStatus status, AofQueue queue, PersistenceSettings settings,
    StorageOptions storage, IStorageDevice device, Func<Task<string?>> flush, ILoggingAdapter log)
{
    private const int KeysPerVisit = 256;
    private const int FlushAt = 256 * 1024;

    private string SnapshotPath => Path.Combine(settings.Directory, settings.DbFileName);

    private LoadOptions Options => new()
    {
        SkipUnknownTypes = settings.SkipUnknownTypes,
        VerifyChecksum = settings.RdbChecksum,
        TruncateTornTail = false,
    };

    /// <summary>Clients are told LOADING from now on; whoever was let in before has run.</summary>
    /// <returns>Where the log ends.</returns>
    public long Begin()
    {
        services.IsLoading = true;
        status.Update(report => report with { IsLoading = true, LoadStartedAt = services.NowMs / 1000 });
        return services.Databases.UnderAllStripes(() => queue.Appended);
    }

    /// <summary>Brings the append only file to the disk: null, or why that failed.</summary>
    public Task<string?> FlushAsync() => flush();

    /// <summary>The data is served again.</summary>
    public void End()
    {
        status.Update(report => report with { IsLoading = false });
        services.IsLoading = false;
    }

    /// <summary>Loads the RDB file.</summary>
    /// <param name="request">What is to become of the data.</param>
    /// <param name="savedChanges">What was changed in all when the file was made, if it was made for this.</param>
    public ReloadOutcome LoadSnapshot(ReloadRequest request, long savedChanges) => Try("RELOAD", () =>
    {
        if (!device.FileExists(SnapshotPath))
            throw new FileNotFoundException($"there is no {SnapshotPath}");
        using var tables = services.Databases.CreateAside();
        using var target = new ReplayTarget(services, status, log, database => tables[database])
        {
            RefusesPresent = !request.Flushes && !request.Merges,
        };
        Load(target);
        if (request.Flushes)
            return Adopt(tables, target.Libraries!, request.Saves ? savedChanges : null);
        Merge();
        return ReloadOutcome.Loaded;
    });

    /// <summary>Loads the append only file, all of which is on the disk up to a position of the log.</summary>
    public ReloadOutcome LoadAppendOnly(long position) => Try("LOADAOF", () =>
    {
        using var tables = services.Databases.CreateAside();
        var libraries = LoadAppendOnly(tables);
        return services.Databases.UnderAllStripes(() =>
        {
            if (queue.Appended != position)
                return ReloadOutcome.Moved;
            Exchange(tables, libraries);
            return ReloadOutcome.Loaded;
        });
    });

    private ReloadOutcome Try(string what, Func<ReloadOutcome> load)
    {
        try
        {
            var outcome = load();
            if (outcome == ReloadOutcome.Loaded)
                log.Warning("The data was loaded anew by DEBUG {0}", what);
            return outcome;
        }
        catch (Exception e) when (e is LoadException or IOException or UnauthorizedAccessException)
        {
            log.Error("DEBUG {0} could not load: {1}; the data stays as it was", what, e.Message);
            return ReloadOutcome.Failed;
        }
    }

    private void Load(ReplayTarget target) =>
        RdbLoader.Load(device, SnapshotPath, LoadedFile.Snapshot, target, Options, CancellationToken.None);

    private ReloadOutcome Adopt(AsideTables tables, LibraryDraft libraries, long? savedChanges) =>
        services.Databases.UnderAllStripes(() =>
        {
            if (savedChanges is { } changes && status.TotalChanges != changes)
                return ReloadOutcome.Moved;
            Exchange(tables, libraries);
            if (savedChanges is null)
                Replaced();
            return ReloadOutcome.Loaded;
        });

    /// <summary>The file is sound, and its keys come to those that are there.</summary>
    private void Merge()
    {
        using (var target = new ReplayTarget(services, status, log))
            Load(target);
        services.Databases.UnderAllStripes(() =>
        {
            services.Tracking.Flushed();
            Replaced();
        });
    }

    /// <summary>LOCK: all stripes exclusively.</summary>
    private void Exchange(AsideTables tables, LibraryDraft libraries)
    {
        services.Tracking.Flushed();
        var former = services.Databases.Adopt(tables);
        services.Scripts.Adopt(libraries);
        foreach (var table in former)
            ThreadPool.QueueUserWorkItem(static table => table.Dispose(), table, preferLocal: false);
    }

    /// <summary>
    /// The data is not what log and files have led to: both begin anew with it. LOCK: all stripes exclusively.
    /// </summary>
    private void Replaced()
    {
        // First: the file holds the old data, and must not say that it is of the new stream.
        services.Persistence.CutOff();
        services.Replication.DataReplaced();
    }

    /// <summary>
    /// Commands work on tables that are served, so they are executed in a core of its own, whose data comes here as a
    /// snapshot.
    /// </summary>
    private LibraryDraft LoadAppendOnly(AsideTables tables)
    {
        using var databases = new Databases(storage);
        var core = new CommandServices(databases, services.Clock, services.Options)
        {
            Commands = services.Commands,
            Configuration = services.Configuration,
            Control = services.Control,
            Identity = services.Identity,
            IsLoading = true,
        };
        var location = new AofLocation(settings.Directory, settings.AppendDirectoryName, settings.AppendFileName);
        using (var target = new ReplayTarget(core, status, log, skipsUnknown: settings.SkipUnknownTypes))
            AofLoader.Load(AofDirectory.Open(location, device), target, Options, CancellationToken.None);
        var name = $"temp-{Environment.ProcessId}.rdb";
        using var file = new AtomicFile(device, settings.Directory, name);
        WriteSnapshot(core, file.Output);
        using var input = device.OpenRead(Path.Combine(settings.Directory, name));
        using var aside = new ReplayTarget(services, status, log, database => tables[database]);
        RdbLoader.Load(input, "the append only file", aside, Options, CancellationToken.None);
        return aside.Libraries!;
    }

    private static void WriteSnapshot(CommandServices core, Stream output)
    {
        using var snapshot = SnapshotActor.TakeCut(core.Databases, static () => { });
        using var writer = new RdbWriter(output, new RdbWriterOptions
        {
            Compress = false,
            Checksum = true,
            AutoFlush = false,
            Limits = core.Options.Encodings,
        });
        writer.WriteHeader(new RdbDescription(
            core.Identity.RedisVersion, core.NowMs / 1000, core.Databases.UsedMemory, IsAofBase: false));
        foreach (var text in core.Scripts.LibraryTexts)
            writer.WriteLibrary(text.Span);
        ISnapshotWriter keys = writer;
        while (snapshot.Walk(KeysPerVisit, ref keys, static (scoped entry, ref writer) => writer.Write(entry)))
            if (keys.Buffered >= FlushAt)
                keys.Flush();
        keys.Complete();
    }
}

/// <summary>What became of an attempt to load the data anew.</summary>
internal enum ReloadOutcome
{
    Loaded,

    /// <summary>The log says why; the data is as it was.</summary>
    Failed,

    /// <summary>The data has changed since the file was made: it has to be made again.</summary>
    Moved,
}
