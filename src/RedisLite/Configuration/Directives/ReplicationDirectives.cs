using RedisLite.Commands.Server;
using static RedisLite.Configuration.DirectiveKinds;
using static RedisLite.Configuration.OptionText;

namespace RedisLite.Configuration;

/// <summary>Directives about replicas and clusters.</summary>
internal static class ReplicationDirectives
{
    public static IReadOnlyList<Directive> All { get; } =
    [
        new("replicaof", new ReplicaOfKind())
        {
            Setting = "replication.replicaof", Alias = "slaveof", Change = Immutable,
        },
        new("masterauth", Text)
        {
            Setting = "replication.primary-password",
            Apply = (options, text) => options.Replication.PrimaryPassword = text,
        },
        new("masteruser", Text)
        {
            Setting = "replication.primary-user",
            Apply = (options, text) => options.Replication.PrimaryUser = text,
        },
        new("replica-serve-stale-data", YesNo)
        {
            Setting = "replication.replica-serve-stale-data", Alias = "slave-serve-stale-data",
            Apply = (options, text) => options.Replication.ServesStaleData = Bool(text),
        },
        new("replica-read-only", YesNo)
        {
            Setting = "replication.replica-read-only", Alias = "slave-read-only",
            Apply = (options, text) => options.ReplicaReadOnly = Bool(text),
        },
        new("replica-priority", Count)
        {
            Setting = "replication.replica-priority", Alias = "slave-priority",
            Apply = (options, text) => options.Replication.Priority = Int(text),
        },
        new("replica-announced", YesNo)
        {
            Setting = "replication.replica-announced",
            Apply = (options, text) => options.Replication.IsAnnounced = Bool(text),
        },
        new("replica-announce-ip", Text)
        {
            Setting = "replication.replica-announce-ip", Alias = "slave-announce-ip",
            Apply = (options, text) => options.Replication.AnnouncedAddress = text,
        },
        new("replica-announce-port", Port)
        {
            Setting = "replication.replica-announce-port", Alias = "slave-announce-port",
            Apply = (options, text) => options.Replication.AnnouncedPort = Int(text),
        },
        new("replica-ignore-maxmemory", YesNo, "yes") { Alias = "slave-ignore-maxmemory" },
        new("replica-ignore-disk-write-errors", YesNo, "no"),
        new("replica-lazy-flush", YesNo, "no") { Alias = "slave-lazy-flush" },
        new("repl-backlog-size", new MemoryKind(1, long.MaxValue) { AtLeast = 16 * 1024 })
        {
            Setting = "replication.backlog-size",
            Apply = (options, text) => options.Replication.BacklogSize = Long(text),
        },
        new("repl-backlog-ttl", LongCount)
        {
            Setting = "replication.backlog-ttl", Unit = "s",
            Apply = (options, text) => options.Replication.BacklogTtlSeconds = Long(text),
        },
        new("repl-disable-tcp-nodelay", YesNo, "no"),
        new("repl-diskless-load", Choice("disabled", "on-empty-db", "swapdb"), "disabled"),
        new("repl-diskless-sync", YesNo)
        {
            Setting = "replication.diskless-sync",
            Apply = (options, text) => options.Replication.IsDiskless = Bool(text),
        },
        new("repl-diskless-sync-delay", Count)
        {
            Setting = "replication.diskless-sync-delay", Unit = "s",
            Apply = (options, text) => options.Replication.CopyDelaySeconds = Int(text),
        },
        new("repl-diskless-sync-max-replicas", Count)
        {
            Setting = "replication.diskless-sync-max-replicas",
            Apply = (options, text) => options.Replication.CopyMaxReplicas = Int(text),
        },
        new("repl-ping-replica-period", CountFrom1)
        {
            Setting = "replication.ping-period", Alias = "repl-ping-slave-period", Unit = "s",
            Apply = (options, text) => options.Replication.PingPeriodSeconds = Int(text),
        },
        new("repl-timeout", CountFrom1)
        {
            Setting = "replication.timeout", Unit = "s",
            Apply = (options, text) => options.Replication.TimeoutSeconds = Int(text),
        },
        new("min-replicas-to-write", Count)
        {
            Setting = "replication.min-replicas-to-write", Alias = "min-slaves-to-write",
            Apply = (options, text) => options.Replication.MinReplicasToWrite = Int(text),
        },
        new("min-replicas-max-lag", Count)
        {
            Setting = "replication.min-replicas-max-lag", Alias = "min-slaves-max-lag", Unit = "s",
            Apply = (options, text) => options.Replication.MinReplicasMaxLagSeconds = Int(text),
        },
        new("propagation-error-behavior", Choice("ignore", "panic", "panic-on-replicas"), "ignore"),

        new("cluster-enabled", YesNo) { Setting = "cluster.enabled", Change = Immutable },
        new("cluster-config-file", Text) { Setting = "cluster.config-file", Change = Immutable },
        new("cluster-port", Port) { Setting = "cluster.port", Change = Immutable },
        new("cluster-node-timeout", LongCount)
        {
            Setting = "cluster.node-timeout", Unit = "ms",
            Apply = (options, text) => options.Cluster.NodeTimeoutMs = Long(text),
        },
        new("cluster-announce-ip", new TextKind(AddressRefusal) { Looks = "an address, or a name of a host" })
        {
            Setting = "cluster.announce-ip",
            Apply = (options, text) => options.Cluster.AnnouncedAddress = text,
        },
        new("cluster-announce-hostname", new TextKind(HostNameRefusal) { Looks = "a name of a host" })
        {
            Setting = "cluster.announce-hostname",
            Apply = (options, text) => options.Cluster.AnnouncedHostname = text,
        },
        new("cluster-announce-port", Port)
        {
            Setting = "cluster.announce-port",
            Apply = (options, text) => options.Cluster.AnnouncedPort = Int(text),
        },
        new("cluster-announce-bus-port", Port)
        {
            Setting = "cluster.announce-bus-port",
            Apply = (options, text) => options.Cluster.AnnouncedBusPort = Int(text),
        },
        new("cluster-announce-tls-port", Port, "0"),
        new("cluster-preferred-endpoint-type", Choice("ip", "hostname", "unknown-endpoint"))
        {
            Setting = "cluster.preferred-endpoint-type",
            Apply = (options, text) => options.Cluster.PreferredEndpoint = EnumNames.Parse<PreferredEndpoint>(text),
        },
        new("cluster-migration-barrier", Count)
        {
            Setting = "cluster.migration-barrier",
            Apply = (options, text) => options.Cluster.MigrationBarrier = Int(text),
        },
        new("cluster-allow-replica-migration", YesNo)
        {
            Setting = "cluster.allow-replica-migration",
            Apply = (options, text) => options.Cluster.AllowsReplicaMigration = Bool(text),
        },
        new("cluster-replica-no-failover", YesNo)
        {
            Alias = "cluster-slave-no-failover", Setting = "cluster.replica-no-failover",
            Apply = (options, text) => options.Cluster.ReplicaNeverTakesOver = Bool(text),
        },
        new("cluster-replica-validity-factor", Count)
        {
            Alias = "cluster-slave-validity-factor", Setting = "cluster.replica-validity-factor",
            Apply = (options, text) => options.Cluster.ReplicaValidityFactor = Int(text),
        },
        new("cluster-require-full-coverage", YesNo)
        {
            Setting = "cluster.require-full-coverage",
            Apply = (options, text) => options.Cluster.RequiresFullCoverage = Bool(text),
        },
        new("cluster-allow-reads-when-down", YesNo)
        {
            Setting = "cluster.allow-reads-when-down",
            Apply = (options, text) => options.Cluster.AllowsReadsWhenDown = Bool(text),
        },
        new("cluster-allow-pubsubshard-when-down", YesNo)
        {
            Setting = "cluster.allow-pubsubshard-when-down",
            Apply = (options, text) => options.Cluster.AllowsChannelsWhenDown = Bool(text),
        },
        new("cluster-link-sendbuf-limit", UnsignedSize, "0"),
    ];

    // Redis takes any text, and cannot read its nodes.conf again if there is a blank in it.
    private static string? AddressRefusal(string address) =>
        address.Length >= 256 ? "Addresses must be less than 256 characters"
        : address == "-"
            || address.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or ':' or '%' or '_'))
            ? "Addresses may only contain alphanumeric characters, hyphens, dots, colons, underscores or percent signs"
            : null;

    private static string? HostNameRefusal(string name) =>
        name.Length >= 256 ? "Hostnames must be less than 256 characters"
        : name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.'))
            ? "Hostnames may only contain alphanumeric characters, hyphens or dots"
            : null;
}
