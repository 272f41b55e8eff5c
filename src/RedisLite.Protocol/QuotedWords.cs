using System.Globalization;
using System.Text;

namespace RedisLite.Protocol;

/// <summary>A line of words, some in quotes with escapes: redis.conf, and the rules of an ACL selector.</summary>
public static class QuotedWords
{
    /// <summary>Splits a line into its words, or null when a quote is not closed or stands inside a word.</summary>
    /// <remarks>
    /// As Redis reads its configuration, its ACL selectors and inline requests: in double quotes \n \r \t \a \b \xHH
    /// and \c for any other char c; in single quotes only \'; a closing quote must be followed by a blank or the end.
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
