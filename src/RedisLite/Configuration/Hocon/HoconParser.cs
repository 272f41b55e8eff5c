using System.Text;

namespace RedisLite.Configuration.Hocon;

/// <summary>Reads HOCON text into a tree whose values know where they stood.</summary>
/// <remarks>
/// Akka.NET's own reader passes unclosed braces and unknown constructs in silence and has neither includes, <c>+=</c>
/// nor environment variables (docs/DESIGN_DECISIONS.md); this one reads the language as its specification has it
/// (github.com/lightbend/config, HOCON.md) and refuses the rest with file and line. It differs in three points: a file
/// named by <c>include</c> must exist, <c>url()</c> and <c>classpath()</c> are refused, and substitutions in an
/// included file are looked up from the root only. Substitutions stay in the tree for <see cref="HoconResolver"/>,
/// because a later layer may define what they refer to.
/// </remarks>
internal sealed class HoconParser
{
    private const int MaxDepth = 64;

    private readonly HoconScanner _scanner;
    private readonly Func<string, HoconObject> _include;
    private int _depth;

    private HoconParser(string text, string source, Func<string, HoconObject> include)
    {
        _scanner = new HoconScanner(text, source);
        _include = include;
    }

    /// <summary>Parses a document.</summary>
    /// <param name="text">The document.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="include">Reads an included file, by the name as written.</param>
    /// <exception cref="SettingsException">The text is not HOCON.</exception>
    public static HoconObject Parse(string text, string source, Func<string, HoconObject> include) =>
        new HoconParser(text, source, include).ParseDocument();

    private HoconObject ParseDocument()
    {
        _scanner.SkipSpaceAndNewlines();
        var root = new HoconObject(_scanner.Here());
        if (_scanner.Peek() != '{')
        {
            ParseFields(root, openedAt: null);
            return root;
        }

        var open = _scanner.Here();
        _scanner.Next();
        ParseFields(root, open);
        _scanner.SkipSpaceAndNewlines();
        if (!_scanner.AtEnd)
            throw _scanner.Unexpected("the end of the file, since its outermost '{' is closed");
        return root;
    }

    /// <summary>Fields up to the closing brace, or to the end when there was no opening one.</summary>
    private void ParseFields(HoconObject target, Origin? openedAt)
    {
        while (true)
        {
            _scanner.SkipSpaceAndNewlines();
            if (_scanner.AtEnd)
            {
                if (openedAt is not null)
                    throw new SettingsException($"{openedAt}: this '{{' is never closed; expected a '}}'");
                return;
            }

            if (_scanner.Peek() == '}')
            {
                if (openedAt is null)
                    throw _scanner.Error("this '}' closes nothing; expected a key");
                _scanner.Next();
                return;
            }

            if (_scanner.TryReadInclude(out var file))
                target.Overlay(Included(file));
            else
                ParseField(target);
            EndItem('}');
        }
    }

    private HoconObject Included(string file)
    {
        try
        {
            return _include(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw _scanner.Error($"cannot include '{file}': {e.Message}");
        }
    }

    private void ParseField(HoconObject target)
    {
        var origin = _scanner.Here();
        var path = _scanner.ReadPath();
        _scanner.SkipSpace();
        switch (_scanner.Peek())
        {
            case '{':
                target.Set(path, ParseValue(origin));
                break;
            case '=' or ':':
                _scanner.Next();
                _scanner.SkipSpaceAndNewlines();
                target.Set(path, ParseValue(origin));
                break;
            case '+' when _scanner.Peek(1) == '=':
                _scanner.Next();
                _scanner.Next();
                _scanner.SkipSpaceAndNewlines();
                var added = new HoconArray(origin, [ParseValue(origin)]);
                target.Set(path, new HoconReference(origin, [new HoconPrevious(origin), added], previous: null));
                break;
            default:
                throw _scanner.Unexpected($"'=' or '{{' after the key '{string.Join('.', path)}'");
        }
    }

    /// <summary>A value: one part, or several side by side up to the end of the line.</summary>
    private HoconValue ParseValue(Origin origin)
    {
        var parts = new List<HoconValue>();
        var start = _scanner.Position;
        var end = start;
        while (true)
        {
            var blanks = _scanner.ReadBlanks();
            _scanner.SkipSpace();
            if (_scanner.AtEnd || _scanner.Peek() is '\n' or ',' or '}' or ']')
                break;
            if (parts.Count > 0 && blanks.Length > 0)
                parts.Add(new HoconText(origin, blanks, quoted: false));
            parts.Add(ParsePart(origin));
            end = _scanner.Position;
        }

        if (parts.Count == 0)
            throw _scanner.Unexpected("a value");
        if (parts.TrueForAll(part => part is HoconText))
            return JoinTexts(origin, parts, start..end);
        return parts is [HoconObject or HoconArray] ? parts[0] : new HoconReference(origin, parts, previous: null);
    }

    private HoconValue ParsePart(Origin origin)
    {
        switch (_scanner.Peek())
        {
            case '"':
                return new HoconText(origin, _scanner.ReadQuoted(), quoted: true);
            case '$' when _scanner.Peek(1) == '{':
                return ParseSubstitution();
            case '{':
                return Nested(() =>
                {
                    var open = _scanner.Here();
                    _scanner.Next();
                    var fields = new HoconObject(origin);
                    ParseFields(fields, open);
                    return fields;
                });
            case '[':
                return Nested(ParseArray);
            default:
                var text = _scanner.ReadUnquoted();
                if (text.Length == 0)
                    throw _scanner.Error(
                        $"'{_scanner.Peek()}' cannot stand in a value without quotes; expected \"...\"");
                return new HoconText(origin, text, quoted: false);
        }
    }

    // A document nested without end must not overflow the stack.
    private HoconValue Nested(Func<HoconValue> parse)
    {
        if (++_depth > MaxDepth)
            throw _scanner.Error($"nested deeper than {MaxDepth} levels");
        var value = parse();
        _depth--;
        return value;
    }

    private HoconArray ParseArray()
    {
        var open = _scanner.Here();
        var items = new List<HoconValue>();
        _scanner.Next();
        while (true)
        {
            _scanner.SkipSpaceAndNewlines();
            if (_scanner.AtEnd)
                throw new SettingsException($"{open}: this '[' is never closed; expected a ']'");
            if (_scanner.Peek() == ']')
            {
                _scanner.Next();
                return new HoconArray(open, items);
            }

            items.Add(ParseValue(_scanner.Here()));
            EndItem(']');
        }
    }

    private HoconSubstitution ParseSubstitution()
    {
        var origin = _scanner.Here();
        _scanner.Next();
        _scanner.Next();
        var optional = _scanner.Peek() == '?';
        if (optional)
            _scanner.Next();
        _scanner.SkipSpace();
        var path = _scanner.ReadPath("a path in ${...}");
        if (_scanner.Peek() != '}')
            throw _scanner.Unexpected("'}' at the end of ${...}");
        _scanner.Next();
        return new HoconSubstitution(origin, path, optional);
    }

    /// <summary>After a field or item: the end of the line, a comma, or the closing bracket, which stays.</summary>
    private void EndItem(char closing)
    {
        _scanner.SkipSpace();
        if (_scanner.Peek() == '\n')
            _scanner.SkipSpaceAndNewlines();
        else if (!_scanner.AtEnd && _scanner.Peek() != ',' && _scanner.Peek() != closing)
            throw _scanner.Unexpected($"the end of the line, ',' or '{closing}'");
        if (_scanner.Peek() == ',')
            _scanner.Next();
    }

    private static HoconText JoinTexts(Origin origin, List<HoconValue> parts, Range extent)
    {
        var text = new StringBuilder();
        var quoted = false;
        foreach (var part in parts.Cast<HoconText>())
        {
            text.Append(part.Text);
            quoted |= part.Quoted;
        }

        return new HoconText(origin, text.ToString(), quoted) { Extent = extent };
    }
}
