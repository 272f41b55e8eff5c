using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>
/// Settings from environment variables: <c>REDISLITE__NETWORK__TCP_BACKLOG</c> is <c>network.tcp-backlog</c>.
/// </summary>
internal static class EnvironmentLayer
{
    private const string Prefix = "REDISLITE__";

    public static HoconObject Read(IReadOnlyDictionary<string, string> environment)
    {
        var layer = new HoconObject(new Origin("environment"));
        foreach (var (name, value) in environment.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            var path = name[Prefix.Length..].ToLowerInvariant().Replace("__", ".").Replace('_', '-').Split('.');
            layer.Set(
                [SettingsSchema.Root, .. path], new HoconText(new Origin($"environment {name}"), value, quoted: false));
        }

        return layer;
    }
}
