using System.Globalization;
using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Configuration;

/// <summary>The syntax of a redis.conf line: words, some in quotes with escapes.</summary>
internal static class ConfText
{
    /// <inheritdoc cref="QuotedWords.Split"/>
    public static List<string>? Split(string line) => QuotedWords.Split(line);

    /// <summary>A word of text as it is, or in quotes where it would be read as another.</summary>
    public static string QuoteIfNeeded(string text)
    {
        var bytes = ByteText.Bytes(text);
        var isPlain = bytes.Length > 0 && !bytes.Any(static c => c is <= ' ' or '"' or '\'' or '\\' or >= '\x7f');
        return isPlain ? text : Quote(bytes);
    }

    /// <summary>Words with a blank between any two, those in quotes that would be read as others.</summary>
    /// <param name="words">One char a byte; no word has a blank in it.</param>
    public static string QuoteWords(string words) => string.Join(' ', words.Split(' ').Select(static word =>
        word.Length == 0 || word.Any(static c => c is < ' ' or '"' or '\'' or '\x7f') ? Quote(word) : word));

    /// <summary>The text in double quotes, with escapes for what would not survive.</summary>
    public static string Quote(string text)
    {
        var result = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '\\' or '"' => result.Append('\\').Append(c),
                '\n' => result.Append("\\n"),
                '\r' => result.Append("\\r"),
                '\t' => result.Append("\\t"),
                '\a' => result.Append("\\a"),
                '\b' => result.Append("\\b"),
                < ' ' or >= '\x7f' and <= '\xff' =>
                    result.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture)),
                _ => result.Append(c),
            };
        }

        return result.Append('"').ToString();
    }
}
