namespace RedisLite.Configuration;

/// <summary>The layers that settings are read from, lowest first, above <c>reference.conf</c>.</summary>
public sealed record SettingsSources
{
    /// <summary>A host's own defaults, as HOCON text; null for none.</summary>
    public string? Hocon { get; init; }

    /// <summary>What error messages call <see cref="Hocon"/>.</summary>
    public string HoconName { get; init; } = "defaults of the host";

    /// <summary>Configuration files, HOCON or redis.conf; later ones win.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The text of one more file, as read from standard input; null for none.</summary>
    public string? StandardInput { get; init; }

    /// <summary>
    /// Environment variables: <c>REDISLITE__NETWORK__TCP_BACKLOG</c> sets <c>redislite.network.tcp-backlog</c>, and all
    /// of them can be referred to as <c>${NAME}</c>. Null reads none, so that nothing around a test changes it.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>
    /// Redis directives, or full paths (<c>redislite.network.port</c>), with their values; later ones win.
    /// </summary>
    public IReadOnlyList<DirectiveValue> CommandLine { get; init; } = [];

    /// <summary>This process's environment, for <see cref="Environment"/>.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment()
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            result[(string)variable.Key] = (string?)variable.Value ?? "";
        return result;
    }
}

/// <summary>A directive and its values, as in <c>--save 3600 1</c>.</summary>
public sealed record DirectiveValue(string Name, IReadOnlyList<string> Values);
