namespace RedisLite.Commands.Server;

/// <summary>What commands may ask of the server's files. Implemented by the server; calls return at once.</summary>
public interface IPersistence
{
    /// <summary>Whether effects are kept in an append only file.</summary>
    bool AofEnabled { get; }

    /// <summary>
    /// Whether the append only file is so far behind its disk that writers must wait; asked before stripes are taken.
    /// </summary>
    bool HoldsWriters { get; }

    /// <summary>
    /// To be called, on any thread and outside any lock, when <see cref="HoldsWriters"/> has become false: the writers
    /// that wait for it go on.
    /// </summary>
    Action? WritersReleased { get; set; }

    /// <summary>
    /// The reply to give to write commands, and to PING, instead of running them (<c>MISCONF ...</c>), because the disk
    /// does not work; null while it does.
    /// </summary>
    byte[]? WriteRefusal { get; }

    /// <summary>
    /// The position of the log up to which everything is on the disk; of no use without an append only file.
    /// </summary>
    long SyncedPosition { get; }

    /// <summary>The figures of INFO persistence.</summary>
    PersistenceReport Report();

    /// <summary>BGSAVE. With <paramref name="schedule"/> a rewrite that is running is waited for.</summary>
    BackgroundJobStart StartSnapshot(bool schedule);

    /// <summary>BGREWRITEAOF.</summary>
    BackgroundJobStart StartRewrite();

    /// <summary>SAVE: calls back, from any thread, with null or why it failed.</summary>
    void Save(Action<string?> done);

    /// <summary>
    /// FLUSHALL with save points: a snapshot of what is left replaces the file; one that runs is given up, since it
    /// holds what went. Calls back, from any thread, when that was tried.
    /// </summary>
    void SaveFlushed(Action done);

    /// <summary>
    /// DEBUG RELOAD and LOADAOF: puts what the files hold in the place of the data, or adds it. Commands are refused
    /// with LOADING meanwhile. Calls back, from any thread, with null or the error; the data is as it was then.
    /// </summary>
    void Reload(ReloadRequest request, Action<string?> done) => done("ERR there are no files");

    /// <summary>
    /// The last save before the server's end: writers wait from now on, and what was acknowledged goes to the disk.
    /// Calls back, from any thread, with null, or with why it failed; the server and its writers go on then.
    /// </summary>
    /// <param name="snapshot">Whether to write a snapshot as well.</param>
    /// <param name="done">Called once.</param>
    void SaveAtEnd(bool snapshot, Action<string?> done);

    /// <summary>
    /// A primary's copy has taken the place of the data: what follows in the log must not be added to a file that holds
    /// what was here before. Nothing is, until a rewrite, which begins by itself, has put the copy there. LOCK: all
    /// stripes exclusively.
    /// </summary>
    void CutOff();

    /// <summary>
    /// Calls back, from any thread, once the log is on the disk up to a position: it is brought there now, whatever the
    /// policy. At once where there is no append only file.
    /// </summary>
    void WhenSynced(long position, Action callback);
}

/// <summary>For a server without files, as tests of commands use it.</summary>
public sealed class NoPersistence : IPersistence
{
    public static NoPersistence Instance { get; } = new();

    public bool AofEnabled => false;

    public bool HoldsWriters => false;

    /// <summary>It never holds any.</summary>
    public Action? WritersReleased
    {
        get => null;
        set { }
    }

    public byte[]? WriteRefusal => null;

    public long SyncedPosition => 0;

    public PersistenceReport Report() => new();

    public BackgroundJobStart StartSnapshot(bool schedule) => BackgroundJobStart.Started;

    public BackgroundJobStart StartRewrite() => BackgroundJobStart.Started;

    public void Save(Action<string?> done) => done(null);

    public void SaveFlushed(Action done) => done();

    public void SaveAtEnd(bool snapshot, Action<string?> done) => done(null);

    public void CutOff()
    {
    }

    public void WhenSynced(long position, Action callback) => callback();
}

/// <summary>What DEBUG RELOAD or LOADAOF is to do.</summary>
public sealed record ReloadRequest
{
    /// <summary>The append only file is loaded, and not the RDB file.</summary>
    public bool FromAppendOnly { get; init; }

    /// <summary>The RDB file is written first.</summary>
    public bool Saves { get; init; }

    /// <summary>What is there goes.</summary>
    public bool Flushes { get; init; } = true;

    /// <summary>Keys that are there are replaced; else one of them ends the load, if nothing went.</summary>
    public bool Merges { get; init; }
}

/// <summary>What became of a wish for background work.</summary>
public enum BackgroundJobStart
{
    Started,
    Scheduled,
    SnapshotInProgress,
    RewriteInProgress,
}

/// <summary>The figures of INFO persistence. Times are Unix seconds, durations seconds or -1, sizes bytes.</summary>
public sealed record PersistenceReport
{
    public bool IsLoading { get; init; }
    public long LoadStartedAt { get; init; }
    public long LoadedBytes { get; init; }
    public long LoadTotalBytes { get; init; }
    public long ChangesSinceSave { get; init; }
    public bool SnapshotInProgress { get; init; }
    public long LastSaveAt { get; init; }
    public bool LastSnapshotSucceeded { get; init; } = true;
    public long LastSnapshotSeconds { get; init; } = -1;
    public long CurrentSnapshotSeconds { get; init; } = -1;
    public long Snapshots { get; init; }
    public long LoadedKeys { get; init; }
    public bool AofEnabled { get; init; }
    public bool RewriteInProgress { get; init; }
    public bool RewriteScheduled { get; init; }
    public long LastRewriteSeconds { get; init; } = -1;
    public long CurrentRewriteSeconds { get; init; } = -1;
    public bool LastRewriteSucceeded { get; init; } = true;
    public bool LastWriteSucceeded { get; init; } = true;
    public long Rewrites { get; init; }
    public long AofCurrentSize { get; init; }
    public long AofBaseSize { get; init; }
    public long AofBufferLength { get; init; }

    /// <summary>Bytes in the buffer beyond which writers wait.</summary>
    public long AofQueueLimit { get; init; }
    public bool AofQueueIsFull { get; init; }

    /// <summary>How often the buffer has become full.</summary>
    public long AofQueueFullCount { get; init; }
    public bool AofSyncInProgress { get; init; }

    /// <summary>How many fsyncs took two seconds or more.</summary>
    public long AofDelayedSyncs { get; init; }
}
