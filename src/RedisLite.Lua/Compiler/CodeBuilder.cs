namespace RedisLite.Lua.Compiler;

/// <summary>The code of one function as it grows: instructions with lines, constants, registers, names of
/// operands.</summary>
internal sealed class CodeBuilder(Lexer lexer)
{
    private const int MaxRegisters = 250;

    private readonly List<ulong> _code = [];
    private readonly List<int> _lines = [];
    private readonly List<LuaValue> _constants = [];
    private readonly Dictionary<byte[], int> _strings = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<double, int> _numbers = [];
    private readonly List<OperandName> _names = [];

    /// <summary>The line that the next instructions get.</summary>
    public int Line { get; set; }

    public int Position => _code.Count;

    /// <summary>The first register that is not in use.</summary>
    public int Free { get; private set; }

    public int StackSize { get; private set; } = 2;

    public ulong[] Code => [.. _code];

    public int[] Lines => [.. _lines];

    public LuaValue[] Constants => [.. _constants];

    public OperandName[] Names => [.. _names.OrderBy(name => name.Pc)];

    public int Emit(Op op, int a = 0, int b = 0, int c = 0)
    {
        _code.Add(Instruction.Make(op, a, b, c));
        _lines.Add(Line);
        return _code.Count - 1;
    }

    public void PatchTarget(int at, int target)
    {
        var old = _code[at];
        _code[at] = Instruction.Make(Instruction.Op(old), Instruction.A(old), Instruction.B(old), target);
    }

    public void PatchAll(List<int> jumps, int target)
    {
        foreach (var jump in jumps)
            PatchTarget(jump, target);
    }

    public void PatchHere(List<int> jumps) => PatchAll(jumps, Position);

    /// <summary>Makes the last instruction, a call or vararg, give this many results: its count field is results +
    /// 1.</summary>
    public void SetResults(int at, int count)
    {
        var old = _code[at];
        var op = Instruction.Op(old);
        _code[at] = op == Op.Vararg
            ? Instruction.Make(op, Instruction.A(old), count, 0)
            : Instruction.Make(op, Instruction.A(old), Instruction.B(old), count);
    }

    public void ChangeToTailCall(int at)
    {
        var old = _code[at];
        _code[at] = Instruction.Make(Op.TailCall, Instruction.A(old), Instruction.B(old), 0);
    }

    public bool IsCallAt(int at) => Instruction.Op(_code[at]) == Op.Call;

    public int Reserve(int count = 1)
    {
        var first = Free;
        Free += count;
        if (Free > MaxRegisters)
            throw lexer.Error("function or expression too complex");
        StackSize = Math.Max(StackSize, Free + 1);
        return first;
    }

    public void ReleaseTo(int register) => Free = register;

    public int Constant(in LuaValue value)
    {
        if (value.O is null)
        {
            // As in Lua, 0 and -0 are one constant: whichever comes first.
            if (!_numbers.TryGetValue(value.N, out var number))
                _numbers.Add(value.N, number = Append(value));
            return number;
        }
        if (!value.TryString(out var text))
            return Append(value);
        if (!_strings.TryGetValue(text, out var index))
            _strings.Add(text, index = Append(value));
        return index;
    }

    public void Name(int pc, int operand, (string Kind, byte[] Name)? name)
    {
        if (name is var (kind, text))
            _names.Add(new OperandName(pc, operand, kind, text));
    }

    private int Append(in LuaValue value)
    {
        _constants.Add(value);
        return _constants.Count - 1;
    }
}
