using System.Globalization;
using System.Text;

namespace RedisLite.Configuration;

/// <summary>The syntax of a redis.conf line: words, some in quotes with escapes.</summary>
internal static class ConfText
{
    /// <summary>Splits a line into its words, or null when a quote is not closed or stands inside a word.</summary>
    /// <remarks>
    /// As Redis reads both its configuration and inline requests: in double quotes \n \r \t \a \b \xHH and \c for any
    /// other char c; in single quotes only \'; a closing quote must be followed by a blank or the end.
    /// </remarks>
    public static List<string>? Split(string line)
    {
        var words = new List<string>();
        var position = 0;
        while (true)
        {
            while (position < line.Length && IsBlank(line[position]))
                position++;
            if (position == line.Length)
                return words;
            if (ReadWord(line, ref position) is not { } word)
                return null;
            words.Add(word);
        }
    }

    /// <summary>A word of text as it is, or in quotes where it would be read as another.</summary>
    public static string QuoteIfNeeded(string text)
    {
        var bytes = ByteText.Bytes(text);
        var isPlain = bytes.Length > 0 && !bytes.Any(static c => c is <= ' ' or '"' or '\'' or '\\' or >= '\x7f');
        return isPlain ? text : Quote(bytes);
    }

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

    private static string? ReadWord(string line, ref int position)
    {
        var word = new StringBuilder();
        while (position < line.Length && !IsBlank(line[position]))
        {
            var c = line[position];
            if (c is not ('"' or '\''))
            {
                word.Append(c);
                position++;
                continue;
            }

            if (!ReadQuoted(line, ref position, c, word))
                return null;
            if (position < line.Length && !IsBlank(line[position]))
                return null;
        }

        return word.ToString();
    }

    private static bool ReadQuoted(string line, ref int position, char quote, StringBuilder word)
    {
        for (position++; position < line.Length; position++)
        {
            var c = line[position];
            if (c == quote)
            {
                position++;
                return true;
            }

            if (c != '\\' || position + 1 == line.Length || (quote == '\'' && line[position + 1] != '\''))
            {
                word.Append(c);
                continue;
            }

            position++;
            word.Append(quote == '\'' ? '\'' : Unescape(line, ref position));
        }

        return false;
    }

    private static char Unescape(string line, ref int position)
    {
        if (line[position] == 'x' && position + 2 < line.Length && byte.TryParse(
                line.AsSpan(position + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out var code))
        {
            position += 2;
            return (char)code;
        }

        return line[position] switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'a' => '\a',
            'b' => '\b',
            var other => other,
        };
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\n' or '\v' or '\f' or '\0';
}
