using RedisLite.Lua.Compiler;

namespace RedisLite.Lua.Machine;

/// <summary>Takes an error from where it was raised to the protected call that catches it.</summary>
internal static class Unwinder
{
    private static readonly byte[] ErrorField = ConstantPool.Name("err");

    /// <summary>Drops frames down to a protected call, or all of a run.</summary>
    /// <returns>Entered: go on with the frame on top; Done: caught by what the run itself called; Failed: not
    /// caught.</returns>
    public static Outcome Catch(LuaState state, LuaThread thread, int floor)
    {
        state.NoteOrigin(thread);
        for (var depth = thread.Depth - 1; depth >= floor; depth--)
        {
            var frame = thread.Frames[depth];
            if (frame.Kind is not (FrameKind.ProtectedCall or FrameKind.HandledCall))
                continue;
            thread.Barriers--;
            if (state.IsKilled)
                continue;
            if (frame.Kind == FrameKind.HandledCall)
                CallHandler(state, thread, thread.Stack[frame.Return + 1]);
            if (state.IsKilled)
                continue;
            thread.Depth = depth;
            thread.Stack[frame.Return] = LuaValue.False;
            thread.Stack[frame.Return + 1] = state.Error;
            var count = frame.Kind == FrameKind.ProtectedCall && state.UnwrapsErrors
                ? Unwrap(thread, frame.Return + 1) : 1;
            state.ForgetError();
            Calls.Settle(thread, frame.Return, 1 + count, frame.Wanted, floor);
            return thread.Depth == floor ? Outcome.Done : Outcome.Entered;
        }
        thread.Depth = floor;
        return Outcome.Failed;
    }

    // Redis's pcall puts the text of an error table in the table's place; where there is no text, it leaves what it
    // found in the field behind the table.
    private static int Unwrap(LuaThread thread, int slot)
    {
        if (thread.Stack[slot].O is not LuaTable table)
            return 1;
        var message = table.FindString(ErrorField);
        var isText = message.O is null or byte[];
        thread.Stack[isText ? slot : slot + 1] = message;
        return isText ? 1 : 2;
    }

    // The handler runs above the frames of the error, which it may ask about by level.
    private static void CallHandler(LuaState state, LuaThread thread, LuaValue handler)
    {
        var slot = thread.Top;
        for (var depth = thread.Depth - 1; depth >= 0; depth--)
        {
            ref var frame = ref thread.Frames[depth];
            if (frame.Closure is null)
                continue;
            slot = Math.Max(slot, frame.Base + frame.Closure.Prototype.StackSize);
            break;
        }
        if (!thread.TryEnsureStack(slot + 2))
            return;
        thread.Stack[slot] = handler;
        thread.Stack[slot + 1] = state.Error;
        state.HandlersRunning++;
        var isHandled = Calls.TryCall(state, slot, 1, 1, fromHost: false);
        state.HandlersRunning--;
        if (isHandled)
            state.Error = thread.Stack[slot];
        else if (!state.IsKilled)
            state.Error = LuaValue.String("error in error handling"u8);
    }
}
