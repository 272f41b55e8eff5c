using static RedisLite.Configuration.DirectiveKinds;

namespace RedisLite.Configuration;

/// <summary>
/// The audit trail's; Redis has none. None can be changed while the server runs: who is recorded must not be able to
/// end it.
/// </summary>
internal static class AuditDirectives
{
    public static IReadOnlyList<Directive> All { get; } =
    [
        Of("audit-file", "file", Text),
        Of("audit-events", "events", new AuditEventsKind()),
        Of("audit-max-file-size", "max-file-size", Memory(0)),
        Of("audit-max-files", "max-files", Integer(0, 1000)),
        Of("audit-on-failure", "on-failure", Choice("drop", "refuse")),
        Of("audit-queue-limit", "queue-limit", Memory(64 * 1024)),
    ];

    private static Directive Of(string name, string setting, DirectiveKind kind) =>
        new(name, kind) { Setting = $"audit.{setting}", Change = Immutable, Hidden = true };

    private sealed class AuditEventsKind : DirectiveKind
    {
        public override string Expected => AuditEventNames.Expected;

        public override bool IsMultiArgument => true;

        public override string? Normalize(IReadOnlyList<string> words, string current, out string canonical)
        {
            canonical = string.Join(' ', words);
            return words is [""] || AuditEventNames.FindUnknown(words) is null
                ? null
                : $"argument(s) must be one of the following: {AuditEventNames.Expected}";
        }
    }
}
