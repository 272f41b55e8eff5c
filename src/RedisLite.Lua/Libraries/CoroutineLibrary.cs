using RedisLite.Lua.Machine;

namespace RedisLite.Lua.Libraries;

/// <summary>Coroutines: each has its own stacks, so that yielding is leaving the loop with its frames in
/// place.</summary>
/// <remarks>Resuming runs the machine inside itself, so its depth is bounded as that of all nested runs.</remarks>
internal static class CoroutineLibrary
{
    private const int InitialSlots = 16;

    public static void Open(LuaState state) => StandardLibraries.Add(
        state,
        "coroutine",
        ("create", call => call.Return(new LuaValue(Create(call)))),
        ("resume", Resume),
        ("running", Running),
        ("status", Status),
        ("wrap", Wrap),
        ("yield", Yield));

    private static LuaThread Create(LuaCall call)
    {
        if (call[1].O is not LuaClosure closure)
            throw call.ArgumentError(1, "Lua function expected");
        var thread = new LuaThread(InitialSlots, call.Thread.Environment);
        thread.Stack[0] = closure;
        return thread;
    }

    private static int Resume(LuaCall call)
    {
        var thread = call[1].O as LuaThread ?? throw call.ArgumentError(1, "coroutine expected");
        if (TryResume(call, thread, 2, out var from, out var count))
        {
            if (!call.Thread.TryEnsureStack(call.Base + count + 1))
                return call.Fail("too many results to resume");
            call.Thread.Stack[call.Base - 1] = LuaValue.True;
            Slots.Copy(thread.Stack, from, call.Thread.Stack, call.Base, count);
            return count + 1;
        }
        if (call.State.IsKilled)
            return CallCode.Failed;
        call.State.ForgetError();
        return call.Return(LuaValue.False, call.State.Error);
    }

    private static int Wrap(LuaCall call)
    {
        var thread = Create(call);
        return call.Return(new LuaValue(StandardLibraries.Function(call.State, "wrap", inner => ResumeWrapped(inner,
            thread))));
    }

    private static int ResumeWrapped(LuaCall call, LuaThread thread)
    {
        if (!TryResume(call, thread, 1, out var from, out var count))
        {
            if (!call.State.IsKilled && call.State.Error.TryString(out var text))
                call.State.Error = new LuaValue(
                    LuaString.Concat(ErrorMessages.Where(call.Thread, 1), LuaString.SpanOf(text)));
            return CallCode.Failed;
        }
        if (!call.Thread.TryEnsureStack(call.Base + count))
            return call.Fail("too many results to resume");
        Slots.Copy(thread.Stack, from, call.Thread.Stack, call.Base - 1, count);
        return count;
    }

    private static bool TryResume(LuaCall call, LuaThread thread, int firstArgument, out int from, out int count)
    {
        var state = call.State;
        (from, count) = (0, 0);
        if (thread.Status != ThreadStatus.Suspended)
        {
            state.Error = LuaValue.String([.. "cannot resume "u8, .. Name(thread.Status), .. " coroutine"u8]);
            return false;
        }
        var arguments = call.Count - firstArgument + 1;
        if (!Calls.MayNest(state))
        {
            state.Error = LuaValue.String("C stack overflow"u8);
            return false;
        }
        var isFirst = thread.Depth == 0;
        var slot = isFirst ? 1 : thread.YieldSlot;
        if (!thread.TryEnsureStack(slot + arguments + 1))
        {
            state.Error = LuaValue.String("too many arguments to resume"u8);
            return false;
        }
        Slots.Copy(call.Thread.Stack, call.Base + firstArgument - 1, thread.Stack, slot, arguments);
        if (!isFirst)
            Calls.Fill(thread, slot, arguments, thread.YieldWanted);
        var outcome = Run(state, thread, isFirst ? 0 : -1, arguments);
        from = outcome == Outcome.Yielded ? thread.YieldSlot + 1 : 0;
        count = thread.Top - from;
        thread.Status = outcome == Outcome.Yielded ? ThreadStatus.Suspended : ThreadStatus.Dead;
        return outcome is Outcome.Yielded or Outcome.Done;
    }

    private static Outcome Run(LuaState state, LuaThread thread, int slot, int arguments)
    {
        var resumer = state.Thread;
        resumer.Status = ThreadStatus.Normal;
        state.Resumers.Add(resumer);
        state.Thread = thread;
        state.Nesting++;
        thread.Status = ThreadStatus.Running;
        var outcome = Interpreter.Run(state, thread, 0, slot, arguments);
        state.Nesting--;
        state.Thread = resumer;
        state.Resumers.RemoveAt(state.Resumers.Count - 1);
        resumer.Status = ThreadStatus.Running;
        return outcome;
    }

    private static int Yield(LuaCall call)
    {
        if (call.Thread.Barriers > 0 || call.Thread == call.State.Main)
            return call.Fail(LuaValue.String("attempt to yield across metamethod/C-call boundary"u8));
        return CallCode.Yielded;
    }

    private static int Running(LuaCall call) =>
        call.Return(call.Thread == call.State.Main ? LuaValue.Nil : new LuaValue(call.Thread));

    private static int Status(LuaCall call)
    {
        var thread = call[1].O as LuaThread ?? throw call.ArgumentError(1, "coroutine expected");
        return call.Return(LuaValue.String(Name(thread.Status)));
    }

    private static ReadOnlySpan<byte> Name(ThreadStatus status) => status switch
    {
        ThreadStatus.Suspended => "suspended"u8,
        ThreadStatus.Running => "running"u8,
        ThreadStatus.Normal => "normal"u8,
        _ => "dead"u8,
    };
}
