using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>Reads redis.conf: a directive and its values a line, <c>#</c> comments, <c>include</c>.</summary>
internal static class RedisConfReader
{
    private const int MaxIncludeDepth = 16;

    /// <summary>Reads a file's text as a layer.</summary>
    /// <exception cref="SettingsException">A line is not understood, or an included file cannot be read.</exception>
    public static HoconObject Read(string text, string source)
    {
        var layer = new HoconObject(new Origin(source));
        Read(layer, text, source, depth: 0);
        return layer;
    }

    private static void Read(HoconObject layer, string text, string source, int depth)
    {
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            var origin = new Origin(source, number);
            // Escapes stand for bytes, of which several may make one char.
            var words = ConfText.Split(ByteText.Bytes(line))?.ConvertAll(ByteText.Text)
                ?? throw new SettingsException(
                    $"{origin}: unbalanced quotes; expected a closing quote at the end of a word");
            if (words.Count == 0)
                continue;
            if (words[0].Equals("include", StringComparison.OrdinalIgnoreCase))
                Include(layer, words, origin, depth);
            else
                DirectiveLayer.Add(layer, words[0], words[1..], origin);
        }
    }

    // Relative to the working directory, and with wildcards in the file's name, as Redis has it.
    private static void Include(HoconObject layer, List<string> words, Origin origin, int depth)
    {
        if (words.Count != 2)
            throw new SettingsException($"{origin}: include: {words.Count - 1} values given; expected one file");
        if (depth == MaxIncludeDepth)
            throw new SettingsException($"{origin}: files include each other more than {MaxIncludeDepth} levels deep");
        try
        {
            foreach (var file in Expand(words[1]))
            {
                var text = ByteText.ReadFile(file);
                if (ConfigFiles.SyntaxOf(file, text) == ConfigSyntax.RedisConf)
                    Read(layer, text, file, depth + 1);
                else
                    layer.Overlay(HoconFiles.Parse(text, file, Path.GetDirectoryName(Path.GetFullPath(file))!));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{origin}: cannot include '{words[1]}': {e.Message}");
        }
    }

    private static IEnumerable<string> Expand(string pattern)
    {
        if (!pattern.AsSpan().ContainsAny('*', '?'))
            return [pattern];
        var directory = Path.GetDirectoryName(pattern);
        return Directory
            .EnumerateFiles(string.IsNullOrEmpty(directory) ? "." : directory, Path.GetFileName(pattern))
            .Order(StringComparer.Ordinal);
    }
}
