using System.Globalization;

namespace RedisLite.Protocol;

/// <summary>Splits an inline request into its arguments as Redis does.</summary>
/// <remarks>
/// Words are separated by white space. Within double quotes <c>\xHH</c>, <c>\n \r \t \b \a</c> stand for bytes and a
/// backslash before any other byte for that byte; within single quotes only <c>\'</c> is special. A quote may open
/// in the middle of a word, but after a closing one the word must end.
/// </remarks>
public static class InlineRequest
{
    /// <summary>
    /// Whether a line is the first of an HTTP request: <c>METHOD target HTTP/1.1</c>. No command of that name takes
    /// what follows it (GET, the only one, takes one argument).
    /// </summary>
    /// <param name="line">Without its line end.</param>
    internal static bool IsHttp(ReadOnlySpan<byte> line)
    {
        var version = line.LastIndexOf(" HTTP/"u8);
        if (version < 0)
            return false;
        var method = line[..version];
        method = method[..Math.Max(0, method.IndexOf((byte)' '))];
        return method.SequenceEqual("GET"u8) || method.SequenceEqual("POST"u8) || method.SequenceEqual("HEAD"u8)
            || method.SequenceEqual("PUT"u8) || method.SequenceEqual("DELETE"u8) || method.SequenceEqual("OPTIONS"u8)
            || method.SequenceEqual("PATCH"u8) || method.SequenceEqual("CONNECT"u8) || method.SequenceEqual("TRACE"u8);
    }

    /// <summary>Puts a slice for each word into the room that the batch reserves for its next request.</summary>
    /// <param name="line">Without its line end.</param>
    /// <param name="offset">The line's offset in the batch's input.</param>
    /// <param name="batch">Also takes the words that quotes or escapes make differ from the input.</param>
    /// <returns>The number of words, or -1 when quotes are not balanced.</returns>
    internal static int Split(ReadOnlySpan<byte> line, int offset, RequestBatch batch)
    {
        // Words are separated by at least one byte. The slices stay reserved while scratch space is: other arrays.
        var slices = batch.ReserveSlices(line.Length / 2 + 1);
        var count = 0;
        var position = 0;
        while (true)
        {
            while (position < line.Length && IsSpace(line[position]))
                position++;
            if (position == line.Length)
                return count;

            var start = position;
            while (position < line.Length && !EndsWord(line[position]) && !IsQuote(line[position]))
                position++;
            if (position == line.Length || EndsWord(line[position]))
            {
                slices[count++] = new ArgumentSlice(offset + start, position - start);
                continue;
            }

            position = start;
            var word = batch.ReserveScratch(line.Length - start);
            var length = Unquote(line, ref position, word);
            if (length < 0)
                return -1;
            slices[count++] = batch.CommitScratch(length);
        }
    }

    /// <summary>The words of a line, each in an array of its own.</summary>
    /// <param name="line">Without its line end.</param>
    /// <returns>null when quotes are not balanced.</returns>
    public static List<byte[]>? Words(ReadOnlySpan<byte> line)
    {
        var words = new List<byte[]>();
        var position = 0;
        while (true)
        {
            while (position < line.Length && IsSpace(line[position]))
                position++;
            if (position == line.Length)
                return words;
            var word = new byte[line.Length - position];
            var length = Unquote(line, ref position, word);
            if (length < 0)
                return null;
            words.Add(word[..length]);
        }
    }

    /// <summary>Copies a word without its quotes and escapes.</summary>
    /// <returns>
    /// The length of the copy, or -1 when a quote is not closed or something follows a closing quote.
    /// </returns>
    private static int Unquote(ReadOnlySpan<byte> line, ref int position, Span<byte> word)
    {
        var length = 0;
        while (position < line.Length && !EndsWord(line[position]))
        {
            var next = line[position++];
            if (!IsQuote(next))
            {
                word[length++] = next;
                continue;
            }

            while (position < line.Length && line[position] != next)
            {
                word[length++] = next == '"'
                    ? ReadDoubleQuoted(line, ref position)
                    : ReadSingleQuoted(line, ref position);
            }

            if (position == line.Length)
                return -1;
            position++;
            return position == line.Length || IsSpace(line[position]) ? length : -1;
        }

        return length;
    }

    private static byte ReadSingleQuoted(ReadOnlySpan<byte> line, ref int position)
    {
        if (line[position] == '\\' && position + 1 < line.Length && line[position + 1] == '\'')
            position++;
        return line[position++];
    }

    private static byte ReadDoubleQuoted(ReadOnlySpan<byte> line, ref int position)
    {
        var rest = line[position..];
        if (rest[0] != '\\' || rest.Length == 1)
        {
            position++;
            return rest[0];
        }

        if (rest.Length >= 4 && rest[1] == 'x'
            && byte.TryParse(rest[2..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex))
        {
            position += 4;
            return hex;
        }

        position += 2;
        return rest[1] switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'a' => (byte)'\a',
            var other => other,
        };
    }

    private static bool IsQuote(byte b) => b is (byte)'"' or (byte)'\'';

    // C's isspace: what may stand before a word and must follow a closing quote ...
    private static bool IsSpace(byte b) => b is (byte)' ' or (>= (byte)'\t' and <= (byte)'\r');

    // ... while vertical tab and form feed do not end a word that has begun.
    private static bool EndsWord(byte b) => b is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';
}
