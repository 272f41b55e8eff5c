using RedisLite.Commands.Server;

namespace RedisLite.Configuration;

/// <summary>Files (section <c>redislite.persistence</c>).</summary>
public sealed record PersistenceSettings
{
    [Setting("appendonly")]
    public required bool AppendOnly { get; init; }

    [Setting("appendfsync")]
    public required AppendFsync AppendFsync { get; init; }

    /// <summary>Where files are; relative to the process's working directory.</summary>
    [Setting("dir")]
    public required string Directory { get; init; }

    [Setting("appendfilename")]
    public required string AppendFileName { get; init; }

    [Setting("appenddirname")]
    public required string AppendDirectoryName { get; init; }

    [Setting("no-appendfsync-on-rewrite")]
    public required bool NoAppendFsyncOnRewrite { get; init; }

    /// <summary>Growth in percent that starts a rewrite; 0 for never.</summary>
    [Setting("auto-aof-rewrite-percentage", Max = int.MaxValue)]
    public required int AutoAofRewritePercentage { get; init; }

    [Size("auto-aof-rewrite-min-size")]
    public required long AutoAofRewriteMinSize { get; init; }

    [Setting("aof-load-truncated")]
    public required bool AofLoadTruncated { get; init; }

    [Setting("aof-use-rdb-preamble")]
    public required bool AofUseRdbPreamble { get; init; }

    /// <summary>How long a client waits for a disk that does not work, with <see cref="AppendFsync.Always"/>.</summary>
    [Setting("commit-patience")]
    public required TimeSpan CommitPatience { get; init; }

    /// <summary>Bytes that may wait to be written to the append only file.</summary>
    [Size("aof-queue-limit", Min = 64 * 1024)]
    public required long AofQueueLimit { get; init; }

    /// <summary>The RDB file is loaded at start where there is no append only file.</summary>
    [Setting("load-dump")]
    public required bool LoadDump { get; init; }

    /// <summary>Loading leaves out keys of types that are not supported, instead of refusing the file.</summary>
    [Setting("skip-unknown-types")]
    public required bool SkipUnknownTypes { get; init; }

    [Setting("save")]
    public required IReadOnlyList<SavePoint> SavePoints { get; init; }

    [Setting("dbfilename")]
    public required string DbFileName { get; init; }

    [Setting("rdbcompression")]
    public required bool RdbCompression { get; init; }

    [Setting("rdbchecksum")]
    public required bool RdbChecksum { get; init; }

    [Setting("stop-writes-on-bgsave-error")]
    public required bool StopWritesOnSnapshotError { get; init; }
}
