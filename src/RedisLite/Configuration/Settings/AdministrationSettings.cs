using RedisLite.Commands.Server;

namespace RedisLite.Configuration;

/// <summary>The log of slow commands (section <c>redislite.slowlog</c>).</summary>
public sealed record SlowlogSettings
{
    /// <summary>In whole microseconds; zero logs every command, null none.</summary>
    [Setting("log-slower-than")]
    public required TimeSpan? LogSlowerThan { get; init; }

    [Setting("max-len")]
    public required long MaxLength { get; init; }
}

/// <summary>LATENCY's events and histograms (section <c>redislite.latency</c>).</summary>
public sealed record LatencySettings
{
    /// <summary>In whole milliseconds; zero for off.</summary>
    [Setting("monitor-threshold")]
    public required TimeSpan MonitorThreshold { get; init; }

    [Setting("tracking")]
    public required bool Tracking { get; init; }

    [Setting("tracking-info-percentiles", Max = 100)]
    public required IReadOnlyList<double> TrackingInfoPercentiles { get; init; }
}

/// <summary>Messages between clients (section <c>redislite.pubsub</c>).</summary>
public sealed record PubSubSettings
{
    [Setting("notify-keyspace-events")]
    public required KeyspaceEvents NotifyKeyspaceEvents { get; init; }
}

/// <summary>Who may do what (section <c>redislite.security</c>).</summary>
public sealed record SecuritySettings
{
    /// <summary>The password that AUTH asks for, sent by clients as UTF-8; empty for none.</summary>
    [Setting("requirepass")]
    public required string RequirePass { get; init; }

    /// <summary>Without a password, clients from other machines are refused.</summary>
    [Setting("protected-mode")]
    public required bool ProtectedMode { get; init; }

    /// <summary>The file that users are kept in, relative to the data directory; empty for none.</summary>
    [Setting("aclfile")]
    public required string AclFile { get; init; }

    /// <summary>Users, each a name and rules; not together with a file.</summary>
    [Setting("users")]
    public required IReadOnlyList<ConfigLine> Users { get; init; }

    /// <summary>Commands with other names, each its own and the new one, which may be "" for none.</summary>
    [Setting("rename-commands")]
    public required IReadOnlyList<ConfigLine> RenameCommands { get; init; }

    [Setting("acl-pubsub-default")]
    public required AclPubSubDefault AclPubSubDefault { get; init; }

    /// <summary>Refusals that ACL LOG keeps.</summary>
    [Setting("acllog-max-len")]
    public required long AclLogMaxLength { get; init; }

    /// <summary>Wrong passwords of one address after which the next attempt waits; 0 for no limit.</summary>
    [Setting("auth-failure-limit", Max = 1_000_000)]
    public required long AuthFailureLimit { get; init; }

    /// <summary>How long each further attempt waits, one after the other; in whole milliseconds.</summary>
    [Setting("auth-failure-interval", Max = 3600)]
    public required TimeSpan AuthFailureInterval { get; init; }

    [Setting("enable-debug-command")]
    public required ProtectedAccess EnableDebugCommand { get; init; }
}

/// <summary>What new users may do with channels.</summary>
public enum AclPubSubDefault
{
    AllChannels,
    ResetChannels,
}

/// <summary>A line of words, quoted as in redis.conf where they need it.</summary>
/// <param name="Text">The words.</param>
/// <param name="Origin">Where it stands, for error messages.</param>
public sealed record ConfigLine(string Text, string Origin = "settings");

/// <summary>The end of the process (section <c>redislite.shutdown</c>).</summary>
public sealed record ShutdownSettings
{
    /// <summary>In whole seconds.</summary>
    [Setting("timeout", Max = int.MaxValue)]
    public required TimeSpan Timeout { get; init; }
}

/// <summary>Whoever started the process (section <c>redislite.process</c>); for the executable.</summary>
public sealed record ProcessSettings
{
    /// <summary>Who is told that the server is ready, and that it stops.</summary>
    [Setting("supervised")]
    public required Supervision Supervised { get; init; }

    /// <summary>Where the process's number is kept; empty for nowhere.</summary>
    [Setting("pidfile")]
    public required string PidFile { get; init; }
}

/// <summary>What watches over the process.</summary>
public enum Supervision
{
    No,
    Upstart,
    Systemd,

    /// <summary>systemd, where the process was started with a socket for it.</summary>
    Auto,
}

/// <summary>What the executable writes about itself (section <c>redislite.logging</c>).</summary>
public sealed record LoggingSettings
{
    [Setting("loglevel")]
    public required LogVerbosity LogLevel { get; init; }

    /// <summary>A file to append to; empty for standard output.</summary>
    [Setting("logfile")]
    public required string LogFile { get; init; }

    /// <summary>What a line looks like.</summary>
    [Setting("format")]
    public required LogFormat Format { get; init; }
}

/// <summary>What a line of the log looks like.</summary>
public enum LogFormat
{
    /// <summary>As Redis writes it.</summary>
    Text,

    /// <summary>An object a line.</summary>
    Json,
}
