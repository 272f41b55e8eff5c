namespace RedisLite.Commands.Server.Metrics;

/// <summary>The append only file and snapshots.</summary>
internal static class FileMetrics
{
    public static IEnumerable<MetricDeclaration> All() =>
    [
        MetricTable.Flag("aof.enabled", "1 while effects go to the append only file.",
            sample => sample.Persistence.AofEnabled),
        MetricTable.Flag("aof.write.succeeded", "0 after a write or an fsync failed, until one succeeds.",
            sample => sample.Persistence.LastWriteSucceeded),
        MetricTable.Gauge("aof.size", "By", "Length of the append only files.",
            sample => sample.Persistence.AofCurrentSize),
        MetricTable.Gauge("aof.base_size", "By", "Their length after the last rewrite.",
            sample => sample.Persistence.AofBaseSize),
        MetricTable.Gauge("aof.buffer", "By", "What waits to be written.",
            sample => sample.Persistence.AofBufferLength),
        MetricTable.Gauge("aof.buffer.limit", "By", "Beyond this, writers wait.",
            sample => sample.Persistence.AofQueueLimit),
        MetricTable.Counter("aof.buffer.full", "{time}", "Times that writers had to wait for the disk.",
            sample => sample.Persistence.AofQueueFullCount),
        MetricTable.Counter("aof.delayed_syncs", "{fsync}", "Calls of fsync that took two seconds or more.",
            sample => sample.Persistence.AofDelayedSyncs),
        MetricTable.Counter("aof.rewrites", "{rewrite}", "Rewrites that were begun.",
            sample => sample.Persistence.Rewrites),
        MetricTable.Flag("aof.rewrite.active", "1 while one runs.", sample => sample.Persistence.RewriteInProgress),
        MetricTable.Flag("aof.rewrite.succeeded", "0 when the last one failed.",
            sample => sample.Persistence.LastRewriteSucceeded),
        Seconds("aof.rewrite.duration", "How long the last rewrite took.",
            sample => sample.Persistence.LastRewriteSeconds),
        MetricTable.Counter("snapshot.saves", "{snapshot}", "Snapshots since the start.",
            sample => sample.Persistence.Snapshots),
        MetricTable.Flag("snapshot.active", "1 while one is written.", sample => sample.Persistence.SnapshotInProgress),
        MetricTable.Flag("snapshot.succeeded", "0 when the last one failed.",
            sample => sample.Persistence.LastSnapshotSucceeded),
        Seconds("snapshot.duration", "How long the last snapshot took.",
            sample => sample.Persistence.LastSnapshotSeconds),
        MetricTable.Gauge("snapshot.last_save", "s",
            "When the last one was saved, in Unix time; the start's time before the first.",
            sample => sample.Persistence.LastSaveAt),
        MetricTable.Gauge("snapshot.changes", "{change}", "Changes since then.",
            sample => sample.Persistence.ChangesSinceSave),
    ];

    /// <summary>No figure as long as there is none.</summary>
    private static MetricDeclaration Seconds(string name, string description, Func<MetricsSample, long> read) =>
        new("redislite." + name, MetricKind.Gauge, "s", description, sample =>
            read(sample) is var seconds and >= 0 ? [new MetricValue(seconds)] : []);
}
