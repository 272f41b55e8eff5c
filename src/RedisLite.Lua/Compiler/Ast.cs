namespace RedisLite.Lua.Compiler;

/// <summary>A local variable; captured is known once the whole chunk is parsed, before any code is made.</summary>
internal sealed class LocalVariable(byte[] name)
{
    public byte[] Name { get; } = name;

    public bool IsCaptured;
    public int Register;
}

internal enum BinaryOperator
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Concat,
    NotEqual,
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
}

internal enum UnaryOperator
{
    Negate,
    Not,
    Length,
}

/// <summary>An expression, and the line that an error in it names.</summary>
internal abstract class Expression
{
    public int Line;

    /// <summary>A call or <c>...</c>, which may give any number of values.</summary>
    public virtual bool IsMulti => false;
}

internal sealed class ConstantExpression(LuaValue value) : Expression
{
    public readonly LuaValue Value = value;
}

internal sealed class VarargExpression : Expression
{
    public override bool IsMulti => true;
}

internal sealed class FunctionExpression(FunctionBody body) : Expression
{
    public FunctionBody Body { get; } = body;
}

internal sealed class LocalExpression(LocalVariable variable) : Expression
{
    public LocalVariable Variable { get; } = variable;
}

internal sealed class UpvalueExpression(int index, byte[] name) : Expression
{
    public int Index { get; } = index;

    public byte[] Name { get; } = name;
}

internal sealed class GlobalExpression(byte[] name) : Expression
{
    public byte[] Name { get; } = name;
}

internal sealed class IndexExpression(Expression target, Expression key) : Expression
{
    public Expression Target { get; } = target;

    public Expression Key { get; } = key;
}

/// <summary>A call; with a method name, the function is that field of the target, which is also the first
/// argument.</summary>
internal sealed class CallExpression(Expression target, byte[]? method, List<Expression> arguments) : Expression
{
    public Expression Target { get; } = target;

    public byte[]? Method { get; } = method;

    public List<Expression> Arguments { get; } = arguments;

    public override bool IsMulti => true;
}

internal sealed class BinaryExpression(BinaryOperator op, Expression left, Expression right) : Expression
{
    public BinaryOperator Operator { get; } = op;

    public Expression Left { get; } = left;

    public Expression Right { get; } = right;
}

internal sealed class UnaryExpression(UnaryOperator op, Expression operand) : Expression
{
    public UnaryOperator Operator { get; } = op;

    public Expression Operand { get; } = operand;
}

/// <summary>An expression in parentheses: one value, and not a place to assign to.</summary>
internal sealed class ParenthesizedExpression(Expression inner) : Expression
{
    public Expression Inner { get; } = inner;
}

/// <summary>A constructor: items without a key are null-keyed and numbered in order.</summary>
internal sealed class TableExpression(List<(Expression? Key, Expression Value)> items) : Expression
{
    public List<(Expression? Key, Expression Value)> Items { get; } = items;
}

internal abstract class Statement
{
    public int Line;
}

internal sealed class Block
{
    public readonly List<Statement> Statements = [];
}

internal sealed class LocalStatement(List<LocalVariable> variables, List<Expression> values) : Statement
{
    public List<LocalVariable> Variables { get; } = variables;

    public List<Expression> Values { get; } = values;
}

internal sealed class LocalFunctionStatement(LocalVariable variable, FunctionBody body) : Statement
{
    public LocalVariable Variable { get; } = variable;

    public FunctionBody Body { get; } = body;
}

internal sealed class AssignStatement(List<Expression> targets, List<Expression> values) : Statement
{
    public List<Expression> Targets { get; } = targets;

    public List<Expression> Values { get; } = values;
}

internal sealed class CallStatement(CallExpression call) : Statement
{
    public CallExpression Call { get; } = call;
}

internal sealed class DoStatement(Block body) : Statement
{
    public Block Body { get; } = body;
}

internal sealed class WhileStatement(Expression condition, Block body) : Statement
{
    public Expression Condition { get; } = condition;

    public Block Body { get; } = body;
}

internal sealed class RepeatStatement(Block body, Expression condition) : Statement
{
    public Block Body { get; } = body;

    public Expression Condition { get; } = condition;
}

internal sealed class IfStatement(List<(Expression Condition, Block Body)> branches, Block? otherwise) : Statement
{
    public List<(Expression Condition, Block Body)> Branches { get; } = branches;

    public Block? Otherwise { get; } = otherwise;
}

internal sealed class NumericForStatement(
    LocalVariable variable, Expression start, Expression limit, Expression? step, Block body) : Statement
{
    public LocalVariable Variable { get; } = variable;

    public Expression Start { get; } = start;

    public Expression Limit { get; } = limit;

    public Expression? Step { get; } = step;

    public Block Body { get; } = body;
}

internal sealed class GenericForStatement(List<LocalVariable> variables, List<Expression> values,
    Block body) : Statement
{
    public List<LocalVariable> Variables { get; } = variables;

    public List<Expression> Values { get; } = values;

    public Block Body { get; } = body;
}

internal sealed class ReturnStatement(List<Expression> values) : Statement
{
    public List<Expression> Values { get; } = values;
}

internal sealed class BreakStatement : Statement;

/// <summary>A parsed function: its parameters, body, and where each captured variable comes from.</summary>
internal sealed class FunctionBody
{
    public readonly List<LocalVariable> Parameters = [];
    public readonly List<UpvalueSource> Upvalues = [];
    public Block Body = new();
    public bool IsVararg;

    // Lua 5.1 gives a vararg function a table "arg" if it does not use "...".
    public LocalVariable? Arg;
    public bool UsesVararg;
    public int Line;
    public int LastLine;
}

/// <summary>Where a closure takes a captured variable from when it is made.</summary>
internal readonly record struct UpvalueSource(LocalVariable? Local, int Index);
