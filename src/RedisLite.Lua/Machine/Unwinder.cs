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
            thread.Stack[frame.Return + 1] = frame.Kind == FrameKind.ProtectedCall ? Caught(state) : state.Error;
            state.ForgetError();
            Calls.Settle(thread, frame.Return, 2, frame.Wanted, floor);
            return thread.Depth == floor ? Outcome.Done : Outcome.Entered;
        }
        thread.Depth = floor;
        return Outcome.Failed;
    }

    private static LuaValue Caught(LuaState state)
    {
        if (state.UnwrapsErrors && state.Error.O is LuaTable table && table.FindString(ErrorField) is { O: null or byte[] } message)
            return message;
        return state.Error;
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
