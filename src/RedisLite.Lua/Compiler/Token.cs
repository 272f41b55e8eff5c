namespace RedisLite.Lua.Compiler;

/// <summary>The kinds of tokens; the reserved words come first, in the order of <see cref="Lexer.Words"/>.</summary>
internal enum TokenKind
{
    And,
    Break,
    Do,
    Else,
    ElseIf,
    End,
    False,
    For,
    Function,
    If,
    In,
    Local,
    Nil,
    Not,
    Or,
    Repeat,
    Return,
    Then,
    True,
    Until,
    While,
    Concat,
    Ellipsis,
    Equal,
    NotEqual,
    LessEqual,
    GreaterEqual,
    Number,
    Name,
    String,
    EndOfChunk,

    /// <summary>One byte that stands for itself.</summary>
    Symbol,
}

/// <summary>A token: its kind, its line, and the number, text or byte that it carries.</summary>
internal struct Token
{
    public TokenKind Kind;
    public byte Symbol;
    public int Line;
    public double Number;
    public byte[]? Text;

    public readonly bool Is(char symbol) => Kind == TokenKind.Symbol && Symbol == symbol;
}
