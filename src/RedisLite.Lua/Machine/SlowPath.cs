using System.Runtime.CompilerServices;
using RedisLite.Lua.Compiler;

namespace RedisLite.Lua.Machine;

/// <summary>Completes the instructions that the interpreter's loop leaves: metamethods, conversions, errors, rare
/// operations.</summary>
/// <remarks>The frame on top is the instruction's, its <see cref="CallFrame.Pc"/> already at the next one.</remarks>
internal static class SlowPath
{
    internal static readonly byte[] IndexName = ConstantPool.Name("__index");

    private static readonly string[] ForOperands = ["initial value", "limit", "step"];

    public static Outcome Complete(LuaState state, LuaThread thread, ulong i, int floor)
    {
        switch (Instruction.Op(i))
        {
            case Op.Call:
                return Call(state, thread, i, floor);
            case Op.TailCall:
                return TailCall(state, thread, i, floor);
            case Op.ForCall:
                return ForCall(state, thread, i, floor);
            case Op.Loop or Op.ForLoop or Op.ForIn:
                return ToOutcome(Budget.TryContinue(state));
            default:
                return ToOutcome(CompleteValue(state, thread, i));
        }
    }

    internal static void NewCell(ref LuaValue register)
    {
        var cell = new Cell();
        cell.Value = register;
        register.O = cell;
    }

    internal static LuaTable NewTable(ulong i) =>
        Instruction.B(i) == 0 && Instruction.C(i) == 0
            ? new LuaTable() : new LuaTable(Instruction.B(i), Instruction.C(i));

    internal static LuaClosure NewClosure(LuaClosure around, ref LuaValue registers, ulong i)
    {
        var closure = new LuaClosure(around.Prototype.Functions[Instruction.C(i)], around.Environment);
        var infos = closure.Prototype.Upvalues;
        for (var index = 0; index < infos.Length; index++)
        {
            closure.Upvalues[index] = infos[index].FromRegister
                ? (Cell)Unsafe.Add(ref registers, infos[index].Index).O!
                : around.Upvalues[infos[index].Index];
        }
        return closure;
    }

    internal static bool EqualsConstant(ref LuaValue value, ref LuaValue constant) =>
        value.O is null ? constant.O is null && value.N == constant.N
        : value.O == constant.O ||
            (constant.TryString(out var text) && value.TryString(out var other) && LuaString.Equal(other, text));

    /// <summary>The step of a loop over <c>next</c>: R(A + 2) is the key before, R(A + 3) and R(A + 4) the entry
    /// after.</summary>
    internal static void WalkNext(LuaTable table, ref LuaValue a)
    {
        ref var key = ref Unsafe.Add(ref a, 3);
        key = Unsafe.Add(ref a, 2);
        try
        {
            table.MoveNext(ref key, ref Unsafe.Add(ref a, 4));
        }
        catch (KeyNotFoundException)
        {
            throw new LuaException(LuaValue.String("invalid key to 'next'"u8));
        }
    }

    private static Outcome ToOutcome(bool isDone) => isDone ? Outcome.Done : Outcome.Failed;

    private static Outcome Call(LuaState state, LuaThread thread, ulong i, int floor)
    {
        if (state.Fuel < 0 && !Budget.TryContinue(state))
            return Outcome.Failed;
        var slot = thread.Frames[thread.Depth - 1].Base + Instruction.A(i);
        var count = Instruction.B(i) == 0 ? thread.Top - slot - 1 : Instruction.B(i) - 1;
        return Calls.Begin(state, thread, slot, count, Instruction.C(i) - 1, FrameKind.Lua, floor);
    }

    private static Outcome TailCall(LuaState state, LuaThread thread, ulong i, int floor)
    {
        if (--state.Fuel < 0 && !Budget.TryContinue(state))
            return Outcome.Failed;
        ref var frame = ref thread.Frames[thread.Depth - 1];
        var slot = frame.Base + Instruction.A(i);
        var count = Instruction.B(i) == 0 ? thread.Top - slot - 1 : Instruction.B(i) - 1;
        if (thread.Stack[slot].O is not LuaClosure closure)
            return Calls.Begin(state, thread, slot, count, -1, FrameKind.Lua, floor);
        Slots.Copy(thread.Stack, slot, thread.Stack, frame.Return, count + 1);
        var (kind, wanted, tailCalls, to) = (frame.Kind, frame.Wanted, frame.TailCalls, frame.Return);
        thread.Depth--;
        if (!Calls.TryPushLua(state, thread, closure, to, count, wanted, kind))
            return Outcome.Failed;
        thread.Frames[thread.Depth - 1].TailCalls = tailCalls + 1;
        return Outcome.Entered;
    }

    private static Outcome ForCall(LuaState state, LuaThread thread, ulong i, int floor)
    {
        var slot = thread.Frames[thread.Depth - 1].Base + Instruction.A(i);
        Slots.Copy(thread.Stack, slot, thread.Stack, slot + 3, 3);
        return Calls.Begin(state, thread, slot + 3, 2, Instruction.B(i), FrameKind.Lua, floor);
    }

    private static bool CompleteValue(LuaState state, LuaThread thread, ulong i)
    {
        ref var frame = ref thread.Frames[thread.Depth - 1];
        var constants = frame.Closure!.Prototype.Constants;
        var stack = thread.Stack;
        var op = Instruction.Op(i);
        var a = frame.Base + Instruction.A(i);
        var b = frame.Base + Instruction.B(i);
        var c = Instruction.C(i);
        // Metamethods run above the registers; of these instructions only SetList reads open values.
        if (op != Op.SetList)
            thread.Top = frame.Base + frame.Closure!.Prototype.StackSize;
        switch (op)
        {
            case Op.GetGlobal:
                return MetaAccess.Index(state, frame.Closure.Environment, constants[c], a, 1);
            case Op.SetGlobal:
                return MetaAccess.SetIndex(state, frame.Closure.Environment, constants[c], stack[a], 1);
            case Op.GetField:
                return MetaAccess.Index(state, stack[b], constants[c], a, 1);
            case Op.GetInteger:
                return MetaAccess.Index(state, stack[b], (double)c, a, 1);
            case Op.GetIndex:
                return MetaAccess.Index(state, stack[b], stack[frame.Base + c], a, 1);
            case Op.SetField:
                return MetaAccess.SetIndex(
                    state, stack[a], constants[Instruction.B(i)], Operand(stack, constants, frame.Base, c), 1);
            case Op.SetIndex:
                return MetaAccess.SetIndex(state, stack[a], stack[b], Operand(stack, constants, frame.Base, c), 1);
            case Op.Self:
                var target = stack[b];
                stack[a + 1] = target;
                return MetaAccess.Index(state, target, constants[c], a, 1);
            case Op.SetList:
                return SetList(state, thread, i, a);
            case >= Op.Add and <= Op.PowerK:
                var right = (op - Op.Add) % 2 == 0 ? stack[frame.Base + c] : constants[c];
                return Operators.Arithmetic(state, (BinaryOperator)((op - Op.Add) / 2), stack[b], right, a);
            case Op.Negate:
                return Operators.Negate(state, stack[b], a);
            case Op.Length:
                return Operators.Length(state, stack[b], a);
            case Op.Concat:
                return Operators.Concat(state, thread, b, frame.Base + c, a);
            case Op.ForPrepare:
                return ForPrepare(state, thread, a, c);
            case Op.Vararg:
                return Vararg(state, thread, i, a);
            default:
                return Operators.Compare(state, thread, i);
        }
    }

    private static LuaValue Operand(LuaValue[] stack, LuaValue[] constants, int first, int c) =>
        c >= 0 ? stack[first + c] : constants[~c];

    private static bool SetList(LuaState state, LuaThread thread, ulong i, int a)
    {
        var table = (LuaTable)thread.Stack[a].O!;
        var count = Instruction.B(i) == 0 ? thread.Top - a - 1 : Instruction.B(i) - 1;
        var start = Instruction.C(i);
        Budget.Charge(state, count * 16L);
        table.EnsureArray(start + count);
        Slots.Copy(thread.Stack, a + 1, table.Array, start, count);
        return true;
    }

    private static bool ForPrepare(LuaState state, LuaThread thread, int a, int exit)
    {
        var stack = thread.Stack;
        for (var index = 0; index < 3; index++)
        {
            if (!Arithmetic.TryNumber(stack[a + index], out var number))
                return ErrorMessages.Fail(state, $"'for' {ForOperands[index]} must be a number");
            stack[a + index] = number;
        }
        // As Lua does: back by a step, then the first step, with its rounding.
        var step = stack[a + 2].N;
        var first = stack[a].N - step + step;
        if (step > 0 ? first <= stack[a + 1].N : first >= stack[a + 1].N)
        {
            stack[a] = first;
            stack[a + 3] = first;
        }
        else
        {
            thread.Frames[thread.Depth - 1].Pc = exit;
        }
        return true;
    }

    private static bool Vararg(LuaState state, LuaThread thread, ulong i, int a)
    {
        ref var frame = ref thread.Frames[thread.Depth - 1];
        var wanted = Instruction.B(i) - 1;
        var count = wanted < 0 ? frame.VarargCount : Math.Min(wanted, frame.VarargCount);
        if (!thread.TryEnsureStack(a + Math.Max(count, wanted) + 1))
            return ErrorMessages.Fail(state, "stack overflow");
        Budget.Charge(state, count * 16L);
        Slots.Copy(thread.Stack, frame.Base - frame.VarargCount, thread.Stack, a, count);
        Calls.Fill(thread, a, count, wanted);
        return true;
    }
}
