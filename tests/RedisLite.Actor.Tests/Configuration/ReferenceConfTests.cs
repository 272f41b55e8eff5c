using System.Reflection;
using RedisLite.Configuration;
using RedisLite.Configuration.Hocon;

namespace RedisLite.Actor.Tests.Configuration;

/// <summary>reference.conf and the settings records say the same.</summary>
public sealed class ReferenceConfTests
{
    private static readonly string[] OpenSections = ["redislite.directives", "redislite.dispatchers"];

    [Fact]
    public void Every_key_is_read()
    {
        var root = Reference();
        var read = SettingsSchema.All.Select(setting => setting.FullPath).ToHashSet();

        var unread = Keys(root)
            .Where(key => !key.StartsWith("akka.", StringComparison.Ordinal))
            .Where(key => !OpenSections.Any(section => key.StartsWith(section, StringComparison.Ordinal)))
            .Where(key => !read.Contains(key));

        Assert.Empty(unread);
    }

    [Fact]
    public void Every_setting_has_its_key_in_its_section()
    {
        var keys = Keys(Reference()).ToHashSet();

        Assert.All(SettingsSchema.All, setting => Assert.Contains(setting.FullPath, keys));
    }

    [Fact]
    public void Every_property_of_the_settings_records_is_a_setting()
    {
        var sections = typeof(RedisLiteSettings).GetProperties()
            .Where(property => property.GetCustomAttribute<SectionAttribute>() is not null)
            .ToList();

        Assert.Equal(21, sections.Count);
        foreach (var section in sections)
        {
            Assert.All(
                section.PropertyType.GetProperties(),
                property => Assert.NotNull(property.GetCustomAttribute<SettingAttribute>()));
        }
    }

    [Fact]
    public void Every_key_stands_once_and_says_what_it_does()
    {
        var lines = ReferenceText().Split('\n');
        var seen = new HashSet<string>();
        var path = new Stack<string>();
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.EndsWith('{'))
                path.Push(line[..^1].Trim());
            else if (line == "}")
                path.Pop();
            else if (line.Length > 0 && line[0] != '#')
            {
                var key = string.Join('.', path.Reverse()) + "." + line.Split('=')[0].Trim();
                Assert.True(seen.Add(key), $"line {i + 1}: {key} stands twice");
                // Akka documents its own keys; a limit by class is documented above the three.
                if (key.StartsWith("redislite.", StringComparison.Ordinal)
                    && !key.Contains("dispatchers", StringComparison.Ordinal)
                    && !key.Contains("output-buffer-limit", StringComparison.Ordinal))
                {
                    Assert.True(
                        lines[i - 1].TrimStart().StartsWith('#'), $"line {i + 1}: {key} has no comment above it");
                }
            }
        }
    }

    [Fact]
    public void The_directive_named_above_a_key_is_the_one_that_sets_it()
    {
        var text = ReferenceText();
        foreach (var directive in DirectiveTable.All.Where(directive => directive.Setting is not null))
        {
            var words = text.Replace("\n", " ", StringComparison.Ordinal).Split(
                [' ', '#'], StringSplitOptions.RemoveEmptyEntries);
            Assert.Contains($"Redis directive: {directive.Name}.", string.Join(' ', words), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_file_that_operators_edit_is_valid_and_changes_nothing()
    {
        var file = Path.Combine(RepositoryRoot(), "hocon", "redislite.conf");

        var settings = RedisLiteSettings.Load(file);

        foreach (var setting in SettingsSchema.All)
        {
            Assert.Equal(
                setting.Kind.Write(setting.ValueIn(RedisLiteSettings.Default)),
                setting.Kind.Write(setting.ValueIn(settings)));
        }
    }

    [Fact]
    public void The_keys_that_the_operators_file_mentions_are_known()
    {
        var file = Path.Combine(RepositoryRoot(), "hocon", "redislite.conf");
        var text = string.Join('\n', File.ReadAllLines(file).Select(Uncommented));

        RedisLiteSettings.Load(new SettingsSources { Hocon = text });

        // "# key = value" and "#key = value" are suggestions; prose has no "=".
        static string Uncommented(string line)
        {
            var trimmed = line.TrimStart();
            return trimmed.StartsWith('#') && trimmed.Contains(" = ", StringComparison.Ordinal)
                ? trimmed.TrimStart('#', ' ') : line;
        }
    }

    internal static string RepositoryRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "RedisLite.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("not in a checkout");
        return directory;
    }

    private static string ReferenceText()
    {
        using var stream = typeof(RedisLiteSettings).Assembly.GetManifestResourceStream("RedisLite.reference.conf")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static HoconObject Reference() =>
        HoconResolver.Resolve(HoconFiles.Parse(ReferenceText(), "reference.conf", "."), _ => null);

    private static IEnumerable<string> Keys(HoconObject root, string prefix = "") => root.Fields.SelectMany(field =>
        field.Value is HoconObject section ? Keys(section, $"{prefix}{field.Key}.") : [prefix + field.Key]);
}
