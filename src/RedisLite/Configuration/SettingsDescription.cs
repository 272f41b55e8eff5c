using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>A key's value in force and the layer, file and line that it came from.</summary>
/// <param name="Path">The full key.</param>
/// <param name="Value">As HOCON has it.</param>
/// <param name="Origin">Such as <c>redislite.conf:12</c> or <c>command line --port</c>.</param>
public sealed record SettingDescription(string Path, string Value, string Origin);

/// <summary>A Redis directive, for help texts and documentation.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Alias">An older name; null for none.</param>
/// <param name="Default">Its default, as CONFIG GET shows it.</param>
/// <param name="Expected">What its values look like.</param>
/// <param name="Path">The key that it sets; null when it is remembered and has no effect.</param>
public sealed record DirectiveDescription(string Name, string? Alias, string Default, string Expected, string? Path);

/// <summary>What the configuration knows about itself.</summary>
internal static class SettingsDescriber
{
    private const string Secret = "\"***\"";

    private static readonly string[] Secrets =
        ["requirepass", "primary-password", "key-file-pass", "client-key-file-pass", "users"];

    /// <summary>Every key in force, in the order of reference.conf; passwords are not shown.</summary>
    public static IEnumerable<SettingDescription> Describe(RedisLiteSettings settings) => Leaves(settings.Tree, "");

    public static IEnumerable<DirectiveDescription> Directives(RedisLiteSettings defaults) => DirectiveTable.All
        .Where(directive => !directive.Hidden)
        .Select(directive => new DirectiveDescription(
            directive.Name,
            directive.Alias,
            DefaultOf(directive, defaults),
            directive.Kind.Expected,
            directive.Setting is null ? null : DirectiveLayer.Path(directive)));

    private static string DefaultOf(Directive directive, RedisLiteSettings settings) =>
        directive.Name == "dir" ? settings.Persistence.Directory
            : DirectiveText.Of(directive, settings).Replace("slave ", "replica ", StringComparison.Ordinal);

    private static IEnumerable<SettingDescription> Leaves(HoconObject fields, string prefix)
    {
        foreach (var (name, value) in fields.Fields)
        {
            var path = prefix + HoconWriter.Key(name);
            if (value is HoconObject section)
            {
                foreach (var leaf in Leaves(section, path + "."))
                    yield return leaf;
            }
            else
            {
                var secret = Secrets.Contains(name)
                    && value is HoconText { Text.Length: > 0 } or HoconArray { Items.Count: > 0 };
                yield return new SettingDescription(
                    path, secret ? Secret : HoconWriter.Literal(value), $"{value.Origin}");
            }
        }
    }
}
