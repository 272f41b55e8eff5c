using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>Reads HOCON from text and files, following includes.</summary>
internal static class HoconFiles
{
    private const int MaxIncludeDepth = 16;

    /// <summary>Parses HOCON text.</summary>
    /// <param name="text">The document.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="directory">Where the names of included files start.</param>
    /// <param name="depth">How many files include this one.</param>
    public static HoconObject Parse(string text, string source, string directory, int depth = 0) =>
        HoconParser.Parse(text, source, name =>
        {
            if (depth == MaxIncludeDepth)
                throw new SettingsException(
                    $"{source}: files include each other more than {MaxIncludeDepth} levels deep");
            var path = Path.Combine(directory, name);
            return Parse(ByteText.ReadFile(path), path, Path.GetDirectoryName(Path.GetFullPath(path))!, depth + 1);
        });
}
