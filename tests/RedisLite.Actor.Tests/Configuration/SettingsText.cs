using RedisLite.Configuration;

namespace RedisLite.Actor.Tests.Configuration;

/// <summary>Loads settings from texts, and says what is wrong with them.</summary>
internal static class SettingsText
{
    public static RedisLiteSettings Load(string hocon) => RedisLiteSettings.Load(new SettingsSources { Hocon = hocon });

    public static RedisLiteSettings Load(
        string hocon, IReadOnlyDictionary<string, string> environment) =>
        RedisLiteSettings.Load(new SettingsSources { Hocon = hocon, Environment = environment });

    public static RedisLiteSettings LoadConf(string redisConf) =>
        RedisLiteSettings.Load(new SettingsSources { StandardInput = redisConf });

    public static RedisLiteSettings CommandLine(params IReadOnlyList<DirectiveValue> options) =>
        RedisLiteSettings.Load(new SettingsSources { CommandLine = options });

    public static string Error(Action load)
    {
        var message = Assert.Throws<SettingsException>(load).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}

/// <summary>A directory for one test's files, removed at its end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("redislite-test-").FullName;

    public string Write(string name, string text)
    {
        var file = System.IO.Path.Combine(Path, name);
        File.WriteAllText(file, text);
        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
