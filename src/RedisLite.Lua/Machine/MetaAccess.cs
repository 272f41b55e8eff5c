namespace RedisLite.Lua.Machine;

/// <summary>Reads and writes of fields through <c>__index</c> and <c>__newindex</c>, and calls of
/// metamethods.</summary>
internal static class MetaAccess
{
    private const int MaxChain = 100;

    /// <summary>What host functions fail with; where a Lua function writes, its position stands before that.</summary>
    public static LuaValue ReadOnly { get; } = LuaValue.String("Attempt to modify a readonly table"u8);

    /// <summary>Reads a field into a slot.</summary>
    public static bool Index(LuaState state, LuaValue target, LuaValue key, int slot, int operand)
    {
        for (var step = 0; step < MaxChain; step++)
        {
            LuaValue handler;
            if (target.O is LuaTable table)
            {
                ref var found = ref table.Find(key);
                handler = found.O == LuaValue.NilMark
                    ? Metamethods.Find(table.Metatable, MetaEvent.Index) : LuaValue.Nil;
                if (handler.O == LuaValue.NilMark)
                {
                    state.Thread.Stack[slot] = found;
                    return true;
                }
            }
            else
            {
                handler = Metamethods.Find(state, target, MetaEvent.Index);
                if (handler.O == LuaValue.NilMark)
                    return ErrorMessages.FailOperand(state, target, "index", step == 0 ? operand : -1);
            }
            if (handler.O is LuaFunction)
                return Call(state, handler, target, key, slot);
            target = handler;
        }
        return ErrorMessages.Fail(state, "loop in gettable");
    }

    /// <summary>Writes a field.</summary>
    public static bool SetIndex(LuaState state, LuaValue target, LuaValue key, LuaValue value, int operand)
    {
        for (var step = 0; step < MaxChain; step++)
        {
            LuaValue handler;
            if (target.O is LuaTable table)
            {
                if (table.IsReadOnly)
                    return ErrorMessages.Fail(state, ReadOnly.Bytes);
                ref var found = ref table.Find(key);
                handler = found.O == LuaValue.NilMark
                    ? Metamethods.Find(table.Metatable, MetaEvent.NewIndex) : LuaValue.Nil;
                if (handler.O == LuaValue.NilMark)
                    return TrySet(state, table, key, value);
            }
            else
            {
                handler = Metamethods.Find(state, target, MetaEvent.NewIndex);
                if (handler.O == LuaValue.NilMark)
                    return ErrorMessages.FailOperand(state, target, "index", step == 0 ? operand : -1);
            }
            if (handler.O is LuaFunction)
                return CallForEffect(state, handler, target, key, value);
            target = handler;
        }
        return ErrorMessages.Fail(state, "loop in settable");
    }

    /// <summary>Writes a field of a table itself; a key that is nil or NaN is an error.</summary>
    public static bool TrySet(LuaState state, LuaTable table, in LuaValue key, in LuaValue value)
    {
        if (key.O == LuaValue.NilMark)
            return ErrorMessages.Fail(state, "table index is nil");
        if (key.O is null && double.IsNaN(key.N))
            return ErrorMessages.Fail(state, "table index is NaN");
        StoreWatch.Note(state, table, key, value);
        table.Set(key, value);
        return true;
    }

    /// <summary>Calls a metamethod with two operands; its result goes to a slot.</summary>
    public static bool Call(LuaState state, LuaValue handler, LuaValue first, LuaValue second, int slot)
    {
        var thread = state.Thread;
        if (!TryPlace(state, handler, first, second, out var at))
            return false;
        var isDone = Calls.TryCall(state, at, 2, 1, fromHost: false);
        thread.Top = at;
        if (isDone)
            thread.Stack[slot] = thread.Stack[at];
        return isDone;
    }

    private static bool CallForEffect(LuaState state, LuaValue handler, LuaValue target, LuaValue key, LuaValue value)
    {
        if (!TryPlace(state, handler, target, key, out var at))
            return false;
        state.Thread.Stack[at + 3] = value;
        var isDone = Calls.TryCall(state, at, 3, 0, fromHost: false);
        state.Thread.Top = at;
        return isDone;
    }

    // Above the registers of the Lua function on top, or above a host function's arguments.
    private static bool TryPlace(LuaState state, in LuaValue handler, in LuaValue first, in LuaValue second, out int at)
    {
        var thread = state.Thread;
        at = thread.Top;
        if (!thread.TryEnsureStack(at + 5))
            return ErrorMessages.Fail(state, "stack overflow");
        thread.Stack[at] = handler;
        thread.Stack[at + 1] = first;
        thread.Stack[at + 2] = second;
        return true;
    }
}
