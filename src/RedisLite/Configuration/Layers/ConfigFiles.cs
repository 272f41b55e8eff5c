using System.Text.RegularExpressions;
using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>Which syntax a configuration file has.</summary>
internal enum ConfigSyntax
{
    Hocon,
    RedisConf,
}

/// <summary>Reads configuration files, HOCON or redis.conf.</summary>
internal static partial class ConfigFiles
{
    /// <summary>Reads one file as a layer.</summary>
    /// <exception cref="SettingsException">The file cannot be read or understood.</exception>
    public static HoconObject Read(string file)
    {
        string text;
        try
        {
            text = ByteText.ReadFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SettingsException($"cannot read the configuration file '{file}': {e.Message}");
        }

        return SyntaxOf(file, text) == ConfigSyntax.Hocon
            ? HoconFiles.Parse(text, file, Path.GetDirectoryName(Path.GetFullPath(file))!)
            : RedisConfReader.Read(text, file);
    }

    /// <summary>Reads a text as a layer.</summary>
    public static HoconObject Parse(string text, string source) => SyntaxOf(source, text) == ConfigSyntax.Hocon
        ? HoconFiles.Parse(text, source, Directory.GetCurrentDirectory())
        : RedisConfReader.Read(text, source);

    /// <summary>By the extension where it says something, else by the first line that does.</summary>
    public static ConfigSyntax SyntaxOf(string file, string text)
    {
        if (Path.GetExtension(file).Equals(".hocon", StringComparison.OrdinalIgnoreCase))
            return ConfigSyntax.Hocon;
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line.StartsWith("//", StringComparison.Ordinal))
                return ConfigSyntax.Hocon;
            var word = FirstWord().Match(line).Value;
            if (word == "include")
            {
                // Both have it; the one in quotes may still be either.
                if (!line.Contains('"'))
                    return ConfigSyntax.RedisConf;
                continue;
            }

            // "port = 1" is a mistake in redis.conf and an unknown key in HOCON; the former can be explained better.
            return DirectiveTable.Find(word) is null && HoconLine().IsMatch(line)
                ? ConfigSyntax.Hocon : ConfigSyntax.RedisConf;
        }

        return ConfigSyntax.Hocon;
    }

    [GeneratedRegex("^[A-Za-z0-9_-]+(?![.A-Za-z0-9_-])")]
    private static partial Regex FirstWord();

    [GeneratedRegex("""^([{}]|("[^"]*"|[^\s"{}=:]+)+\s*(=|:|\+=|\{))""")]
    private static partial Regex HoconLine();
}
