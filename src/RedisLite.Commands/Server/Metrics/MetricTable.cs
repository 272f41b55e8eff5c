using RedisLite.Commands.PubSub;

namespace RedisLite.Commands.Server.Metrics;

/// <summary>Every instrument of the meter, in the order of docs/METRICS.md.</summary>
internal static class MetricTable
{
    public static IReadOnlyList<MetricDeclaration> All { get; } =
    [
        .. Server(), .. CommandMetrics.All(), .. Traffic(), .. Clients(), .. Keys(), .. MemoryMetrics.All(),
            .. Stripes(),
        .. FileMetrics.All(), .. Audit(), .. ReplicationMetrics.All(),
        .. ClusterMetrics.All(),
    ];

    public static MetricDeclaration Counter(string name, string unit, string description, Func<MetricsSample,
        double> read) =>
        new("redislite." + name, MetricKind.Counter, unit, description, sample => [new MetricValue(read(sample))]);

    public static MetricDeclaration Gauge(string name, string unit, string description, Func<MetricsSample,
        double> read) =>
        new("redislite." + name, MetricKind.Gauge, unit, description, sample => [new MetricValue(read(sample))]);

    /// <summary>A gauge that is 1 or 0.</summary>
    public static MetricDeclaration Flag(string name, string description, Func<MetricsSample, bool> read) =>
        Gauge(name, "", description, sample => read(sample) ? 1 : 0);

    private static IEnumerable<MetricDeclaration> Server() =>
    [
        new("redislite.server.info", MetricKind.Gauge, "", "Always 1; the versions are tags.", sample =>
            [new MetricValue(1, sample.Services.Identity.Version, sample.Services.Identity.RedisVersion)])
        {
            Tags = ["version", "redis_version"],
        },
        Gauge("server.uptime", "s", "Time since the start.", sample =>
            Math.Max(0, sample.Services.NowMs - sample.Services.Identity.StartedMs) / 1000.0),
        new("redislite.server.cpu", MetricKind.Counter, "s", "Processor time of the process.", _ =>
        [
            new MetricValue(Environment.CpuUsage.UserTime.TotalSeconds, "user"),
            new MetricValue(Environment.CpuUsage.PrivilegedTime.TotalSeconds, "system"),
        ])
        {
            Tags = ["mode"],
        },
        Flag("loading.active", "1 while files are loaded.", sample => sample.Services.IsLoading),
        Gauge("loading.loaded", "By", "Of the files that are loaded, what has been read.",
            sample => sample.Persistence.LoadedBytes),
        Gauge("loading.size", "By", "Length of the files that are loaded.",
            sample => sample.Persistence.LoadTotalBytes),
    ];

    private static IEnumerable<MetricDeclaration> Traffic() =>
    [
        Counter("network.received", "By", "Requests of clients.", sample => sample.Sums.InputBytes),
        Counter("network.sent", "By", "Replies and messages to clients.", sample => sample.Sums.OutputBytes),
    ];

    private static IEnumerable<MetricDeclaration> Clients() =>
    [
        Gauge("clients.connected", "{client}", "Connected clients, without replicas.",
            sample => sample.Services.Clients.Count),
        Gauge("clients.limit", "{client}", "The directive maxclients.", sample => sample.Services.Options.MaxClients),
        Gauge("clients.blocked", "{client}", "Clients that wait: for a key, the disk, replicas, the end of a pause.",
            sample => sample.BlockedClients),
        Gauge("clients.tracking", "{client}", "Clients with client-side caching.",
            sample => sample.Services.Tracking.ClientCount),
        Gauge("clients.memory", "By", "Requests and replies that wait, and transactions that are queued.",
            sample => sample.Memory.Clients),
        Counter("clients.accepted", "{client}", "Connections that were accepted.",
            sample => sample.Services.Statistics.ConnectionsReceived),
        Counter("clients.rejected", "{client}", "Connections beyond maxclients.",
            sample => sample.Services.Statistics.ConnectionsRejected),
        Counter("clients.evicted", "{client}", "Clients closed because of maxmemory-clients.",
            sample => sample.Services.Statistics.EvictedClients),
        Counter("clients.logins_delayed", "{attempt}", "Attempts to authenticate that had to wait; not reset.",
            sample => sample.Services.Access.Logins.HeldBack),
        Counter("clients.logins_refused", "{attempt}", "Attempts to authenticate of which too many waited; not reset.",
            sample => sample.Services.Access.Logins.Refused),
        new("redislite.tls.certificate.end", MetricKind.Gauge, "s",
            "When the server's certificate ends, in Unix time; with TLS only.", sample =>
            sample.Services.Identity.CertificateEndSeconds is > 0 and var end ? [new MetricValue(end)] : []),
        Gauge("pubsub.channels", "{channel}", "Channels with a subscriber, without those of shards.",
            sample => sample.Services.PubSub.Channels(SubscriptionKind.Channel).Count()),
        Gauge("pubsub.patterns", "{pattern}", "Patterns with a subscriber.",
            sample => sample.Services.PubSub.PatternCount),
        Gauge("pubsub.shard_channels", "{channel}", "Channels of shards with a subscriber.",
            sample => sample.Services.PubSub.Channels(SubscriptionKind.Shard).Count()),
    ];

    private static IEnumerable<MetricDeclaration> Keys() =>
    [
        new("redislite.keys.count", MetricKind.Gauge, "{key}",
            "Keys, by database; a database without keys is left out.", sample =>
            ByDatabase(sample, keyspace => keyspace.Count))
        {
            Tags = ["db"],
        },
        new("redislite.keys.expiring", MetricKind.Gauge, "{key}", "Keys with a time to live, by database.", sample =>
            ByDatabase(sample, keyspace => keyspace.ExpiringCount))
        {
            Tags = ["db"],
        },
        Counter("keys.hits", "{key}", "Keys that were read and found.", sample => sample.Sums.KeyspaceHits),
        Counter("keys.misses", "{key}", "Keys that were read and are missing.", sample => sample.Sums.KeyspaceMisses),
        Counter("keys.expired", "{key}", "Keys deleted because their time was over.",
            sample => sample.Services.Statistics.ExpiredKeys),
        Counter("keys.expired_fields", "{field}", "Fields of hashes deleted because their time was over.",
            sample => sample.Services.Statistics.ExpiredFields),
        Counter("keys.evicted", "{key}", "Keys deleted because of maxmemory.",
            sample => sample.Services.Statistics.EvictedKeys),
        Counter("keys.changes", "{change}", "Changes of data, as rdb_changes_since_last_save counts them; not reset.",
            sample => sample.Services.Statistics.TotalChanges),
        Gauge("keys.tracked", "{key}", "Keys remembered for client-side caching.",
            sample => sample.Services.Tracking.KeyCount),
    ];

    private static IEnumerable<MetricDeclaration> Stripes() =>
    [
        Gauge("stripes.count", "{stripe}", "Separately locked parts of each database.",
            sample => sample.Services.Databases.StripeCount),
        Counter("stripes.waits", "{wait}", "Times that a thread slept for a stripe, or gave it up for busy; not reset.",
            sample => sample.Services.Databases.StripeWaits()),
        Gauge("stripes.contended", "{stripe}", "Stripes that a thread sleeps for at this moment.",
            sample => sample.Services.Databases.ContendedStripes()),
        new("redislite.actors.mailbox", MetricKind.Gauge, "{message}",
            "Messages that wait: for executors (batches of clients), the log's writer, replication, ...", sample =>
            sample.Services.Mailboxes().Select(actor => new MetricValue(actor.Value, actor.Key)))
        {
            Tags = ["actor"],
        },
    ];

    private static IEnumerable<MetricDeclaration> Audit() =>
    [
        Counter("audit.records", "{record}", "Records of the audit trail.",
            sample => sample.Services.Audit?.Trail.Added ?? 0),
        Counter("audit.dropped", "{record}", "Records of the audit trail that are lost.",
            sample => sample.Services.Audit?.Trail.Dropped ?? 0),
        Flag("audit.failing", "1 while the audit trail cannot be written.",
            sample => sample.Services.Audit is { Trail.IsFailing: true }),
    ];

    private static IEnumerable<MetricValue> ByDatabase(MetricsSample sample, Func<Keyspace, long> read)
    {
        var databases = sample.Services.Databases;
        for (var i = 0; i < databases.Count; i++)
            if (databases[i].Count > 0)
                yield return new MetricValue(read(databases[i]), $"db{i}");
    }
}
