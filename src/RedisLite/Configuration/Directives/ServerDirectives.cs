using System.Text.RegularExpressions;
using RedisLite.Commands.Server;
using static RedisLite.Configuration.DirectiveKinds;
using static RedisLite.Configuration.OptionText;

namespace RedisLite.Configuration;

/// <summary>Directives about sockets, clients, logs, access and the process.</summary>
internal static partial class ServerDirectives
{
    private static readonly string[] TitleVariables =
        ["title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"];

    private static readonly string[] Facilities =
        ["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"];

    public static IReadOnlyList<Directive> All { get; } =
    [
        // Sockets
        new("bind", new BindKind()) { Setting = "network.bind", Change = AtStart },
        new("port", new ListenPortKind()) { Setting = "network.port", Change = AtStart },
        new("tcp-backlog", Count) { Setting = "network.tcp-backlog", Change = Immutable },
        new("tcp-keepalive", Count)
        {
            Setting = "network.tcp-keepalive", Unit = "s",
            Apply = (options, text) => options.TcpKeepAliveSeconds = Int(text),
        },
        new("timeout", Count)
        {
            Setting = "network.timeout", Unit = "s",
            Apply = (options, text) => options.TimeoutSeconds = Int(text),
        },
        new("maxclients", new IntegerKind(1, uint.MaxValue) { Clamp = (1, int.MaxValue) })
        {
            Setting = "network.maxclients",
            Apply = (options, text) => options.MaxClients = Int(text),
        },
        new("bind-source-addr", Text, ""),
        new("socket-mark-id", Integer(0, uint.MaxValue), "0") { Change = Immutable },
        new("unixsocket", Text) { Setting = "network.unix-socket", Change = Immutable },
        new("unixsocketperm", new OctalKind(0b111_111_111))
        {
            Setting = "network.unix-socket-permissions", Change = Immutable,
        },
        new("io-threads", Integer(1, 128), "1") { Change = Immutable },
        new("io-threads-do-reads", YesNo, "no") { Change = Immutable },

        // Requests and replies
        new("proto-max-bulk-len", Memory(1024 * 1024))
        {
            Setting = "protocol.proto-max-bulk-len",
            Apply = (options, text) => options.ProtoMaxBulkLength = Long(text),
        },
        new("client-query-buffer-limit", Memory(1024 * 1024))
        {
            Setting = "protocol.query-buffer-limit",
            Apply = (options, text) => options.ClientQueryBufferLimit = Long(text),
        },
        new("client-output-buffer-limit", new OutputBufferLimitsKind())
        {
            Setting = "clients.output-buffer-limit",
            Apply = (options, text) => options.OutputBufferLimits = OutputBufferLimitsKind.Parse(text),
        },
        new("maxmemory-clients", new MemoryKind(-100, long.MaxValue) { OrPercent = true })
        {
            Setting = "clients.maxmemory-clients",
            Apply = (options, text) => options.MaxMemoryClients = SpecialText.ParseClientMemory(text) ?? default,
        },
        new("tracking-table-max-keys", LongCount)
        {
            Setting = "clients.tracking-table-max-keys",
            Apply = (options, text) => options.TrackingTableMaxKeys = Long(text),
        },
        new("notify-keyspace-events", new KeyspaceEventsKind())
        {
            Setting = "pubsub.notify-keyspace-events",
            Apply = (options, text) => options.NotifyKeyspaceEvents = Events(text),
        },
        new("busy-reply-threshold", LongCount)
        {
            Alias = "lua-time-limit", Setting = "execution.busy-reply-threshold", Unit = "ms",
            Apply = (options, text) => options.BusyReplyThresholdMs = Long(text),
        },

        // Access
        new("protected-mode", YesNo)
        {
            Setting = "security.protected-mode",
            Apply = (options, text) => options.ProtectedMode = Bool(text),
        },
        new("requirepass", Text)
        {
            Setting = "security.requirepass",
            Apply = (options, text) => options.RequirePass = text,
        },
        new("enable-debug-command", Choice("no", "yes", "local"))
        {
            Setting = "security.enable-debug-command", Change = Immutable,
            Apply = (options, text) => options.EnableDebugCommand = EnumNames.Parse<ProtectedAccess>(text),
        },
        new("enable-module-command", Choice("no", "yes", "local"), "no") { Change = Immutable },
        new("enable-protected-configs", Choice("no", "yes", "local"), "no") { Change = Immutable },
        new("auth-failure-limit", Integer(0, 1_000_000))
        {
            Setting = "security.auth-failure-limit", Hidden = true,
            Apply = (options, text) => options.AuthFailureLimit = Long(text),
        },
        new("auth-failure-interval", Integer(0, 3_600_000))
        {
            Setting = "security.auth-failure-interval", Unit = "ms", Hidden = true,
            Apply = (options, text) => options.AuthFailureIntervalMs = Long(text),
        },
        new("aclfile", Text) { Setting = "security.aclfile", Change = Immutable },
        new("acllog-max-len", LongCount)
        {
            Setting = "security.acllog-max-len",
            Apply = (options, text) => options.AclLogMaxLength = Long(text),
        },
        new("acl-pubsub-default", Choice("allchannels", "resetchannels"))
        {
            Setting = "security.acl-pubsub-default",
            Apply = (options, text) => options.AclPubSubDefaultAllChannels = text == "allchannels",
        },

        // What the server tells about itself
        new("loglevel", Choice("debug", "verbose", "notice", "warning"))
        {
            Setting = "logging.loglevel",
            Apply = (options, text) => options.LogLevel = EnumNames.Parse<LogVerbosity>(text),
        },
        new("logfile", Text) { Setting = "logging.logfile", Change = Immutable },
        new("syslog-enabled", YesNo, "no") { Change = Immutable },
        new("syslog-ident", Text, "redis") { Change = Immutable },
        new("syslog-facility", Choice(Facilities), "local0") { Change = Immutable },
        new("slowlog-log-slower-than", Integer(-1, long.MaxValue))
        {
            Setting = "slowlog.log-slower-than", Unit = "us",
            Apply = (options, text) => options.SlowlogLogSlowerThanMicroseconds = Long(text),
        },
        new("slowlog-max-len", LongCount)
        {
            Setting = "slowlog.max-len",
            Apply = (options, text) => options.SlowlogMaxLength = Long(text),
        },
        new("latency-monitor-threshold", LongCount)
        {
            Setting = "latency.monitor-threshold", Unit = "ms",
            Apply = (options, text) => options.LatencyMonitorThresholdMs = Long(text),
        },
        new("latency-tracking", YesNo)
        {
            Setting = "latency.tracking",
            Apply = (options, text) => options.LatencyTracking = Bool(text),
        },
        new("latency-tracking-info-percentiles", new PercentilesKind())
        {
            Setting = "latency.tracking-info-percentiles",
            Apply = (options, text) => options.LatencyTrackingPercentiles = PercentilesKind.Parse(text),
        },
        new("crash-log-enabled", YesNo, "yes"),
        new("crash-memcheck-enabled", YesNo, "yes"),
        new("always-show-logo", YesNo, "no") { Change = Immutable },
        new("ignore-warnings", Text, ""),

        // The process
        new("daemonize", YesNo, "no")
        {
            Change = Immutable, OnlyDefault = true,
            Instead = "no; a service manager runs it in the background (supervised systemd), or nohup and &",
        },
        new("supervised", Choice("upstart", "systemd", "auto", "no")) { Setting = "process.supervised",
            Change = Immutable },
        new("pidfile", Text) { Setting = "process.pidfile", Change = Immutable },
        new("shutdown-timeout", Count)
        {
            Setting = "shutdown.timeout", Unit = "s",
            Apply = (options, text) => options.ShutdownTimeoutSeconds = Int(text),
        },
        new("shutdown-on-sigint", ShutdownFlags, "default"),
        new("shutdown-on-sigterm", ShutdownFlags, "default"),
        new("set-proc-title", YesNo, "yes") { Change = Immutable },
        new("proc-title-template", new TextKind(TitleRefusal), "{title} {listen-addr} {server-mode}"),
        new("server_cpulist", Text, "") { Change = Immutable },
        new("bio_cpulist", Text, "") { Change = Immutable },
        new("aof_rewrite_cpulist", Text, "") { Change = Immutable },
        new("bgsave_cpulist", Text, "") { Change = Immutable },
        new("oom-score-adj", Choice("no", "yes", "relative", "absolute"), "no"),
        new("oom-score-adj-values", new OomScoresKind(), "0 200 800"),
        new("disable-thp", YesNo, "yes") { Change = Immutable },
        new("use-exit-on-panic", YesNo, "no") { Hidden = true },
        new("watchdog-period", Count, "0") { Hidden = true },

        // TLS
        new("tls-port", new ListenPortKind()) { Setting = "tls.port", Change = AtStart },
        Tls("tls-cert-file", "cert-file"),
        Tls("tls-key-file", "key-file"),
        Tls("tls-key-file-pass", "key-file-pass"),
        Tls("tls-client-cert-file", "client-cert-file"),
        Tls("tls-client-key-file", "client-key-file"),
        Tls("tls-client-key-file-pass", "client-key-file-pass"),
        new("tls-dh-params-file", Text, ""),
        Tls("tls-ca-cert-file", "ca-cert-file"),
        Tls("tls-ca-cert-dir", "ca-cert-dir"),
        Tls("tls-protocols", "protocols"),
        Tls("tls-ciphers", "ciphers"),
        Tls("tls-ciphersuites", "ciphersuites"),
        Tls("tls-auth-clients", "auth-clients", Choice("no", "yes", "optional")),
        Tls("tls-auth-clients-user", "auth-clients-user", Choice("off", "cn"), hidden: true),
        new("tls-prefer-server-ciphers", YesNo, "no"),
        Tls("tls-replication", "replication", YesNo),
        new("tls-cluster", YesNo) { Setting = "tls.cluster", Change = AtStart },
        Tls("tls-session-caching", "session-caching", YesNo),
        new("tls-session-cache-size", Count, "20480"),
        new("tls-session-cache-timeout", Count, "300"),
    ];

    private static Directive Tls(string name, string setting, DirectiveKind? kind = null, bool hidden = false) =>
        new(name, kind ?? Text) { Setting = $"tls.{setting}", IsTls = true, Hidden = hidden };

    private static string? TitleRefusal(string template)
    {
        var known = Variable().Matches(template).All(variable =>
            variable.Groups["closed"].Success && TitleVariables.Contains(variable.Groups["name"].Value));
        // Something must be left when the variables that may be empty are.
        var text = Empty().Replace(template, "").Trim(' ');
        return known && text.Length > 0 ? null : "template format is invalid or contains unknown variables";
    }

    [GeneratedRegex(@"\{(title|server-mode|unixsocket|config-file)\}")]
    private static partial Regex Empty();

    [GeneratedRegex(@"\{(?<name>[^}]*)(?<closed>\})?")]
    private static partial Regex Variable();
}
