namespace RedisLite.Lua.Compiler;

/// <summary>Parses expressions by precedence, as Lua 5.1 does.</summary>
internal sealed class ExpressionParser(Parser parser)
{
    private const int UnaryPriority = 8;

    // Left and right priority by operator; right below left makes it associate to the right.
    private static readonly (int Left, int Right)[] Priorities =
    [
        (6, 6), (6, 6), (7, 7), (7, 7), (7, 7), (10, 9), (5, 4), (3, 3), (3, 3), (3, 3), (3, 3), (3, 3), (3, 3), (2, 2),
            (1, 1),
    ];

    private Lexer Lexer => parser.Lexer;

    public Expression Parse() => Parse(0);

    public List<Expression> ParseList()
    {
        var list = new List<Expression> { Parse() };
        while (parser.TryTake(','))
            list.Add(Parse());
        return list;
    }

    /// <summary>A name or parenthesis with fields, keys and calls behind it.</summary>
    public Expression ParseSuffixed()
    {
        var expression = ParsePrimary();
        while (true)
        {
            var token = Lexer.Current;
            if (token.Is('.'))
            {
                Lexer.Advance();
                var name = parser.ExpectName();
                expression = Index(expression, new ConstantExpression(new LuaValue(name)));
            }
            else if (token.Is('['))
            {
                expression = Index(expression, ParseBracketedKey());
            }
            else if (token.Is(':'))
            {
                Lexer.Advance();
                var method = parser.ExpectName();
                expression = ParseCall(expression, method);
            }
            else if (token.Is('(') || token.Is('{') || token.Kind == TokenKind.String)
            {
                expression = ParseCall(expression, method: null);
            }
            else
            {
                return expression;
            }
        }
    }

    private IndexExpression Index(Expression target, Expression key) => new(target, key) { Line = Lexer.LastLine };

    private Expression ParseBracketedKey()
    {
        Lexer.Advance();
        var key = Parse();
        parser.Expect(']');
        return key;
    }

    private Expression ParsePrimary()
    {
        var token = Lexer.Current;
        if (token.Kind == TokenKind.Name)
        {
            Lexer.Advance();
            var resolved = parser.Scope.Resolve(token.Text!, Lexer);
            resolved.Line = token.Line;
            return resolved;
        }
        if (!token.Is('('))
            throw Lexer.ErrorNear("unexpected symbol");
        Lexer.Advance();
        var inner = Parse();
        parser.ExpectClosing(')', '(', token.Line);
        return new ParenthesizedExpression(inner) { Line = inner.Line };
    }

    private CallExpression ParseCall(Expression target, byte[]? method)
    {
        var line = Lexer.Current.Line;
        var token = Lexer.Current;
        List<Expression> arguments;
        if (token.Kind == TokenKind.String)
        {
            Lexer.Advance();
            arguments = [new ConstantExpression(new LuaValue(token.Text))];
        }
        else if (token.Is('{'))
        {
            arguments = [ParseTable()];
        }
        else if (token.Is('('))
        {
            if (line != Lexer.LastLine)
                throw Lexer.ErrorNear("ambiguous syntax (function call x new statement)");
            Lexer.Advance();
            arguments = Lexer.Current.Is(')') ? [] : ParseList();
            parser.ExpectClosing(')', '(', line);
        }
        else
        {
            throw Lexer.ErrorNear("function arguments expected");
        }
        return new CallExpression(target, method, arguments) { Line = line };
    }

    private Expression Parse(int limit)
    {
        parser.EnterLevel();
        var left = ParseOperand();
        while (TryOperator(Lexer.Current, out var op) && Priorities[(int)op].Left > limit)
        {
            Lexer.Advance();
            var right = Parse(Priorities[(int)op].Right);
            Expression? folded = Fold(op, left, right);
            left = folded ?? new BinaryExpression(op, left, right) { Line = Lexer.LastLine };
        }
        parser.LeaveLevel();
        return left;
    }

    private Expression ParseOperand()
    {
        UnaryOperator op;
        if (Lexer.Current.Kind == TokenKind.Not)
            op = UnaryOperator.Not;
        else if (Lexer.Current.Is('-'))
            op = UnaryOperator.Negate;
        else if (Lexer.Current.Is('#'))
            op = UnaryOperator.Length;
        else
            return ParseSimple();
        Lexer.Advance();
        var operand = Parse(UnaryPriority);
        if (op == UnaryOperator.Negate && operand is ConstantExpression { Value.IsNumber: true } constant)
            return new ConstantExpression(-constant.Value.N);
        return new UnaryExpression(op, operand) { Line = Lexer.LastLine };
    }

    private Expression ParseSimple()
    {
        var token = Lexer.Current;
        switch (token.Kind)
        {
            case TokenKind.Number:
                Lexer.Advance();
                return new ConstantExpression(token.Number);
            case TokenKind.String:
                Lexer.Advance();
                return new ConstantExpression(new LuaValue(token.Text));
            case TokenKind.Nil:
                Lexer.Advance();
                return new ConstantExpression(LuaValue.Nil);
            case TokenKind.True or TokenKind.False:
                Lexer.Advance();
                return new ConstantExpression(LuaValue.Boolean(token.Kind == TokenKind.True));
            case TokenKind.Ellipsis:
                return ParseVararg();
            case TokenKind.Function:
                Lexer.Advance();
                return new FunctionExpression(parser.ParseFunction(hasSelf: false, token.Line)) { Line = token.Line };
            default:
                return token.Is('{') ? ParseTable() : ParseSuffixed();
        }
    }

    private VarargExpression ParseVararg()
    {
        if (!parser.Scope.Body.IsVararg)
            throw Lexer.ErrorNear("cannot use '...' outside a vararg function");
        parser.Scope.Body.UsesVararg = true;
        Lexer.Advance();
        return new VarargExpression { Line = Lexer.LastLine };
    }

    private TableExpression ParseTable()
    {
        var line = Lexer.Current.Line;
        var items = new List<(Expression?, Expression)>();
        parser.Expect('{');
        while (!Lexer.Current.Is('}'))
        {
            items.Add(ParseItem());
            if (!parser.TryTake(',') && !parser.TryTake(';'))
                break;
        }
        parser.ExpectClosing('}', '{', line);
        return new TableExpression(items) { Line = line };
    }

    private (Expression? Key, Expression Value) ParseItem()
    {
        if (Lexer.Current.Is('['))
        {
            var key = ParseBracketedKey();
            parser.Expect('=');
            return (key, Parse());
        }
        if (Lexer.Current.Kind == TokenKind.Name &&
            Lexer.PeekKind(out var symbol) == TokenKind.Symbol && symbol == '=')
        {
            var name = new ConstantExpression(new LuaValue(parser.ExpectName()));
            parser.Expect('=');
            return (name, Parse());
        }
        return (null, Parse());
    }

    private static bool TryOperator(in Token token, out BinaryOperator op)
    {
        (op, var isOperator) = token.Kind switch
        {
            TokenKind.Concat => (BinaryOperator.Concat, true),
            TokenKind.NotEqual => (BinaryOperator.NotEqual, true),
            TokenKind.Equal => (BinaryOperator.Equal, true),
            TokenKind.LessEqual => (BinaryOperator.LessEqual, true),
            TokenKind.GreaterEqual => (BinaryOperator.GreaterEqual, true),
            TokenKind.And => (BinaryOperator.And, true),
            TokenKind.Or => (BinaryOperator.Or, true),
            TokenKind.Symbol => token.Symbol switch
            {
                (byte)'+' => (BinaryOperator.Add, true),
                (byte)'-' => (BinaryOperator.Subtract, true),
                (byte)'*' => (BinaryOperator.Multiply, true),
                (byte)'/' => (BinaryOperator.Divide, true),
                (byte)'%' => (BinaryOperator.Modulo, true),
                (byte)'^' => (BinaryOperator.Power, true),
                (byte)'<' => (BinaryOperator.Less, true),
                (byte)'>' => (BinaryOperator.Greater, true),
                _ => (BinaryOperator.Add, false),
            },
            _ => (BinaryOperator.Add, false),
        };
        return isOperator;
    }

    // Arithmetic on two constants, where the result is a number that a constant can hold.
    private static ConstantExpression? Fold(BinaryOperator op, Expression left, Expression right)
    {
        if (op > BinaryOperator.Power || left is not ConstantExpression { Value.IsNumber: true } a ||
            right is not ConstantExpression { Value.IsNumber: true } b)
            return null;
        if (op is BinaryOperator.Divide or BinaryOperator.Modulo && b.Value.N == 0)
            return null;
        var result = Machine.Arithmetic.Compute(op, a.Value.N, b.Value.N);
        return double.IsNaN(result) ? null : new ConstantExpression(result);
    }
}
