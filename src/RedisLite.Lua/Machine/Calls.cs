using System.Runtime.CompilerServices;
using RedisLite.Lua.Compiler;

namespace RedisLite.Lua.Machine;

/// <summary>Begins and ends calls: Lua and host functions, protected calls, calls from the host back into
/// Lua.</summary>
internal static class Calls
{
    /// <summary>Runs of the machine inside one another, through metamethods, host functions and coroutines.</summary>
    public const int MaxNesting = 195;

    private const int NestedCallUnits = 4;

    // So many fit the stack that a thread has left when it begins a run; asking costs as much as a short call.
    private const int SafeNesting = 8;

    /// <summary>Begins the call of what stands in a slot with its arguments behind it.</summary>
    /// <remarks>Not inlined: in <see cref="Interpreter.Run"/> its locals would be cleared at each entry.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Outcome Begin(
        LuaState state, LuaThread thread, int slot, int count, int wanted, FrameKind kind, int floor)
    {
        while (true)
        {
            switch (thread.Stack[slot].O)
            {
                case LuaClosure closure:
                    return TryPushLua(state, thread, closure, slot, count, wanted, kind)
                        ? Outcome.Entered : Outcome.Failed;
                case HostFunction host:
                    if (!thread.TryEnsureStack(slot + count + 1))
                        return Fail(state, "stack overflow");
                    thread.Top = slot + 1 + count;
                    var results = host.Body(new LuaCall(state, slot + 1, count));
                    if (results >= 0)
                    {
                        Settle(thread, slot, results, wanted, floor);
                        return Outcome.Done;
                    }
                    if (results is not (CallCode.ProtectedCall or CallCode.HandledCall))
                        return Stop(thread, slot, wanted, results);
                    if (!TryPushProtected(state, thread, ref slot, ref count, ref wanted, results))
                        return Outcome.Failed;
                    kind = FrameKind.Protected;
                    break;
                default:
                    if (!TryInsertHandler(state, thread, slot, ref count))
                        return Outcome.Failed;
                    break;
            }
        }
    }

    /// <summary>A host function that a call instruction called gave a code: an error, a yield, a protected
    /// call.</summary>
    public static Outcome Special(LuaState state, LuaThread thread, ulong i, int code, int floor)
    {
        var slot = thread.Frames[thread.Depth - 1].Base + Instruction.A(i);
        var wanted = Instruction.C(i) - 1;
        if (code is not (CallCode.ProtectedCall or CallCode.HandledCall))
            return Stop(thread, slot, wanted, code);
        var count = thread.Top - slot - 1;
        if (!TryPushProtected(state, thread, ref slot, ref count, ref wanted, code))
            return Outcome.Failed;
        return Begin(state, thread, slot, count, wanted, FrameKind.Protected, floor);
    }

    /// <summary>Ends the frame on top by a return instruction; true if that ends the run.</summary>
    public static bool Leave(LuaThread thread, ulong i, int floor)
    {
        ref var frame = ref thread.Frames[thread.Depth - 1];
        var from = frame.Base + Instruction.A(i);
        var count = Instruction.Op(i) switch
        {
            Op.ReturnNone => 0,
            Op.ReturnOne => 1,
            _ => Instruction.B(i) == 0 ? thread.Top - from : Instruction.B(i) - 1,
        };
        Slots.Copy(thread.Stack, from, thread.Stack, frame.Return, count);
        thread.Depth--;
        Settle(thread, frame.Return, count, frame.Wanted, floor);
        return thread.Depth == floor;
    }

    /// <summary>Puts results where the caller wants them, through the protected calls that wait for them.</summary>
    public static void Settle(LuaThread thread, int slot, int count, int wanted, int floor)
    {
        while (thread.Depth > floor &&
            thread.Frames[thread.Depth - 1].Kind is FrameKind.ProtectedCall or FrameKind.HandledCall)
        {
            ref var frame = ref thread.Frames[--thread.Depth];
            thread.Barriers--;
            if (slot != frame.Return + 1)
            {
                Slots.Copy(thread.Stack, slot, thread.Stack, frame.Return + 1, count);
                slot = frame.Return + 1;
            }
            thread.Stack[--slot] = LuaValue.True;
            count++;
            wanted = frame.Wanted;
        }
        Fill(thread, slot, count, wanted);
    }

    /// <summary>Cuts results or fills them with nil; or notes where they end, if all are wanted.</summary>
    public static void Fill(LuaThread thread, int slot, int count, int wanted)
    {
        if (wanted < 0)
            thread.Top = slot + count;
        else if (wanted > count)
            thread.Stack.AsSpan(slot + count, wanted - count).Fill(LuaValue.Nil);
    }

    /// <summary>Calls a function from the host's code or for a metamethod; the results replace it in its
    /// slot.</summary>
    /// <returns>False if it failed; the error is in the state.</returns>
    public static bool TryCall(LuaState state, int slot, int count, int wanted, bool fromHost)
    {
        var thread = state.Thread;
        if (!MayNest(state))
        {
            Fail(state, "C stack overflow");
            return false;
        }
        state.Fuel -= NestedCallUnits;
        if (state.Fuel < 0 && !Budget.TryContinue(state))
            return false;
        var depth = thread.Depth;
        if (fromHost)
        {
            if (!thread.TryPush(state.HandlersRunning > 0))
            {
                Fail(state, "stack overflow");
                return false;
            }
            thread.Frames[depth] = new CallFrame { Kind = FrameKind.Host };
        }
        state.Nesting++;
        thread.Barriers++;
        var outcome = Interpreter.Run(state, thread, thread.Depth, slot, count, wanted);
        thread.Barriers--;
        state.Nesting--;
        thread.Depth = depth;
        return outcome == Outcome.Done;
    }

    /// <summary>Whether the machine may run once more inside itself.</summary>
    public static bool MayNest(LuaState state) => state.Nesting < SafeNesting
        || (state.Nesting < MaxNesting && RuntimeHelpers.TryEnsureSufficientExecutionStack());

    public static bool TryPushLua(
        LuaState state, LuaThread thread, LuaClosure closure, int slot, int count, int wanted, FrameKind kind)
    {
        var prototype = closure.Prototype;
        var start = slot + 1;
        var first = prototype.IsVararg ? start + count : start;
        if (!thread.TryEnsureStack(first + prototype.StackSize) || !thread.TryPush(state.HandlersRunning > 0))
            return Fail(state, "stack overflow") == Outcome.Done;
        if (count < prototype.ParameterCount)
            thread.Stack.AsSpan(start + count, prototype.ParameterCount - count).Fill(LuaValue.Nil);
        if (prototype.IsVararg)
        {
            // Arguments beyond the parameters must end where the registers begin; missing ones push the registers up.
            first = start + Math.Max(count, prototype.ParameterCount);
            if (!thread.TryEnsureStack(first + prototype.StackSize))
                return Fail(state, "stack overflow") == Outcome.Done;
            Slots.Copy(thread.Stack, start, thread.Stack, first, prototype.ParameterCount);
            if (prototype.HasArg)
                thread.Stack[first + prototype.ParameterCount] = MakeArg(prototype, thread, start, count);
        }
        thread.Frames[thread.Depth - 1] = new CallFrame
        {
            Closure = closure,
            Base = first,
            Return = slot,
            Wanted = wanted,
            VarargCount = Math.Max(0, count - prototype.ParameterCount),
            Kind = kind,
        };
        return true;
    }

    private static LuaValue MakeArg(Prototype prototype, LuaThread thread, int start, int count)
    {
        if (!prototype.NeedsArg)
            return LuaValue.Nil;
        var extra = Math.Max(0, count - prototype.ParameterCount);
        var table = new LuaTable(extra, 1);
        Slots.Copy(thread.Stack, start + prototype.ParameterCount, table.Array, 0, extra);
        table.Set(LuaValue.String("n"u8), extra);
        return table;
    }

    private static Outcome Stop(LuaThread thread, int slot, int wanted, int code)
    {
        if (code != CallCode.Yielded)
            return Outcome.Failed;
        thread.YieldSlot = slot;
        thread.YieldWanted = wanted;
        return Outcome.Yielded;
    }

    // pcall in its slot, then what it calls; xpcall, function, handler become xpcall, handler, function.
    private static bool TryPushProtected(
        LuaState state, LuaThread thread, ref int slot, ref int count, ref int wanted, int code)
    {
        if (!thread.TryPush(state.HandlersRunning > 0))
            return Fail(state, "stack overflow") == Outcome.Done;
        thread.Frames[thread.Depth - 1] = new CallFrame
        {
            Kind = code == CallCode.HandledCall ? FrameKind.HandledCall : FrameKind.ProtectedCall,
            Return = slot,
            Wanted = wanted,
        };
        thread.Barriers++;
        wanted = -1;
        if (code == CallCode.ProtectedCall)
        {
            slot++;
            count--;
            return true;
        }
        (thread.Stack[slot + 1], thread.Stack[slot + 2]) = (thread.Stack[slot + 2], thread.Stack[slot + 1]);
        slot += 2;
        count = 0;
        return true;
    }

    // What is called is no function: its __call gets it as first argument.
    private static bool TryInsertHandler(LuaState state, LuaThread thread, int slot, ref int count)
    {
        var handler = Metamethods.Find(state, thread.Stack[slot], MetaEvent.Call);
        if (handler.O is not LuaFunction)
            return ErrorMessages.FailType(state, thread.Stack[slot], "call", slot);
        if (!thread.TryEnsureStack(slot + count + 2))
            return Fail(state, "stack overflow") == Outcome.Done;
        Slots.Copy(thread.Stack, slot, thread.Stack, slot + 1, count + 1);
        thread.Stack[slot] = handler;
        count++;
        return true;
    }

    private static Outcome Fail(LuaState state, string message)
    {
        ErrorMessages.Fail(state, message);
        return Outcome.Failed;
    }
}
