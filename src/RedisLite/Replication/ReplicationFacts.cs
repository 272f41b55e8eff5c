using System.Globalization;
using RedisLite.Log;

namespace RedisLite.Replication;

/// <summary>
/// What a snapshot says of the stream that it is a part of, by the names that Redis has for it; pure.
/// </summary>
/// <param name="Id">The stream.</param>
/// <param name="Offset">The bytes of it that are in the snapshot.</param>
/// <param name="Database">The database that is selected there.</param>
internal sealed record ReplicationFacts(string Id, long Offset, int Database)
{
    public static IReadOnlyList<KeyValuePair<string, string>> Of(ReplicationHistory history, LogCut cut) =>
    [
        new("repl-stream-db", Math.Max(0, cut.Database).ToString(CultureInfo.InvariantCulture)),
        new("repl-id", history.Id),
        new("repl-offset", history.OffsetOf(cut.Position).ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>Null when it does not say so.</summary>
    public static ReplicationFacts? Read(IReadOnlyDictionary<string, string> facts) =>
        facts.TryGetValue("repl-id", out var id) && id.Length == 40
        && facts.TryGetValue("repl-offset", out var text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? new ReplicationFacts(id, offset, DatabaseOf(facts))
            : null;

    /// <summary>The selected database; 0 when it does not say.</summary>
    public static int DatabaseOf(IReadOnlyDictionary<string, string> facts) =>
        facts.TryGetValue("repl-stream-db", out var text)
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var database) ? database : 0;
}
