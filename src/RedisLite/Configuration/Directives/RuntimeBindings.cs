using System.Collections.Frozen;
using System.Globalization;
using RedisLite.Commands.Server;

namespace RedisLite.Configuration;

/// <summary>Which directive sets which of the values that hot paths read.</summary>
internal static class RuntimeBindings
{
    private static readonly FrozenDictionary<string, Action<RuntimeOptions, string>> ByName =
        new Dictionary<string, Action<RuntimeOptions, string>>
        {
            ["maxmemory"] = (options, text) => options.MaxMemory = Long(text),
            ["maxmemory-policy"] = (options, text) => options.MaxMemoryPolicy = EnumNames.Parse<MaxMemoryPolicy>(text),
            ["maxmemory-samples"] = (options, text) => options.MaxMemorySamples = Int(text),
            ["activedefrag"] = (options, text) => options.ActiveDefrag = Bool(text),
            ["active-defrag-ignore-bytes"] = (options, text) => options.ActiveDefragIgnoreBytes = Long(text),
            ["active-defrag-threshold-lower"] = (options, text) => options.ActiveDefragThresholdLower = Int(text),
            ["lfu-log-factor"] = (options, text) => options.LfuLogFactor = Int(text),
            ["lfu-decay-time"] = (options, text) => options.LfuDecayMinutes = Int(text),
            ["hll-sparse-max-bytes"] = (options, text) => options.HllSparseMaxBytes = Long(text),
            ["lazyfree-lazy-user-flush"] = (options, text) => options.LazyFreeUserFlush = Bool(text),
            ["lazyfree-lazy-user-del"] = (options, text) => options.LazyFreeUserDelete = Bool(text),
            ["notify-keyspace-events"] = (options, text) => options.NotifyKeyspaceEvents = Events(text),
            ["slowlog-log-slower-than"] = (options, text) => options.SlowlogLogSlowerThanMicroseconds = Long(text),
            ["slowlog-max-len"] = (options, text) => options.SlowlogMaxLength = Long(text),
            ["latency-monitor-threshold"] = (options, text) => options.LatencyMonitorThresholdMs = Long(text),
            ["latency-tracking"] = (options, text) => options.LatencyTracking = Bool(text),
            ["latency-tracking-info-percentiles"] =
                (options, text) => options.LatencyTrackingPercentiles = PercentilesKind.Parse(text),
            ["maxclients"] = (options, text) => options.MaxClients = Int(text),
            ["timeout"] = (options, text) => options.TimeoutSeconds = Int(text),
            ["tcp-keepalive"] = (options, text) => options.TcpKeepAliveSeconds = Int(text),
            ["protected-mode"] = (options, text) => options.ProtectedMode = Bool(text),
            ["requirepass"] = (options, text) => options.RequirePass = text,
            ["enable-debug-command"] = (options, text) => options.EnableDebugCommand = EnumNames.Parse<ProtectedAccess>(text),
            ["proto-max-bulk-len"] = (options, text) => options.ProtoMaxBulkLength = Long(text),
            ["client-query-buffer-limit"] = (options, text) => options.ClientQueryBufferLimit = Long(text),
            ["client-output-buffer-limit"] =
                (options, text) => options.OutputBufferLimits = OutputBufferLimitsKind.Parse(text),
            ["maxmemory-clients"] = (options, text) => options.MaxMemoryClients = SpecialText.ParseClientMemory(text) ?? default,
            ["tracking-table-max-keys"] = (options, text) => options.TrackingTableMaxKeys = Long(text),
            ["busy-reply-threshold"] = (options, text) => options.BusyReplyThresholdMs = Long(text),
            ["hz"] = (options, text) => options.Hz = Int(text),
            ["active-expire-effort"] = (options, text) => options.ActiveExpireEffort = Int(text),
            ["loglevel"] = (options, text) => options.LogLevel = EnumNames.Parse<LogVerbosity>(text),
            ["shutdown-timeout"] = (options, text) => options.ShutdownTimeoutSeconds = Int(text),
            ["appendfsync"] = (options, text) => options.AppendFsync = EnumNames.Parse<AppendFsync>(text),
            ["no-appendfsync-on-rewrite"] = (options, text) => options.NoAppendFsyncOnRewrite = Bool(text),
            ["auto-aof-rewrite-percentage"] = (options, text) => options.AutoAofRewritePercentage = Int(text),
            ["auto-aof-rewrite-min-size"] = (options, text) => options.AutoAofRewriteMinSize = Long(text),
            ["aof-load-truncated"] = (options, text) => options.AofLoadTruncated = Bool(text),
            ["aof-use-rdb-preamble"] = (options, text) => options.AofUseRdbPreamble = Bool(text),
            ["save"] = (options, text) => options.SavePoints = Points(text),
            ["stop-writes-on-bgsave-error"] = (options, text) => options.StopWritesOnSnapshotError = Bool(text),
            ["hash-max-listpack-entries"] = (options, text) =>
                options.Encodings = options.Encodings with { HashMaxEntries = Long(text) },
            ["hash-max-listpack-value"] = (options, text) =>
                options.Encodings = options.Encodings with { HashMaxValue = Long(text) },
            ["list-max-listpack-size"] = (options, text) =>
                options.Encodings = options.Encodings with { ListNodeSize = Signed(text) },
            ["set-max-intset-entries"] = (options, text) =>
                options.Encodings = options.Encodings with { SetMaxIntegers = Long(text) },
            ["stream-node-max-bytes"] = (options, text) =>
                options.Encodings = options.Encodings with { StreamNodeMaxBytes = Long(text) },
            ["stream-node-max-entries"] = (options, text) =>
                options.Encodings = options.Encodings with { StreamNodeMaxEntries = Long(text) },
            ["zset-max-listpack-entries"] = (options, text) =>
                options.Encodings = options.Encodings with { SortedSetMaxEntries = Long(text) },
            ["zset-max-listpack-value"] = (options, text) =>
                options.Encodings = options.Encodings with { SortedSetMaxValue = Long(text) },
            ["replica-read-only"] = (options, text) => options.ReplicaReadOnly = Bool(text),
            ["masterauth"] = (options, text) => options.Replication.PrimaryPassword = text,
            ["masteruser"] = (options, text) => options.Replication.PrimaryUser = text,
            ["replica-serve-stale-data"] = (options, text) => options.Replication.ServesStaleData = Bool(text),
            ["replica-priority"] = (options, text) => options.Replication.Priority = Int(text),
            ["replica-announced"] = (options, text) => options.Replication.IsAnnounced = Bool(text),
            ["replica-announce-ip"] = (options, text) => options.Replication.AnnouncedAddress = text,
            ["replica-announce-port"] = (options, text) => options.Replication.AnnouncedPort = Int(text),
            ["repl-backlog-size"] = (options, text) => options.Replication.BacklogSize = Long(text),
            ["repl-backlog-ttl"] = (options, text) => options.Replication.BacklogTtlSeconds = Long(text),
            ["repl-diskless-sync"] = (options, text) => options.Replication.IsDiskless = Bool(text),
            ["repl-diskless-sync-delay"] = (options, text) => options.Replication.CopyDelaySeconds = Int(text),
            ["repl-diskless-sync-max-replicas"] = (options, text) => options.Replication.CopyMaxReplicas = Int(text),
            ["repl-ping-replica-period"] = (options, text) => options.Replication.PingPeriodSeconds = Int(text),
            ["repl-timeout"] = (options, text) => options.Replication.TimeoutSeconds = Int(text),
            ["min-replicas-to-write"] = (options, text) => options.Replication.MinReplicasToWrite = Int(text),
            ["min-replicas-max-lag"] = (options, text) => options.Replication.MinReplicasMaxLagSeconds = Int(text),
            ["rdbcompression"] = (options, text) => options.RdbCompression = Bool(text),
        }.ToFrozenDictionary();

    public static IEnumerable<string> Names => ByName.Keys;

    /// <summary>Sets the option that a directive stands for, if there is one.</summary>
    /// <param name="options">The options of one server.</param>
    /// <param name="directive">The directive's own name, not an alias.</param>
    /// <param name="canonical">Its checked value, as CONFIG GET shows it.</param>
    public static void Apply(RuntimeOptions options, string directive, string canonical)
    {
        if (ByName.TryGetValue(directive, out var apply))
            apply(options, canonical);
    }

    private static bool Bool(string text) => text == "yes";

    // Redis's unsigned numbers can be larger than ours; nothing that is counted here ever gets there.
    private static long Long(string text) =>
        (long)Int128.Min(Int128.Parse(text, CultureInfo.InvariantCulture), long.MaxValue);

    private static int Int(string text) => (int)Math.Min(Long(text), int.MaxValue);

    private static int Signed(string text) => (int)Math.Clamp(Long(text), int.MinValue, int.MaxValue);

    private static KeyspaceEvents Events(string text) =>
        KeyspaceEventsText.TryParse(text, out var events) ? events : KeyspaceEvents.None;

    private static IReadOnlyList<SavePoint> Points(string text) =>
        SpecialText.ParseSavePoints(text.Split(' ', StringSplitOptions.RemoveEmptyEntries)) ?? [];
}
