using RedisLite.Commands.Server;
using static RedisLite.Configuration.DirectiveKinds;
using static RedisLite.Configuration.OptionText;

namespace RedisLite.Configuration;

/// <summary>Directives about files of data.</summary>
internal static class PersistenceDirectives
{
    public static IReadOnlyList<Directive> All { get; } =
    [
        new("dir", new TextKind()) { Setting = "persistence.dir", Change = Protected },

        // The append only file
        new("appendonly", YesNo) { Setting = "persistence.appendonly", Change = AtStart },
        new("appendfsync", Choice("everysec", "always", "no"))
        {
            Setting = "persistence.appendfsync",
            Apply = (options, text) => options.AppendFsync = EnumNames.Parse<AppendFsync>(text),
        },
        new("appendfilename", FileName("appendfilename")) { Setting = "persistence.appendfilename",
            Change = Immutable },
        new("appenddirname", FileName("appenddirname", "dirname"))
        {
            Setting = "persistence.appenddirname", Change = Immutable,
        },
        new("no-appendfsync-on-rewrite", YesNo)
        {
            Setting = "persistence.no-appendfsync-on-rewrite",
            Apply = (options, text) => options.NoAppendFsyncOnRewrite = Bool(text),
        },
        new("auto-aof-rewrite-percentage", Count)
        {
            Setting = "persistence.auto-aof-rewrite-percentage",
            Apply = (options, text) => options.AutoAofRewritePercentage = Int(text),
        },
        new("auto-aof-rewrite-min-size", Size)
        {
            Setting = "persistence.auto-aof-rewrite-min-size",
            Apply = (options, text) => options.AutoAofRewriteMinSize = Long(text),
        },
        new("aof-load-truncated", YesNo)
        {
            Setting = "persistence.aof-load-truncated",
            Apply = (options, text) => options.AofLoadTruncated = Bool(text),
        },
        new("aof-use-rdb-preamble", YesNo)
        {
            Setting = "persistence.aof-use-rdb-preamble",
            Apply = (options, text) => options.AofUseRdbPreamble = Bool(text),
        },
        new("aof-rewrite-incremental-fsync", YesNo, "yes"),
        new("aof-timestamp-enabled", YesNo, "no"),
        new("aof-disable-auto-gc", YesNo, "no"),

        // Snapshots
        new("save", new SaveKind())
        {
            Setting = "persistence.save",
            Apply = (options, text) => options.SavePoints = Points(text),
        },
        new("dbfilename", FileName("dbfilename", canBeEmpty: true))
        {
            Setting = "persistence.dbfilename", Change = Protected,
        },
        new("rdbcompression", YesNo)
        {
            Setting = "persistence.rdbcompression",
            Apply = (options, text) => options.RdbCompression = Bool(text),
        },
        new("rdbchecksum", YesNo) { Setting = "persistence.rdbchecksum", Change = Immutable },
        new("stop-writes-on-bgsave-error", YesNo)
        {
            Setting = "persistence.stop-writes-on-bgsave-error",
            Apply = (options, text) => options.StopWritesOnSnapshotError = Bool(text),
        },
        new("rdb-save-incremental-fsync", YesNo, "yes"),
        new("rdb-del-sync-files", YesNo, "no"),
        new("sanitize-dump-payload", Choice("no", "yes", "clients"), "no"),
        new("loading-process-events-interval-bytes", Integer(1024, int.MaxValue), "2097152") { Hidden = true },
        new("key-load-delay", AnyInteger, "0") { Hidden = true },
        new("rdb-key-save-delay", AnyInteger, "0") { Hidden = true },
    ];
}
