using RedisLite.Commands.Execution;

namespace RedisLite.Configuration;

/// <summary>The record of who changed what (section <c>redislite.audit</c>).</summary>
public sealed record AuditSettings
{
    /// <summary>The file, relative to the data directory; empty for none.</summary>
    [Setting("file")]
    public required string File { get; init; }

    /// <summary>What is recorded: <c>login</c>, <c>denied</c>, <c>admin</c>, <c>write</c>.</summary>
    [Setting("events")]
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>Bytes at which another file is begun; 0 for no limit.</summary>
    [Size("max-file-size")]
    public required long MaxFileSize { get; init; }

    /// <summary>Older files that are kept.</summary>
    [Setting("max-files", Max = 1000)]
    public required int MaxFiles { get; init; }

    /// <summary>What happens while the file cannot be written.</summary>
    [Setting("on-failure")]
    public required AuditFailure OnFailure { get; init; }

    /// <summary>Bytes of records that may wait to be written.</summary>
    [Size("queue-limit", Min = 64 * 1024, Max = 512 * 1024 * 1024)]
    public required long QueueLimit { get; init; }
}

/// <summary>What happens to records that cannot be written.</summary>
public enum AuditFailure
{
    /// <summary>They are lost, and counted.</summary>
    Drop,

    /// <summary>None is lost: writes are refused until they can be written.</summary>
    Refuse,
}

/// <summary>The names of <see cref="AuditEvents"/>.</summary>
internal static class AuditEventNames
{
    private static readonly AuditEvents[] All =
        [AuditEvents.Login, AuditEvents.Denied, AuditEvents.Admin, AuditEvents.Write];

    /// <summary>To follow "expected" in an error line.</summary>
    public const string Expected = "some of login, denied, admin and write";

    /// <summary>The name that is none of them; null when all are.</summary>
    public static string? FindUnknown(IEnumerable<string> names) =>
        names.FirstOrDefault(static name => !All.Any(known => NameOf(known) == name));

    /// <summary>What the names say.</summary>
    public static AuditEvents Parse(IEnumerable<string> names) =>
        All.Where(known => names.Contains(NameOf(known))).Aggregate(AuditEvents.None, static (all, one) => all | one);

    private static string NameOf(AuditEvents known) => known.ToString().ToLowerInvariant();
}
