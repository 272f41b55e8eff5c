using System.Text;

namespace RedisLite.Lua.Compiler;

/// <summary>Cuts a chunk into tokens, as Lua 5.1 does, and words the errors of a chunk.</summary>
internal sealed class Lexer
{
    internal static readonly string[] Words =
    [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not",
            "or",
        "repeat", "return", "then", "true", "until", "while", "..", "...", "==", "~=", "<=", ">=", "<number>", "<name>",
        "<string>", "<eof>",
    ];

    private const int Reserved = (int)TokenKind.While + 1;

    private static readonly Dictionary<LuaString, TokenKind> Keywords = Words.Take(Reserved)
        .Select((word, index) => (new LuaString((ReadOnlySpan<byte>)Encoding.ASCII.GetBytes(word)), (TokenKind)index))
        .ToDictionary(pair => pair.Item1, pair => pair.Item2);

    private readonly byte[] _source;
    private readonly ConstantPool _pool;
    private readonly ByteBuilder _buffer = new();
    private int _at;
    private int _line = 1;
    private Token _ahead;
    private bool _hasAhead;

    public Lexer(byte[] source, string chunkName, ConstantPool pool)
    {
        _source = source;
        _pool = pool;
        ChunkName = chunkName;
    }

    public string ChunkName { get; }

    public Token Current;

    /// <summary>The line of the token before the current one.</summary>
    public int LastLine { get; private set; } = 1;

    public int Line => _line;

    private int Byte => _at < _source.Length ? _source[_at] : -1;

    private int ByteAfter => _at + 1 < _source.Length ? _source[_at + 1] : -1;

    public void Advance()
    {
        LastLine = _line;
        if (_hasAhead)
        {
            Current = _ahead;
            _hasAhead = false;
        }
        else
        {
            Current = Scan();
        }
    }

    public TokenKind PeekKind(out byte symbol)
    {
        if (!_hasAhead)
        {
            _ahead = Scan();
            _hasAhead = true;
        }
        symbol = _ahead.Symbol;
        return _ahead.Kind;
    }

    public LuaSyntaxException ErrorNear(string message) => Error(message, Show(Current));

    /// <summary>An error at the current line, near what is quoted if anything is.</summary>
    public LuaSyntaxException Error(string message, byte[]? near = null)
    {
        var text = new ByteBuilder().Add(ChunkNames.Show(ChunkName)).Add(":").Add(_line).Add(": ").Add(message);
        if (near is not null)
            text.Add(" near '").Add(near).Add("'");
        return new LuaSyntaxException(text.Span);
    }

    public static string Show(TokenKind kind) => Words[(int)kind];

    private byte[] Show(in Token token) => token.Kind switch
    {
        TokenKind.String when token.Symbol != 0 => [token.Symbol, .. _buffer.Span, token.Symbol],
        TokenKind.Name or TokenKind.String or TokenKind.Number => _buffer.Span.ToArray(),
        TokenKind.Symbol when token.Symbol < 32 => Encoding.ASCII.GetBytes($"char({token.Symbol})"),
        TokenKind.Symbol => [token.Symbol],
        _ => Encoding.ASCII.GetBytes(Show(token.Kind)),
    };

    private Token Scan()
    {
        SkipBlanksAndComments();
        var token = new Token { Line = _line };
        var first = Byte;
        if (first < 0)
            token.Kind = TokenKind.EndOfChunk;
        else if (IsLetter(first))
            ScanName(ref token);
        else if (IsDigit(first) || (first == '.' && IsDigit(ByteAfter)))
            ScanNumber(ref token);
        else if (first is '"' or '\'')
            ScanString(ref token, first);
        else if (first == '[')
            ScanBracket(ref token);
        else
            ScanSymbol(ref token, (byte)first);
        return token;
    }

    private void SkipBlanksAndComments()
    {
        while (true)
        {
            switch (Byte)
            {
                case '\n' or '\r':
                    TakeLineEnd();
                    continue;
                case ' ' or '\t' or '\v' or '\f':
                    _at++;
                    continue;
                case '-' when ByteAfter == '-':
                    _at += 2;
                    SkipComment();
                    continue;
                default:
                    return;
            }
        }
    }

    private void SkipComment()
    {
        if (Byte == '[')
        {
            var level = BracketLevel();
            if (level >= 0)
            {
                ReadLong(level, isComment: true);
                return;
            }
        }
        while (Byte is not ('\n' or '\r' or -1))
            _at++;
    }

    private void TakeLineEnd()
    {
        var first = Byte;
        _at++;
        if (Byte is '\n' or '\r' && Byte != first)
            _at++;
        _line++;
    }

    private void ScanName(ref Token token)
    {
        var start = _at;
        while (IsLetter(Byte) || IsDigit(Byte))
            _at++;
        var text = _source.AsSpan(start, _at - start);
        _buffer.Clear();
        _buffer.Add(text);
        token.Text = _pool.Intern(text);
        token.Kind = Keywords.TryGetValue(LuaString.OfRaw(token.Text), out var keyword) ? keyword : TokenKind.Name;
    }

    private void ScanNumber(ref Token token)
    {
        var start = _at;
        while (IsDigit(Byte) || Byte == '.')
            _at++;
        if (Byte is 'e' or 'E')
        {
            _at++;
            if (Byte is '+' or '-')
                _at++;
        }
        while (IsLetter(Byte) || IsDigit(Byte))
            _at++;
        var text = _source.AsSpan(start, _at - start);
        _buffer.Clear();
        _buffer.Add(text);
        if (!NumberParser.TryParse(text, out token.Number))
            throw Error("malformed number", _buffer.Span.ToArray());
        token.Kind = TokenKind.Number;
    }

    // At a bracket: [[ or [=[ start a string, a lone [ is a symbol, and [= without a second bracket is an error.
    private void ScanBracket(ref Token token)
    {
        var level = BracketLevel();
        if (level >= 0)
        {
            token.Text = ReadLong(level, isComment: false);
            token.Kind = TokenKind.String;
        }
        else if (ByteAfter == '=')
        {
            var length = 1;
            while (_at + length < _source.Length && _source[_at + length] == '=')
                length++;
            throw Error("invalid long string delimiter", _source.AsSpan(_at, length).ToArray());
        }
        else
        {
            ScanSymbol(ref token, (byte)'[');
        }
    }

    // The number of = between two opening brackets; -1 if there are not two. Leaves the position as it is.
    private int BracketLevel()
    {
        var at = _at + 1;
        while (at < _source.Length && _source[at] == '=')
            at++;
        return at < _source.Length && _source[at] == '[' ? at - _at - 1 : -1;
    }

    private byte[]? ReadLong(int level, bool isComment)
    {
        _buffer.Clear();
        _buffer.Add(_source.AsSpan(_at, level + 2));
        _at += level + 2;
        if (Byte is '\n' or '\r')
            TakeLineEnd();
        while (true)
        {
            switch (Byte)
            {
                case -1:
                    throw Error(isComment ? "unfinished long comment" : "unfinished long string", "<eof>"u8.ToArray());
                case ']' when IsClosing(level):
                    // With its brackets, as messages show it.
                    _buffer.Add(_source.AsSpan(_at, level + 2));
                    _at += level + 2;
                    return isComment ? null : _pool.Intern(_buffer.Span[(level + 2)..^(level + 2)]);
                case '\n' or '\r':
                    _buffer.Add((byte)'\n');
                    TakeLineEnd();
                    break;
                default:
                    _buffer.Add((byte)Byte);
                    _at++;
                    break;
            }
        }
    }

    private bool IsClosing(int level)
    {
        if (_at + level + 1 >= _source.Length || _source[_at + level + 1] != ']')
            return false;
        for (var index = 1; index <= level; index++)
        {
            if (_source[_at + index] != '=')
                return false;
        }
        return true;
    }

    private void ScanString(ref Token token, int quote)
    {
        _at++;
        _buffer.Clear();
        while (Byte != quote)
        {
            switch (Byte)
            {
                case -1:
                    throw Error("unfinished string", "<eof>"u8.ToArray());
                case '\n' or '\r':
                    throw Error("unfinished string", [(byte)quote, .. _buffer.Span]);
                case '\\':
                    _at++;
                    ScanEscape(quote);
                    break;
                default:
                    _buffer.Add((byte)Byte);
                    _at++;
                    break;
            }
        }
        _at++;
        token.Text = _pool.Intern(_buffer.Span);
        token.Symbol = (byte)quote;
        token.Kind = TokenKind.String;
    }

    private void ScanEscape(int quote)
    {
        var escaped = Byte;
        switch (escaped)
        {
            case -1:
                return;
            case '\n' or '\r':
                _buffer.Add((byte)'\n');
                TakeLineEnd();
                return;
            case >= '0' and <= '9':
                var value = 0;
                for (var digits = 0; digits < 3 && IsDigit(Byte); digits++, _at++)
                    value = (value * 10) + Byte - '0';
                if (value > 255)
                    throw Error("escape sequence too large", [(byte)quote, .. _buffer.Span]);
                _buffer.Add((byte)value);
                return;
            default:
                _at++;
                _buffer.Add(escaped switch
                {
                    'a' => 7,
                    'b' => 8,
                    'f' => 12,
                    'n' => 10,
                    'r' => 13,
                    't' => 9,
                    'v' => 11,
                    _ => (byte)escaped,
                });
                return;
        }
    }

    private void ScanSymbol(ref Token token, byte first)
    {
        _at++;
        token.Kind = (first, Byte) switch
        {
            ((byte)'.', '.') => TokenKind.Concat,
            ((byte)'=', '=') => TokenKind.Equal,
            ((byte)'~', '=') => TokenKind.NotEqual,
            ((byte)'<', '=') => TokenKind.LessEqual,
            ((byte)'>', '=') => TokenKind.GreaterEqual,
            _ => TokenKind.Symbol,
        };
        if (token.Kind == TokenKind.Symbol)
        {
            token.Symbol = first;
            return;
        }
        _at++;
        if (token.Kind != TokenKind.Concat || Byte != '.')
            return;
        _at++;
        token.Kind = TokenKind.Ellipsis;
    }

    private static bool IsLetter(int value) => value is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '_';

    private static bool IsDigit(int value) => value is >= '0' and <= '9';
}
