namespace RedisLite.Lua.Compiler;

/// <summary>The names that a function being parsed can see: its active locals by block, and upvalues of those around
/// it.</summary>
internal sealed class Scope(Scope? parent, FunctionBody body)
{
    private const int MaxUpvalues = 60;
    private const int MaxLocals = 200;

    private readonly List<LocalVariable> _active = [];
    private readonly List<byte[]> _upvalueNames = [];

    public Scope? Parent { get; } = parent;

    public FunctionBody Body { get; } = body;

    /// <summary>Loops around the statement being parsed.</summary>
    public int Loops { get; set; }

    public int Mark => _active.Count;

    public void Release(int mark) => _active.RemoveRange(mark, _active.Count - mark);

    public void Activate(LocalVariable variable, Lexer lexer)
    {
        if (_active.Count >= MaxLocals)
            throw lexer.Error(LimitMessage(MaxLocals, "local variables"));
        _active.Add(variable);
    }

    /// <summary>The expression for a name as this function sees it.</summary>
    public Expression Resolve(byte[] name, Lexer lexer)
    {
        var local = FindLocal(name);
        if (local is not null)
            return new LocalExpression(local);
        var upvalue = FindUpvalue(name, lexer);
        return upvalue >= 0 ? new UpvalueExpression(upvalue, name) : new GlobalExpression(name);
    }

    private LocalVariable? FindLocal(byte[] name)
    {
        for (var index = _active.Count - 1; index >= 0; index--)
        {
            if (LuaString.Equal(_active[index].Name, name))
                return _active[index];
        }
        return null;
    }

    private int FindUpvalue(byte[] name, Lexer lexer)
    {
        for (var index = 0; index < _upvalueNames.Count; index++)
        {
            if (LuaString.Equal(_upvalueNames[index], name))
                return index;
        }
        if (Parent is null)
            return -1;
        var local = Parent.FindLocal(name);
        if (local is not null)
        {
            local.IsCaptured = true;
            return AddUpvalue(new UpvalueSource(local, 0), name, lexer);
        }
        var outer = Parent.FindUpvalue(name, lexer);
        return outer < 0 ? -1 : AddUpvalue(new UpvalueSource(null, outer), name, lexer);
    }

    private int AddUpvalue(UpvalueSource source, byte[] name, Lexer lexer)
    {
        if (_upvalueNames.Count >= MaxUpvalues)
            throw lexer.Error(LimitMessage(MaxUpvalues, "upvalues"));
        _upvalueNames.Add(name);
        Body.Upvalues.Add(source);
        return _upvalueNames.Count - 1;
    }

    /// <summary>What is wrong with a function that has too many of something.</summary>
    public string LimitMessage(int limit, string what) =>
        Body.Line == 0
            ? $"main function has more than {limit} {what}"
            : $"function at line {Body.Line} has more than {limit} {what}";
}
