using System.Text;
using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>Rewrites HOCON text.</summary>
internal static class HoconRewriter
{
    /// <summary>
    /// The text with changed values: in place where the key is a plain value in this file, else at the end.
    /// </summary>
    /// <param name="text">The file's text.</param>
    /// <param name="file">Its name, as its values' origins have it.</param>
    /// <param name="changes">The directives whose values, as bytes, differ from what the file says.</param>
    public static string Rewrite(string text, string file, IReadOnlyDictionary<Directive, string> changes)
    {
        var layer = HoconFiles.Parse(text, file, Path.GetDirectoryName(Path.GetFullPath(file))!);
        var inPlace = new List<(Range Extent, string Literal)>();
        var added = new StringBuilder();
        foreach (var (directive, value) in changes)
        {
            foreach (var (path, literal) in Literals(directive, ByteText.Text(value)))
            {
                if (layer.Find(path.Split('.')) is HoconText old && old.Origin.Source == file
                    && !old.Extent.Equals(..0))
                    inPlace.Add((old.Extent, literal));
                else
                    added.Append(path).Append(" = ").Append(literal).Append('\n');
            }
        }

        // From the end, so that the extents of those before stay right.
        foreach (var (extent, literal) in inPlace.OrderByDescending(change => change.Extent.Start.Value))
            text = text[..extent.Start] + literal + text[extent.End..];
        return added.Length == 0 ? text : Add(text, added.ToString());
    }

    /// <summary>The text with other users: in the place of what an earlier rewrite has left, else at the end.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="users">A line each, as bytes; empty or null when the file gives them already.</param>
    public static string RewriteUsers(string text, IReadOnlyList<string>? users)
    {
        if (users is null or [])
            return text;
        const string key = $"{SettingsSchema.Root}.security.users = ";
        var lines = users.Select(user => HoconWriter.Quote(ByteText.Text(ConfText.QuoteWords(user))));
        var line = $"{key}[{string.Join(", ", lines)}]";
        var start = text.LastIndexOf("\n" + key, StringComparison.Ordinal) + 1;
        var mark = text.IndexOf(RedisConfRewriter.Mark, StringComparison.Ordinal);
        if (mark < 0 || start < mark)
            return Add(text, line + "\n");
        var end = text.IndexOf('\n', start);
        return text[..start] + line + (end < 0 ? "" : text[end..]);
    }

    private static string Add(string text, string lines)
    {
        if (!text.Contains(RedisConfRewriter.Mark, StringComparison.Ordinal))
            lines = $"\n{RedisConfRewriter.Mark}\n{lines}";
        // A document in braces ends with one; comments may follow it.
        var end = text.Length;
        if (IsBraced(text))
            end = text.LastIndexOf('}');
        var before = text[..end];
        if (before.Length > 0 && !before.EndsWith('\n'))
            before += "\n";
        return before + lines + text[end..];
    }

    private static bool IsBraced(string text)
    {
        var scanner = new HoconScanner(text, "");
        scanner.SkipSpaceAndNewlines();
        return scanner.Peek() == '{';
    }

    /// <summary>A directive's value as HOCON: one key, or several for output buffer limits.</summary>
    private static IEnumerable<(string Path, string Literal)> Literals(Directive directive, string value)
    {
        var path = DirectiveLayer.Path(directive);
        if (directive.Setting is null)
            return [(path, HoconWriter.Quote(value))];
        var layer = new HoconObject(new Origin(path));
        var words = directive.Kind.IsMultiArgument ? value.Split(' ') : [value];
        DirectiveLayer.Add(layer, directive.Name, words, layer.Origin);
        return SettingsSchema.All
            .Select(setting => (setting, value: layer.Find(setting.FullPath.Split('.'))))
            .Where(found => found.value is not null)
            .Select(found => (found.setting.FullPath, found.setting.Kind.Write(found.setting.Kind.Read(found.value!))));
    }
}
