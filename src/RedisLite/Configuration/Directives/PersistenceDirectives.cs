using static RedisLite.Configuration.DirectiveKinds;

namespace RedisLite.Configuration;

/// <summary>Directives about files of data.</summary>
internal static class PersistenceDirectives
{
    public static IReadOnlyList<Directive> All { get; } =
    [
        new("dir", new TextKind()) { Setting = "persistence.dir", Change = Protected },

        // The append only file
        new("appendonly", YesNo) { Setting = "persistence.appendonly", Change = AtStart },
        new("appendfsync", Choice("everysec", "always", "no")) { Setting = "persistence.appendfsync" },
        new("appendfilename", FileName("appendfilename")) { Setting = "persistence.appendfilename", Change = Immutable },
        new("appenddirname", FileName("appenddirname", "dirname"))
        {
            Setting = "persistence.appenddirname", Change = Immutable,
        },
        new("no-appendfsync-on-rewrite", YesNo) { Setting = "persistence.no-appendfsync-on-rewrite" },
        new("auto-aof-rewrite-percentage", Count) { Setting = "persistence.auto-aof-rewrite-percentage" },
        new("auto-aof-rewrite-min-size", Size) { Setting = "persistence.auto-aof-rewrite-min-size" },
        new("aof-load-truncated", YesNo) { Setting = "persistence.aof-load-truncated" },
        new("aof-use-rdb-preamble", YesNo) { Setting = "persistence.aof-use-rdb-preamble" },
        new("aof-rewrite-incremental-fsync", YesNo, "yes"),
        new("aof-timestamp-enabled", YesNo, "no"),
        new("aof-disable-auto-gc", YesNo, "no"),

        // Snapshots
        new("save", new SaveKind()) { Setting = "persistence.save" },
        new("dbfilename", FileName("dbfilename", canBeEmpty: true))
        {
            Setting = "persistence.dbfilename", Change = Protected,
        },
        new("rdbcompression", YesNo) { Setting = "persistence.rdbcompression" },
        new("rdbchecksum", YesNo) { Setting = "persistence.rdbchecksum", Change = Immutable },
        new("stop-writes-on-bgsave-error", YesNo) { Setting = "persistence.stop-writes-on-bgsave-error" },
        new("rdb-save-incremental-fsync", YesNo, "yes"),
        new("rdb-del-sync-files", YesNo, "no"),
        new("sanitize-dump-payload", Choice("no", "yes", "clients"), "no"),
        new("loading-process-events-interval-bytes", Integer(1024, int.MaxValue), "2097152") { Hidden = true },
        new("key-load-delay", AnyInteger, "0") { Hidden = true },
        new("rdb-key-save-delay", AnyInteger, "0") { Hidden = true },
    ];
}
