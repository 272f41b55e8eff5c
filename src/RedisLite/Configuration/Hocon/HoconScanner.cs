using System.Globalization;
using System.Text;

namespace RedisLite.Configuration.Hocon;

/// <summary>
/// Reads HOCON's tokens, knows the line, and makes error messages; <see cref="HoconParser"/> puts them together.
/// </summary>
internal sealed class HoconScanner(string text, string source)
{
    private const string Reserved = "$\"{}[]:=,+#`^?!@*&\\";

    private int _line = 1;

    public int Position { get; private set; }

    public bool AtEnd => Position >= text.Length;

    public Origin Here() => new(source, _line);

    /// <summary>The next char, or NUL at the end.</summary>
    public char Peek(int ahead = 0) => Position + ahead < text.Length ? text[Position + ahead] : '\0';

    public void Next()
    {
        if (text[Position++] == '\n')
            _line++;
    }

    /// <summary>Skips blanks and a comment, but not the end of the line.</summary>
    public void SkipSpace()
    {
        while (!AtEnd && IsBlank(Peek()))
            Position++;
        if (Peek() == '#' || (Peek() == '/' && Peek(1) == '/'))
        {
            while (!AtEnd && Peek() != '\n')
                Position++;
        }
    }

    public void SkipSpaceAndNewlines()
    {
        for (SkipSpace(); Peek() == '\n'; SkipSpace())
            Next();
    }

    /// <summary>A dotted path of plain or quoted names.</summary>
    public string[] ReadPath(string context = "a key")
    {
        var path = new List<string>();
        do
        {
            if (path.Count > 0)
                Next();
            path.Add(ReadName(context));
        }
        while (Peek() == '.');
        return [.. path];
    }

    /// <summary>After a '"': a string in one or three quotes.</summary>
    public string ReadQuoted()
    {
        if (Peek(1) == '"' && Peek(2) == '"')
            return ReadTripleQuoted();
        var start = Here();
        var result = new StringBuilder();
        for (Next(); Peek() != '"'; Next())
        {
            if (AtEnd || Peek() == '\n')
                throw new SettingsException($"{start}: this string is never closed; expected a '\"'");
            if (Peek() == '\\')
            {
                Next();
                result.Append(ReadEscape());
            }
            else
            {
                result.Append(Peek());
            }
        }

        Next();
        return result.ToString();
    }

    /// <summary>A run of chars that needs no quotes: up to a blank, a comment or a char with a meaning.</summary>
    public string ReadUnquoted()
    {
        var start = Position;
        while (!AtEnd && !IsBlank(Peek()) && Peek() != '\n' && !Reserved.Contains(Peek())
               && !(Peek() == '/' && Peek(1) == '/'))
        {
            Position++;
        }

        return text[start..Position];
    }

    /// <summary>The blanks between two parts of a value.</summary>
    public string ReadBlanks()
    {
        var start = Position;
        while (!AtEnd && IsBlank(Peek()))
            Position++;
        return text[start..Position];
    }

    /// <summary>
    /// True at <c>include "file"</c>, <c>include file("...")</c> or <c>include required(...)</c>; reads it.
    /// </summary>
    public bool TryReadInclude(out string file)
    {
        file = "";
        const string Word = "include";
        if (string.CompareOrdinal(text, Position, Word, 0, Word.Length) != 0)
            return false;
        var next = Position + Word.Length;
        while (next < text.Length && IsBlank(text[next]))
            next++;
        // "include = 1" and "include.x = 1" are fields.
        if (next == Position + Word.Length || next >= text.Length || text[next] is '=' or ':' or '{' or '+' or '.')
            return false;
        Position = next;
        var closing = 0;
        foreach (var form in (string[])["required(", "file("])
        {
            if (string.CompareOrdinal(text, Position, form, 0, form.Length) == 0)
            {
                Position += form.Length;
                closing++;
            }
        }

        if (Peek() != '"')
            throw Unexpected("include \"file\"");
        file = ReadQuoted();
        for (; closing > 0; closing--)
        {
            if (Peek() != ')')
                throw Unexpected("')'");
            Next();
        }

        return true;
    }

    public SettingsException Error(string message) => new($"{Here()}: {message}");

    public SettingsException Unexpected(string expected)
    {
        var found = AtEnd ? "the end of the file" : Peek() == '\n' ? "the end of the line" : $"'{Peek()}'";
        return Error($"found {found}; expected {expected}");
    }

    private static bool IsBlank(char c) => c != '\n' && (char.IsWhiteSpace(c) || c == '\uFEFF');

    private string ReadName(string context)
    {
        if (Peek() == '"')
            return ReadQuoted();
        var start = Position;
        // Blanks may stand inside a name, not around it; '.' parts names.
        while (!AtEnd && Peek() is not ('\n' or '.') && !Reserved.Contains(Peek())
            && !(Peek() == '/' && Peek(1) == '/'))
            Position++;
        var name = text[start..Position].TrimEnd();
        if (name.Length == 0)
            throw Unexpected(context);
        return name;
    }

    private string ReadTripleQuoted()
    {
        var opened = Here();
        Position += 3;
        var start = Position;
        while (!(Peek() == '"' && Peek(1) == '"' && Peek(2) == '"' && Peek(3) != '"'))
        {
            if (AtEnd)
                throw new SettingsException($"{opened}: this string is never closed; expected '\"\"\"'");
            Next();
        }

        var result = text[start..Position];
        Position += 3;
        return result;
    }

    private char ReadEscape()
    {
        switch (Peek())
        {
            case '"' or '\\' or '/': return Peek();
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u' when Position + 4 < text.Length && ushort.TryParse(
                text.AsSpan(Position + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out var code):
                Position += 4;
                return (char)code;
            default:
                throw Error($"'\\{Peek()}' is no escape in a quoted string; a backslash is written '\\\\'");
        }
    }
}
