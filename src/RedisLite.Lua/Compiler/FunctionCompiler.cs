namespace RedisLite.Lua.Compiler;

/// <summary>Makes the code of one function from its tree: statements here, expressions in
/// <see cref="ExpressionCompiler"/>.</summary>
/// <remarks>
/// Registers are a stack: locals in the order of their declaration, then what an expression needs for a moment. A
/// local that a closure captures lives in a cell from its declaration on, so each round of a loop has its own.
/// </remarks>
internal sealed class FunctionCompiler
{
    private readonly CodeBuilder _code;
    private readonly ExpressionCompiler _expressions;
    private readonly AssignmentCompiler _assignments;
    private readonly List<Prototype> _functions = [];
    private readonly Lexer _lexer;
    private List<int> _breaks = [];

    private FunctionCompiler(Lexer lexer)
    {
        _lexer = lexer;
        _code = new CodeBuilder(lexer);
        _expressions = new ExpressionCompiler(_code, this);
        _assignments = new AssignmentCompiler(_code, _expressions);
    }

    /// <summary>Compiles a chunk; the result can be instantiated in any state.</summary>
    public static Prototype CompileChunk(byte[] source, string chunkName, int nesting)
    {
        var pool = new ConstantPool();
        var body = Parser.Parse(source, chunkName, pool, nesting);
        return Compile(body, new Lexer([], chunkName, pool));
    }

    /// <summary>Compiles a function inside this one; returns its index.</summary>
    public int AddFunction(FunctionBody body)
    {
        _functions.Add(Compile(body, _lexer));
        return _functions.Count - 1;
    }

    /// <summary>What a tree is that would exhaust the stack of the thread which compiles it.</summary>
    public LuaSyntaxException TooComplex() => _lexer.Error("function or expression too complex");

    private static Prototype Compile(FunctionBody body, Lexer lexer)
    {
        var compiler = new FunctionCompiler(lexer);
        return compiler.CompileBody(body);
    }

    private Prototype CompileBody(FunctionBody body)
    {
        _code.Line = body.Line;
        foreach (var parameter in body.Parameters)
            parameter.Register = _code.Reserve();
        if (body.Arg is not null)
            body.Arg.Register = _code.Reserve();
        foreach (var parameter in body.Parameters)
            MakeCellIfCaptured(parameter);
        if (body.Arg is not null)
            MakeCellIfCaptured(body.Arg);
        CompileBlock(body.Body);
        _code.Line = body.LastLine;
        _code.Emit(Op.ReturnNone);
        return new Prototype
        {
            Code = _code.Code,
            Constants = _code.Constants,
            Functions = [.. _functions],
            Upvalues = [.. body.Upvalues.Select(ToInfo)],
            Lines = _code.Lines,
            Names = _code.Names,
            ChunkName = _lexer.ChunkName,
            ParameterCount = body.Parameters.Count,
            IsVararg = body.IsVararg,
            HasArg = body.Arg is not null,
            NeedsArg = body.Arg is not null && !body.UsesVararg,
            StackSize = _code.StackSize,
            Line = body.Line,
        };
    }

    private static UpvalueInfo ToInfo(UpvalueSource source) =>
        source.Local is null ? new UpvalueInfo(false, source.Index) : new UpvalueInfo(true, source.Local.Register);

    private void MakeCellIfCaptured(LocalVariable variable)
    {
        if (variable.IsCaptured)
            _code.Emit(Op.NewCell, variable.Register);
    }

    private void CompileBlock(Block block)
    {
        var mark = _code.Free;
        CompileOpenBlock(block);
        _code.ReleaseTo(mark);
    }

    private void CompileOpenBlock(Block block)
    {
        foreach (var statement in block.Statements)
        {
            _code.Line = statement.Line;
            CompileStatement(statement);
        }
    }

    private void CompileStatement(Statement statement)
    {
        switch (statement)
        {
            case LocalStatement local:
                CompileLocal(local);
                break;
            case LocalFunctionStatement function:
                CompileLocalFunction(function);
                break;
            case AssignStatement assign:
                _assignments.Compile(assign);
                break;
            case CallStatement call:
                _code.SetResults(_expressions.EmitCall(call.Call), 1);
                break;
            case DoStatement body:
                CompileBlock(body.Body);
                break;
            case WhileStatement loop:
                CompileWhile(loop);
                break;
            case RepeatStatement loop:
                CompileRepeat(loop);
                break;
            case IfStatement branches:
                CompileIf(branches);
                break;
            case NumericForStatement loop:
                CompileNumericFor(loop);
                break;
            case GenericForStatement loop:
                CompileGenericFor(loop);
                break;
            case ReturnStatement values:
                CompileReturn(values);
                break;
            default:
                _breaks.Add(_code.Emit(Op.Jump));
                break;
        }
    }

    private void CompileLocal(LocalStatement local)
    {
        var first = _code.Free;
        _expressions.ToRegisters(local.Values, local.Variables.Count);
        for (var index = 0; index < local.Variables.Count; index++)
        {
            local.Variables[index].Register = first + index;
            MakeCellIfCaptured(local.Variables[index]);
        }
    }

    private void CompileLocalFunction(LocalFunctionStatement function)
    {
        var register = _code.Reserve();
        function.Variable.Register = register;
        if (!function.Variable.IsCaptured)
        {
            _code.Emit(Op.Closure, register, 0, AddFunction(function.Body));
            return;
        }
        _code.Emit(Op.LoadNil, register);
        _code.Emit(Op.NewCell, register);
        var closure = _code.Reserve();
        _code.Emit(Op.Closure, closure, 0, AddFunction(function.Body));
        _code.Emit(Op.SetCell, register, closure);
        _code.ReleaseTo(closure);
    }

    private void CompileWhile(WhileStatement loop)
    {
        var outer = _breaks;
        _breaks = [];
        var head = _code.Position;
        _expressions.JumpIf(loop.Condition, false, _breaks);
        CompileBlock(loop.Body);
        _code.Emit(Op.Loop, c: head);
        _code.PatchHere(_breaks);
        _breaks = outer;
    }

    private void CompileRepeat(RepeatStatement loop)
    {
        var outer = _breaks;
        _breaks = [];
        var head = _code.Position;
        var mark = _code.Free;
        CompileOpenBlock(loop.Body);
        _expressions.JumpIf(loop.Condition, true, _breaks);
        _code.Emit(Op.Loop, c: head);
        _code.ReleaseTo(mark);
        _code.PatchHere(_breaks);
        _breaks = outer;
    }

    private void CompileIf(IfStatement statement)
    {
        var ends = new List<int>();
        for (var index = 0; index < statement.Branches.Count; index++)
        {
            var (condition, body) = statement.Branches[index];
            var skips = new List<int>();
            _expressions.JumpIf(condition, false, skips);
            CompileBlock(body);
            if (index < statement.Branches.Count - 1 || statement.Otherwise is not null)
                ends.Add(_code.Emit(Op.Jump));
            _code.PatchHere(skips);
        }
        if (statement.Otherwise is not null)
            CompileBlock(statement.Otherwise);
        _code.PatchHere(ends);
    }

    private void CompileNumericFor(NumericForStatement loop)
    {
        var outer = _breaks;
        _breaks = [];
        var line = loop.Line;
        var first = _expressions.ToNextRegister(loop.Start);
        _expressions.ToNextRegister(loop.Limit);
        _expressions.ToNextRegister(loop.Step ?? new ConstantExpression(1));
        loop.Variable.Register = _code.Reserve();
        _code.Line = line;
        var prepare = _code.Emit(Op.ForPrepare, first);
        var head = _code.Position;
        MakeCellIfCaptured(loop.Variable);
        CompileBlock(loop.Body);
        _code.Line = line;
        _code.Emit(Op.ForLoop, first, c: head);
        _code.PatchTarget(prepare, _code.Position);
        _code.PatchHere(_breaks);
        _code.ReleaseTo(first);
        _breaks = outer;
    }

    private void CompileGenericFor(GenericForStatement loop)
    {
        var outer = _breaks;
        _breaks = [];
        var line = loop.Line;
        var first = _code.Free;
        _expressions.ToRegisters(loop.Values, 3);
        var variables = _code.Reserve(Math.Max(loop.Variables.Count, 3));
        _code.Line = line;
        var enter = _code.Emit(Op.Jump);
        var head = _code.Position;
        for (var index = 0; index < loop.Variables.Count; index++)
        {
            loop.Variables[index].Register = variables + index;
            MakeCellIfCaptured(loop.Variables[index]);
        }
        CompileBlock(loop.Body);
        _code.Line = line;
        _code.PatchTarget(enter, _code.Position);
        _code.Emit(Op.ForCall, first, loop.Variables.Count);
        _code.Emit(Op.ForIn, first, c: head);
        _code.PatchHere(_breaks);
        _code.ReleaseTo(first);
        _breaks = outer;
    }

    private void CompileReturn(ReturnStatement statement)
    {
        var values = statement.Values;
        var mark = _code.Free;
        if (values.Count == 0)
        {
            _code.Emit(Op.ReturnNone);
        }
        else if (values is [CallExpression call])
        {
            _code.ChangeToTailCall(_expressions.EmitCall(call));
            _code.Emit(Op.Return, mark);
        }
        else if (values is [{ IsMulti: false } single])
        {
            _code.Emit(Op.ReturnOne, _expressions.ToAnyRegister(single));
        }
        else
        {
            var isOpen = _expressions.ToOpenRegisters(values);
            _code.Emit(Op.Return, mark, isOpen ? 0 : values.Count + 1);
        }
        _code.ReleaseTo(mark);
    }
}
