using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.DocExamples;

/// <summary>docs/CONFIGURATION.md names every directive and section, and shows messages that really come.</summary>
public sealed class ConfigurationPageTests
{
    private static readonly string Page = RepositoryFiles.Read("docs/CONFIGURATION.md");

    [Fact]
    public void Every_directive_with_a_setting_has_a_row()
    {
        foreach (var directive in DirectiveTable.All.Where(directive => directive.Setting is not null))
        {
            var name = directive.Alias is null ? $"`{directive.Name}`" : $"`{directive.Name}` or `{directive.Alias}`";
            var unit = directive.Unit switch
            {
                "" => "",
                "m" => " (min)",
                var other => $" ({other})",
            };
            var change = directive.Change switch
            {
                DirectiveChange.AtAnyTime => "any time",
                DirectiveChange.Protected => "protected",
                _ => "restart",
            };
            Assert.Contains($"\n| {name}{unit} | `{directive.Setting}` | {change} |\n", Page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_section_is_named()
    {
        foreach (var section in SettingsSchema.All.Select(setting => setting.FullPath.Split('.')[1]).Distinct())
            Assert.Contains($"`redislite.{section}`", Page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redislite.conf", "redislite {\n  network {\n    prot = 7000\n  }\n}\n", "redislite.conf:3: ")]
    [InlineData("redis.conf", "port 7000\nmaxclient 100\n", "redis.conf:2: ")]
    [InlineData("redis.conf", "timeout soon\n", "redis.conf:1: ")]
    public void A_mistake_is_reported_as_the_page_shows(string file, string text, string origin)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, file);
        File.WriteAllText(path, text);
        var message = Assert.Throws<SettingsException>(() => RedisLiteSettings.Load(path)).Message;
        message = message.Replace(path, file, StringComparison.Ordinal);
        Assert.StartsWith(origin, message, StringComparison.Ordinal);
        Assert.Contains($"\n{message}\n", Page, StringComparison.Ordinal);
    }
}
