using System.Text;
using RedisLite.Lua.Compiler;
using RedisLite.Lua.Machine;

namespace RedisLite.Lua;

/// <summary>A call of a host function: its arguments, counted from 1, and the place for its results.</summary>
/// <remarks>
/// Results are written where the arguments stand, the first one slot below the first argument; so read the arguments
/// before returning results. Valid only within the call. The state's other functions for hosts must not be used
/// meanwhile; <see cref="Invoke"/> calls back.
/// </remarks>
public readonly struct LuaCall
{
    private readonly int _base;

    internal LuaCall(LuaState state, int first, int count)
    {
        State = state;
        _base = first;
        Count = count;
    }

    public LuaState State { get; }

    /// <summary>How many arguments there are.</summary>
    public int Count { get; }

    /// <summary>An argument; nil beyond the last.</summary>
    public LuaValue this[int argument] =>
        argument <= Count ? State.Thread.Stack[_base + argument - 1] : LuaValue.Nil;

    internal LuaThread Thread => State.Thread;

    internal int Base => _base;

    /// <summary>The arguments from one on, valid until the stack changes.</summary>
    public ReadOnlySpan<LuaValue> ArgumentsFrom(int argument) =>
        argument > Count ? default : State.Thread.Stack.AsSpan(_base + argument - 1, Count - argument + 1);

    /// <summary>No results.</summary>
#pragma warning disable CA1822 // Reads as its siblings do.
    public int Return() => 0;
#pragma warning restore CA1822

    public int Return(in LuaValue result)
    {
        State.Thread.Stack[_base - 1] = result;
        return 1;
    }

    public int Return(double result)
    {
        State.Thread.Stack[_base - 1].Set(result);
        return 1;
    }

    public int Return(in LuaValue first, in LuaValue second)
    {
        var stack = State.Thread.Stack;
        var other = second;
        stack[_base - 1] = first;
        stack[_base] = other;
        return 2;
    }

    /// <summary>Any number of results, which must not be a part of the stack that they overwrite.</summary>
    public int Return(ReadOnlySpan<LuaValue> results)
    {
        if (!State.Thread.TryEnsureStack(_base + results.Length))
            throw Error("stack overflow");
        for (var index = 0; index < results.Length; index++)
            State.Thread.Stack[_base - 1 + index] = results[index];
        return results.Length;
    }

    /// <summary>Fails with a value of any type, as <c>error</c> does with a table: no position is added.</summary>
    public int Fail(in LuaValue error)
    {
        State.Error = error;
        return CallCode.Failed;
    }

    /// <summary>Fails with a message, before which stands the position of the Lua function that called.</summary>
    public int Fail(string message)
    {
        ErrorMessages.Fail(State, message);
        return CallCode.Failed;
    }

    /// <summary>The same for throwing from inside helpers; dearer than <see cref="Fail(string)"/>.</summary>
    public LuaException Error(string message) => State.Raise(message);

    /// <summary>Counts work, and lets a limit or a kill end the script.</summary>
    /// <exception cref="LuaException">The script must end.</exception>
    public void Tick(int units = 1) => Budget.Tick(State, units);

    /// <summary>Asks before bytes are allocated for the script.</summary>
    /// <exception cref="LuaException">The script must end.</exception>
    public void Charge(long bytes) => Budget.Charge(State, bytes);

    /// <summary>Calls a function; gives its first result.</summary>
    /// <exception cref="LuaException">It failed; let it pass.</exception>
    public LuaValue Invoke(in LuaValue function, params ReadOnlySpan<LuaValue> arguments) =>
        State.Thread.Stack[State.Call(function, 1, arguments)];

    /// <summary>An argument that must be there, of any type.</summary>
    public LuaValue Any(int argument) =>
        argument <= Count ? this[argument] : throw ArgumentError(argument, "value expected");

    /// <summary>A number, or a string that is one.</summary>
    public double Number(int argument) =>
        Arithmetic.TryNumber(this[argument], out var number) ? number : throw TypeError(argument, "number");

    public double Number(int argument, double otherwise) => this[argument].IsNil ? otherwise : Number(argument);

    /// <summary>A number cut to an integer as Lua's C code does it: to 64 bits, of which the lower 32 stay.</summary>
    public int Integer(int argument) => unchecked((int)Long(argument));

    public int Integer(int argument, int otherwise) => this[argument].IsNil ? otherwise : Integer(argument);

    /// <summary>A number cut to 64 bits as a cast in C does on the usual processors: what does not fit becomes the
    /// smallest integer.</summary>
    internal long Long(int argument) => Cut(Number(argument));

    internal long Long(int argument, long otherwise) => this[argument].IsNil ? otherwise : Long(argument);

    public LuaTable Table(int argument) => this[argument].O as LuaTable ?? throw TypeError(argument, "table");

    /// <summary>A function.</summary>
    public LuaFunction Function(int argument) =>
        this[argument].O as LuaFunction ?? throw TypeError(argument, "function");

    /// <summary>A string's bytes; a number is converted.</summary>
    public ReadOnlySpan<byte> Bytes(int argument) => LuaString.SpanOf(Text(argument));

    internal byte[] Text(int argument)
    {
        var value = this[argument];
        return Arithmetic.TryText(value, out var text) ? text : throw TypeError(argument, "string");
    }

    /// <summary>An argument is not what it must be.</summary>
    public LuaException ArgumentError(int argument, string problem)
    {
        var thread = State.Thread;
        OperandName? name = null;
        if (thread.Depth > 0 && thread.Frames[thread.Depth - 1] is { Closure: { } closure } frame &&
            Instruction.Op(closure.Prototype.Code[frame.Pc - 1]) is Op.Call or Op.TailCall)
            name = closure.Prototype.NameOf(frame.Pc - 1, 0);
        var shown = name is { } known ? Encoding.UTF8.GetString(LuaString.SpanOf(known.Name))
            : IsGenerator() ? "(for generator)" : "?";
        if (name is { Kind: "method" })
        {
            argument--;
            if (argument == 0)
                return Error($"calling '{shown}' on bad self ({problem})");
        }
        return Error($"bad argument #{argument} to '{shown}' ({problem})");
    }

    private bool IsGenerator() =>
        Thread.Depth > 0 && Thread.Frames[Thread.Depth - 1] is { Closure: { } closure } frame &&
        Instruction.Op(closure.Prototype.Code[frame.Pc - 1]) == Op.ForCall;

    /// <summary>An argument is of the wrong type.</summary>
    public LuaException TypeError(int argument, string expected) =>
        ArgumentError(argument,
            $"{expected} expected, got {(argument <= Count ? ToText.TypeName(this[argument]) : "no value")}");

    internal static long Cut(double number) =>
        number is > -9223372036854775809.0 and < 9223372036854775808.0 ? (long)number : long.MinValue;
}
