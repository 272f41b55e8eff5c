using System.Runtime.CompilerServices;

namespace RedisLite.Lua.Compiler;

/// <summary>Parses the statements of a chunk into a tree in which every name is resolved.</summary>
/// <remarks>Nesting is capped, as in Lua 5.1, so no chunk can exhaust the stack of the thread that compiles
/// it.</remarks>
internal sealed class Parser
{
    private const int MaxLevels = 200;

    private readonly ExpressionParser _expressions;
    private int _level;

    private Parser(Lexer lexer)
    {
        Lexer = lexer;
        _expressions = new ExpressionParser(this);
    }

    public Lexer Lexer { get; }

    public Scope Scope { get; private set; } = null!;

    public static FunctionBody Parse(byte[] source, string chunkName, ConstantPool pool, int nesting)
    {
        var parser = new Parser(new Lexer(source, chunkName, pool)) { _level = nesting };
        var body = new FunctionBody { IsVararg = true, UsesVararg = true };
        parser.Scope = new Scope(null, body);
        parser.Lexer.Advance();
        body.Body = parser.ParseBlock();
        if (parser.Lexer.Current.Kind != TokenKind.EndOfChunk)
            throw parser.Lexer.ErrorNear("'<eof>' expected");
        body.LastLine = parser.Lexer.Line;
        return body;
    }

    public void EnterLevel()
    {
        if (++_level > MaxLevels || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw Lexer.Error("chunk has too many syntax levels");
    }

    public void LeaveLevel() => _level--;

    public bool TryTake(char symbol)
    {
        if (!Lexer.Current.Is(symbol))
            return false;
        Lexer.Advance();
        return true;
    }

    public bool TryTake(TokenKind kind)
    {
        if (Lexer.Current.Kind != kind)
            return false;
        Lexer.Advance();
        return true;
    }

    public void Expect(char symbol)
    {
        if (!TryTake(symbol))
            throw Lexer.ErrorNear($"'{symbol}' expected");
    }

    public void Expect(TokenKind kind)
    {
        if (!TryTake(kind))
            throw Lexer.ErrorNear($"'{Lexer.Show(kind)}' expected");
    }

    public void ExpectClosing(char close, char open, int line)
    {
        if (!TryTake(close))
            throw NotClosed(close.ToString(), open.ToString(), line);
    }

    public void ExpectClosing(TokenKind close, TokenKind open, int line)
    {
        if (!TryTake(close))
            throw NotClosed(Lexer.Show(close), Lexer.Show(open), line);
    }

    public byte[] ExpectName()
    {
        if (Lexer.Current.Kind != TokenKind.Name)
            throw Lexer.ErrorNear("'<name>' expected");
        var name = Lexer.Current.Text!;
        Lexer.Advance();
        return name;
    }

    /// <summary>The parameters and body of a function, whose keyword was taken.</summary>
    public FunctionBody ParseFunction(bool hasSelf, int line)
    {
        var body = new FunctionBody { Line = line };
        Scope = new Scope(Scope, body);
        if (hasSelf)
            AddParameter(body, ConstantPool.Name("self"));
        Expect('(');
        ParseParameters(body);
        Expect(')');
        body.Body = ParseBlock();
        body.LastLine = Lexer.Current.Line;
        ExpectClosing(TokenKind.End, TokenKind.Function, line);
        Scope = Scope.Parent!;
        return body;
    }

    private LuaSyntaxException NotClosed(string close, string open, int line) =>
        Lexer.ErrorNear(line == Lexer.Line
            ? $"'{close}' expected"
            : $"'{close}' expected (to close '{open}' at line {line})");

    private void ParseParameters(FunctionBody body)
    {
        if (Lexer.Current.Is(')'))
            return;
        do
        {
            if (TryTake(TokenKind.Ellipsis))
            {
                body.IsVararg = true;
                body.Arg = new LocalVariable(ConstantPool.Name("arg"));
                Scope.Activate(body.Arg, Lexer);
                return;
            }
            if (Lexer.Current.Kind != TokenKind.Name)
                throw Lexer.ErrorNear("<name> or '...' expected");
            AddParameter(body, ExpectName());
        }
        while (TryTake(','));
    }

    private void AddParameter(FunctionBody body, byte[] name)
    {
        var parameter = new LocalVariable(name);
        body.Parameters.Add(parameter);
        Scope.Activate(parameter, Lexer);
    }

    private Block ParseBlock()
    {
        var mark = Scope.Mark;
        var block = ParseOpenBlock();
        Scope.Release(mark);
        return block;
    }

    // A block whose locals stay active after it, for the condition of repeat.
    private Block ParseOpenBlock()
    {
        EnterLevel();
        var block = new Block();
        while (!IsBlockEnd())
        {
            var isLast = Lexer.Current.Kind is TokenKind.Return or TokenKind.Break;
            var line = Lexer.Current.Line;
            var statement = ParseStatement();
            statement.Line = line;
            block.Statements.Add(statement);
            TryTake(';');
            if (isLast)
                break;
        }
        LeaveLevel();
        return block;
    }

    private bool IsBlockEnd() => Lexer.Current.Kind is
        TokenKind.Else or TokenKind.ElseIf or TokenKind.End or TokenKind.EndOfChunk or TokenKind.Until;

    private Statement ParseStatement()
    {
        var line = Lexer.Current.Line;
        switch (Lexer.Current.Kind)
        {
            case TokenKind.If:
                return ParseIf(line);
            case TokenKind.While:
                return ParseWhile(line);
            case TokenKind.Do:
                Lexer.Advance();
                var body = ParseBlock();
                ExpectClosing(TokenKind.End, TokenKind.Do, line);
                return new DoStatement(body);
            case TokenKind.For:
                return ParseFor(line);
            case TokenKind.Repeat:
                return ParseRepeat(line);
            case TokenKind.Function:
                return ParseFunctionStatement(line);
            case TokenKind.Local:
                Lexer.Advance();
                return TryTake(TokenKind.Function) ? ParseLocalFunction(line) : ParseLocal();
            case TokenKind.Return:
                Lexer.Advance();
                var isEmpty = IsBlockEnd() || Lexer.Current.Is(';');
                return new ReturnStatement(isEmpty ? [] : _expressions.ParseList());
            case TokenKind.Break:
                Lexer.Advance();
                return Scope.Loops > 0 ? new BreakStatement() : throw Lexer.ErrorNear("no loop to break");
            default:
                return ParseExpressionStatement();
        }
    }

    private IfStatement ParseIf(int line)
    {
        var branches = new List<(Expression, Block)>();
        Block? otherwise = null;
        do
        {
            Lexer.Advance();
            var condition = _expressions.Parse();
            Expect(TokenKind.Then);
            branches.Add((condition, ParseBlock()));
        }
        while (Lexer.Current.Kind == TokenKind.ElseIf);
        if (TryTake(TokenKind.Else))
            otherwise = ParseBlock();
        ExpectClosing(TokenKind.End, TokenKind.If, line);
        return new IfStatement(branches, otherwise);
    }

    private WhileStatement ParseWhile(int line)
    {
        Lexer.Advance();
        var condition = _expressions.Parse();
        Expect(TokenKind.Do);
        var body = ParseLoopBody();
        ExpectClosing(TokenKind.End, TokenKind.While, line);
        return new WhileStatement(condition, body);
    }

    private Block ParseLoopBody()
    {
        Scope.Loops++;
        var body = ParseBlock();
        Scope.Loops--;
        return body;
    }

    private RepeatStatement ParseRepeat(int line)
    {
        Lexer.Advance();
        var mark = Scope.Mark;
        Scope.Loops++;
        var body = ParseOpenBlock();
        Scope.Loops--;
        ExpectClosing(TokenKind.Until, TokenKind.Repeat, line);
        var condition = _expressions.Parse();
        Scope.Release(mark);
        return new RepeatStatement(body, condition);
    }

    private Statement ParseFor(int line)
    {
        Lexer.Advance();
        var first = new LocalVariable(ExpectName());
        var isNumeric = Lexer.Current.Is('=');
        if (!isNumeric && !Lexer.Current.Is(',') && Lexer.Current.Kind != TokenKind.In)
            throw Lexer.ErrorNear("'=' or 'in' expected");
        var mark = Scope.Mark;
        Statement statement = isNumeric ? ParseNumericFor(first) : ParseGenericFor(first);
        ExpectClosing(TokenKind.End, TokenKind.For, line);
        Scope.Release(mark);
        return statement;
    }

    private NumericForStatement ParseNumericFor(LocalVariable variable)
    {
        Lexer.Advance();
        var start = _expressions.Parse();
        Expect(',');
        var limit = _expressions.Parse();
        var step = TryTake(',') ? _expressions.Parse() : null;
        Expect(TokenKind.Do);
        ReserveHidden();
        Scope.Activate(variable, Lexer);
        return new NumericForStatement(variable, start, limit, step, ParseLoopBody());
    }

    private GenericForStatement ParseGenericFor(LocalVariable first)
    {
        var variables = new List<LocalVariable> { first };
        while (TryTake(','))
            variables.Add(new LocalVariable(ExpectName()));
        Expect(TokenKind.In);
        var values = _expressions.ParseList();
        Expect(TokenKind.Do);
        ReserveHidden();
        foreach (var variable in variables)
            Scope.Activate(variable, Lexer);
        return new GenericForStatement(variables, values, ParseLoopBody());
    }

    // The three values that a loop keeps count as locals, as they do in Lua.
    private void ReserveHidden()
    {
        for (var index = 0; index < 3; index++)
            Scope.Activate(new LocalVariable(ConstantPool.Name("(for)")), Lexer);
    }

    private AssignStatement ParseFunctionStatement(int line)
    {
        Lexer.Advance();
        Expression target = Scope.Resolve(ExpectName(), Lexer);
        var hasSelf = false;
        while (!hasSelf && (Lexer.Current.Is('.') || Lexer.Current.Is(':')))
        {
            hasSelf = Lexer.Current.Is(':');
            Lexer.Advance();
            var key = new ConstantExpression(new LuaValue(ExpectName()));
            target = new IndexExpression(target, key) { Line = line };
        }
        return new AssignStatement([target], [new FunctionExpression(ParseFunction(hasSelf, line)) { Line = line }]);
    }

    private LocalFunctionStatement ParseLocalFunction(int line)
    {
        var variable = new LocalVariable(ExpectName());
        Scope.Activate(variable, Lexer);
        return new LocalFunctionStatement(variable, ParseFunction(hasSelf: false, line));
    }

    private LocalStatement ParseLocal()
    {
        var variables = new List<LocalVariable>();
        do
        {
            variables.Add(new LocalVariable(ExpectName()));
        }
        while (TryTake(','));
        var values = TryTake('=') ? _expressions.ParseList() : [];
        foreach (var variable in variables)
            Scope.Activate(variable, Lexer);
        return new LocalStatement(variables, values);
    }

    private void CheckTarget(Expression target)
    {
        if (target is not (LocalExpression or UpvalueExpression or GlobalExpression or IndexExpression))
            throw Lexer.ErrorNear("syntax error");
    }

    private Statement ParseExpressionStatement()
    {
        var first = _expressions.ParseSuffixed();
        if (first is CallExpression call)
            return new CallStatement(call);
        CheckTarget(first);
        var targets = new List<Expression> { first };
        while (TryTake(','))
        {
            var target = _expressions.ParseSuffixed();
            if (targets.Count > MaxLevels - _level)
                throw Lexer.Error(Scope.LimitMessage(MaxLevels - _level, "variables in assignment"));
            CheckTarget(target);
            targets.Add(target);
        }
        Expect('=');
        return new AssignStatement(targets, _expressions.ParseList());
    }
}
