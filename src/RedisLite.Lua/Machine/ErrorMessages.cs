using System.Text;
using RedisLite.Lua.Compiler;

namespace RedisLite.Lua.Machine;

/// <summary>Words the machine's errors as Lua 5.1 does: position, what was tried, the variable's name and
/// type.</summary>
internal static class ErrorMessages
{
    /// <summary>Sets an error with the position of the Lua function on top; always false.</summary>
    public static bool Fail(LuaState state, string message) => Fail(state, Encoding.UTF8.GetBytes(message));

    public static bool Fail(LuaState state, ReadOnlySpan<byte> message)
    {
        state.Error = new LuaValue(LuaString.Concat(Where(state.Thread, 1), message));
        return false;
    }

    /// <summary>The position of the function at a level, 1 being the one on top; empty if that is not Lua.</summary>
    public static byte[] Where(LuaThread thread, int level)
    {
        var index = FrameAt(thread, level);
        if (index < 0 || thread.Frames[index].Closure is not { } closure)
            return [];
        return closure.Prototype.Position(thread.Frames[index].Pc - 1);
    }

    /// <summary>The frame at a level; -1 if there is none, -2 if a tail call replaced it.</summary>
    public static int FrameAt(LuaThread thread, int level)
    {
        var index = thread.Depth - 1;
        for (level--; level > 0 && index >= 0; index--)
            level -= 1 + thread.Frames[index].TailCalls;
        return level < 0 ? -2 : index;
    }

    /// <summary>An operation on a value of a type that does not have it; named if <paramref name="operand"/> has a
    /// name.</summary>
    public static bool FailOperand(LuaState state, in LuaValue value, string action, int operand) =>
        Fail(state, Text(action, NameOfOperand(state.Thread, operand), value));

    /// <summary>The same for the value in a slot that the instruction on top calls.</summary>
    public static bool FailType(LuaState state, in LuaValue value, string action, int slot)
    {
        var thread = state.Thread;
        OperandName? name = null;
        if (thread.Depth > 0 && thread.Frames[thread.Depth - 1] is { Closure: { } closure } frame)
        {
            var i = closure.Prototype.Code[frame.Pc - 1];
            if (Instruction.Op(i) is Op.Call or Op.TailCall && frame.Base + Instruction.A(i) == slot)
                name = closure.Prototype.NameOf(frame.Pc - 1, 0);
        }
        return Fail(state, Text(action, name, value));
    }

    public static bool FailCompare(LuaState state, in LuaValue left, in LuaValue right)
    {
        var (a, b) = (ToText.TypeName(left), ToText.TypeName(right));
        // Lua compares one letter of the names.
        return Fail(state, a[2] == b[2] ? $"attempt to compare two {a} values" : $"attempt to compare {a} with {b}");
    }

    /// <summary>What the call instruction on top calls its function; null if the host or a metamethod called.</summary>
    public static OperandName? NameOfOperand(LuaThread thread, int operand)
    {
        if (thread.Depth == 0 || thread.Frames[thread.Depth - 1] is not { Closure: { } closure } frame)
            return null;
        return closure.Prototype.NameOf(frame.Pc - 1, operand);
    }

    private static ReadOnlySpan<byte> Text(string action, OperandName? name, in LuaValue value)
    {
        var text = new ByteBuilder().Add("attempt to ").Add(action).Add(" ");
        if (name is { } known)
            text.Add(known.Kind).Add(" '").Add(LuaString.SpanOf(known.Name)).Add("' (");
        text.Add("a ").Add(ToText.TypeName(value)).Add(" value").Add(name is null ? "" : ")");
        return text.Span;
    }
}
