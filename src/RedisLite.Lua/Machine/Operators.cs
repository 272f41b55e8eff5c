using RedisLite.Lua.Compiler;

namespace RedisLite.Lua.Machine;

/// <summary>Operators on values that are not both numbers: conversion, metamethods, errors.</summary>
internal static class Operators
{
    public static bool Arithmetic(LuaState state, BinaryOperator op, LuaValue left, LuaValue right, int slot)
    {
        if (Machine.Arithmetic.TryNumber(left, out var a) && Machine.Arithmetic.TryNumber(right, out var b))
        {
            state.Thread.Stack[slot] = Machine.Arithmetic.Compute(op, a, b);
            return true;
        }
        var handler = Handler(state, left, right, (MetaEvent)(int)op);
        if (handler.O != LuaValue.NilMark)
            return MetaAccess.Call(state, handler, left, right, slot);
        var isFirstWrong = !Machine.Arithmetic.TryNumber(left, out _);
        return ErrorMessages.FailOperand(
            state, isFirstWrong ? left : right, "perform arithmetic on", isFirstWrong ? 1 : 2);
    }

    public static bool Negate(LuaState state, LuaValue operand, int slot)
    {
        if (Machine.Arithmetic.TryNumber(operand, out var number))
        {
            state.Thread.Stack[slot] = -number;
            return true;
        }
        var handler = Metamethods.Find(state, operand, MetaEvent.Negate);
        return handler.O != LuaValue.NilMark
            ? MetaAccess.Call(state, handler, operand, operand, slot)
            : ErrorMessages.FailOperand(state, operand, "perform arithmetic on", 1);
    }

    // Of Lua 5.1: a table's __len is not asked.
    public static bool Length(LuaState state, LuaValue operand, int slot)
    {
        if (!operand.TryString(out var text))
            return ErrorMessages.FailOperand(state, operand, "get length of", 1);
        state.Thread.Stack[slot] = (double)(text.Length - LuaString.Prefix);
        return true;
    }

    public static bool Concat(LuaState state, LuaThread thread, int first, int last, int slot)
    {
        if (TryJoin(state, thread, first, last, out var joined))
        {
            thread.Stack[slot] = new LuaValue(joined);
            return true;
        }
        var result = thread.Stack[last];
        for (var index = last - 1; index >= first; index--)
        {
            var left = thread.Stack[index];
            if (Machine.Arithmetic.TryText(left, out var a) && Machine.Arithmetic.TryText(result, out var b))
            {
                CheckLength(state, (long)a.Length + b.Length);
                result = new LuaValue(LuaString.Concat(LuaString.SpanOf(a), LuaString.SpanOf(b)));
                continue;
            }
            var handler = Handler(state, left, result, MetaEvent.Concat);
            if (handler.O == LuaValue.NilMark)
            {
                var isFirstRight = left.O is null || left.IsString;
                var operand = isFirstRight && index + 1 < last ? -1 : index - first + (isFirstRight ? 1 : 0);
                return ErrorMessages.FailOperand(state, isFirstRight ? result : left, "concatenate", operand);
            }
            if (!MetaAccess.Call(state, handler, left, result, thread.Top))
                return false;
            result = thread.Stack[thread.Top];
        }
        thread.Stack[slot] = result;
        return true;
    }

    /// <summary>Completes a comparison: sets the next instruction if it jumps.</summary>
    public static bool Compare(LuaState state, LuaThread thread, ulong i)
    {
        ref var frame = ref thread.Frames[thread.Depth - 1];
        var op = Instruction.Op(i);
        var a = thread.Stack[frame.Base + Instruction.A(i)];
        var isPlain = op is Op.Equal or Op.NotEqual or Op.Less or Op.NotLess or Op.LessEqual or Op.NotLessEqual;
        var b = isPlain
            ? thread.Stack[frame.Base + Instruction.B(i)]
            : frame.Closure!.Prototype.Constants[Instruction.B(i)];
        if (op is Op.KLess or Op.NotKLess or Op.KLessEqual or Op.NotKLessEqual)
            (a, b) = (b, a);
        bool holds;
        var isDone = op switch
        {
            Op.Equal or Op.NotEqual => TryEqual(state, a, b, out holds),
            >= Op.Less and <= Op.NotKLess => TryLess(state, a, b, out holds),
            _ => TryLessEqual(state, a, b, out holds),
        };
        var isNegated = op is Op.NotEqual or Op.NotLess or Op.NotLessK or Op.NotKLess or
            Op.NotLessEqual or Op.NotLessEqualK or Op.NotKLessEqual;
        if (isDone && holds != isNegated)
            thread.Frames[thread.Depth - 1].Pc = Instruction.C(i);
        return isDone;
    }

    public static bool TryEqual(LuaState state, in LuaValue left, in LuaValue right, out bool holds)
    {
        holds = left.Equals(right);
        if (holds || left.O is not LuaTable a || right.O is not LuaTable b)
            return true;
        var handler = Metamethods.Find(a.Metatable, MetaEvent.Equal);
        if (handler.O == LuaValue.NilMark ||
            (a.Metatable != b.Metatable && !handler.Equals(Metamethods.Find(b.Metatable, MetaEvent.Equal))))
            return true;
        return TryTest(state, handler, left, right, out holds);
    }

    public static bool TryLess(LuaState state, in LuaValue left, in LuaValue right, out bool holds)
    {
        holds = false;
        if (left.O is null && right.O is null)
            holds = left.N < right.N;
        else if (left.TryString(out var a) && right.TryString(out var b))
            holds = LuaString.SpanOf(a).SequenceCompareTo(LuaString.SpanOf(b)) < 0;
        else
            return TryOrder(state, MetaEvent.Less, left, right, out holds, out var isKnown)
                && (isKnown || ErrorMessages.FailCompare(state, left, right));
        return true;
    }

    public static bool TryLessEqual(LuaState state, in LuaValue left, in LuaValue right, out bool holds)
    {
        holds = false;
        if (left.O is null && right.O is null)
        {
            holds = left.N <= right.N;
            return true;
        }
        if (left.TryString(out var a) && right.TryString(out var b))
        {
            holds = LuaString.SpanOf(a).SequenceCompareTo(LuaString.SpanOf(b)) <= 0;
            return true;
        }
        if (!TryOrder(state, MetaEvent.LessEqual, left, right, out holds, out var isKnown))
            return false;
        if (isKnown)
            return true;
        if (!TryOrder(state, MetaEvent.Less, right, left, out var isGreater, out isKnown))
            return false;
        holds = !isGreater;
        return isKnown || ErrorMessages.FailCompare(state, left, right);
    }

    private static bool TryJoin(LuaState state, LuaThread thread, int first, int last, out byte[] joined)
    {
        joined = LuaString.Empty;
        long length = 0;
        for (var index = first; index <= last; index++)
        {
            ref var value = ref thread.Stack[index];
            if (value.O is not null && !LuaString.Is(value.O))
                return false;
        }
        Span<byte> number = stackalloc byte[NumberFormat.MaxLength];
        for (var index = first; index <= last; index++)
        {
            ref var value = ref thread.Stack[index];
            length += value.O is null
                ? NumberFormat.Write(value.N, number) : ((byte[])value.O).Length - LuaString.Prefix;
        }
        CheckLength(state, length);
        joined = LuaString.Allocate((int)length);
        var to = LuaString.SpanOf(joined);
        for (var index = first; index <= last; index++)
        {
            ref var value = ref thread.Stack[index];
            if (value.TryString(out var text))
            {
                LuaString.SpanOf(text).CopyTo(to);
                to = to[(text.Length - LuaString.Prefix)..];
            }
            else
            {
                var written = NumberFormat.Write(value.N, number);
                number[..written].CopyTo(to);
                to = to[written..];
            }
        }
        return true;
    }

    private static void CheckLength(LuaState state, long length)
    {
        if (length > LuaString.MaxLength)
            throw new LuaException(new LuaValue(LuaString.From("string length overflow"u8)));
        Budget.Charge(state, length);
    }

    private static LuaValue Handler(LuaState state, in LuaValue left, in LuaValue right, MetaEvent name)
    {
        var handler = Metamethods.Find(state, left, name);
        return handler.O != LuaValue.NilMark ? handler : Metamethods.Find(state, right, name);
    }

    // Both operands must have the same handler; not known if they have none.
    private static bool TryOrder(
        LuaState state, MetaEvent name, in LuaValue left, in LuaValue right, out bool holds, out bool isKnown)
    {
        holds = false;
        isKnown = false;
        if (left.Type != right.Type)
            return true;
        var handler = Metamethods.Find(state, left, name);
        if (handler.O == LuaValue.NilMark || !handler.Equals(Metamethods.Find(state, right, name)))
            return true;
        isKnown = true;
        return TryTest(state, handler, left, right, out holds);
    }

    private static bool TryTest(LuaState state, in LuaValue handler, in LuaValue left, in LuaValue right,
        out bool holds)
    {
        var slot = state.Thread.Top;
        var isDone = MetaAccess.Call(state, handler, left, right, slot);
        holds = isDone && state.Thread.Stack[slot].IsTruthy;
        return isDone;
    }
}
