using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RedisLite.Lua.Compiler;

namespace RedisLite.Lua.Machine;

/// <summary>The machine: runs the code of the frame on top until the entry frame ends, fails or yields.</summary>
/// <remarks>
/// One loop with one switch. Each case does the common thing with references into the stack, the constants and the
/// code, unchecked; all else leaves through <c>slow</c>, where <see cref="SlowPath"/> completes the instruction, and
/// the loop begins anew from the frame, since stack and frames may have moved. Lua calls push frames and never
/// recurse. The method is far longer than others here: split, the compiler would no longer keep its references in
/// registers. INVARIANT: the loop has no temporaries of type <see cref="LuaValue"/>; they would be zeroed at each
/// entry. Because nothing here is checked, code comes only from this assembly's compiler; there is no way to load
/// bytecode.
/// </remarks>
internal static class Interpreter
{
    /// <summary>Runs the frames from <paramref name="floor"/> up; errors of libraries become codes here.</summary>
    /// <param name="slot">Where a function and its arguments wait to be called first; -1 to go on with the frame on
    /// top.</param>
    public static Outcome Run(LuaState state, LuaThread thread, int floor, int slot = -1, int count = 0,
        int wanted = -1)
    {
        while (true)
        {
            Outcome outcome;
            try
            {
                outcome = slot < 0
                    ? Outcome.Entered : Calls.Begin(state, thread, slot, count, wanted, FrameKind.Entry, floor);
                slot = -1;
                if (outcome == Outcome.Entered)
                    outcome = Loop(state, thread, floor);
            }
            catch (LuaException error)
            {
                slot = -1;
                state.IsKilled |= error.IsKill;
                state.Error = error.Value;
                outcome = Outcome.Failed;
            }
            if (outcome == Outcome.Failed)
                outcome = Unwinder.Catch(state, thread, floor);
            if (outcome != Outcome.Entered)
                return outcome;
        }
    }

    private static Outcome Loop(LuaState state, LuaThread thread, int floor)
    {
        int hostCode;
    reenter:
        ref var frame = ref thread.Frames[thread.Depth - 1];
        var closure = frame.Closure!;
        ref var code = ref MemoryMarshal.GetArrayDataReference(closure.Prototype.Code);
        ref var k = ref MemoryMarshal.GetArrayDataReference(closure.Prototype.Constants);
        ref var r = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(thread.Stack), frame.Base);
        var pc = frame.Pc;
        while (true)
        {
            var i = Unsafe.Add(ref code, pc++);
            ref var a = ref Unsafe.Add(ref r, (byte)(i >> 8));
            switch ((Op)(byte)i)
            {
                case Op.Move:
                    LuaValue.Copy(ref a, ref B(ref r, i));
                    continue;
                case Op.LoadConstant:
                    LuaValue.Copy(ref a, ref C(ref k, i));
                    continue;
                case Op.LoadNil:
                    for (var count = Instruction.B(i); count >= 0; count--)
                    {
                        a.O = LuaValue.NilMark;
                        a = ref Unsafe.Add(ref a, 1);
                    }
                    continue;
                case Op.LoadTrue:
                    a.O = LuaValue.TrueMark;
                    continue;
                case Op.LoadFalse:
                    a.O = LuaValue.FalseMark;
                    continue;
                case Op.GetUpvalue:
                    LuaValue.Copy(ref a, ref Up(closure, i).Value);
                    continue;
                case Op.SetUpvalue:
                    {
                        var cell = Up(closure, i);
                        LuaValue.Copy(ref cell.Value, ref a);
                        if (cell.IsWatched)
                            StoreWatch.Note(state, a.O);
                        continue;
                    }
                case Op.GetCell:
                    LuaValue.Copy(ref a, ref Unsafe.As<Cell>(B(ref r, i).O!).Value);
                    continue;
                case Op.SetCell:
                    LuaValue.Copy(ref Unsafe.As<Cell>(a.O!).Value, ref B(ref r, i));
                    continue;
                case Op.NewCell:
                    SlowPath.NewCell(ref a);
                    continue;
                case Op.GetGlobal:
                    {
                        ref var found = ref closure.Environment.FindString(Unsafe.As<byte[]>(C(ref k, i).O!));
                        if (found.O == LuaValue.NilMark && closure.Environment.Metatable is not null)
                            goto slow;
                        LuaValue.Copy(ref a, ref found);
                        continue;
                    }
                case Op.GetField:
                    {
                        if (B(ref r, i).O is not LuaTable table)
                            goto slow;
                        ref var found = ref table.FindString(Unsafe.As<byte[]>(C(ref k, i).O!));
                        if (found.O == LuaValue.NilMark && table.Metatable is not null)
                            goto slow;
                        LuaValue.Copy(ref a, ref found);
                        continue;
                    }
                case Op.GetInteger:
                    {
                        if (B(ref r, i).O is not LuaTable table)
                            goto slow;
                        ref var found = ref table.FindInteger(Instruction.C(i));
                        if (found.O == LuaValue.NilMark && table.Metatable is not null)
                            goto slow;
                        LuaValue.Copy(ref a, ref found);
                        continue;
                    }
                case Op.GetIndex:
                    {
                        ref var key = ref C(ref r, i);
                        if (B(ref r, i).O is not LuaTable table)
                            goto slow;
                        if (key.O is null)
                        {
                            ref var item = ref table.FindNumber(key.N);
                            if (item.O == LuaValue.NilMark && table.Metatable is not null)
                                goto slow;
                            LuaValue.Copy(ref a, ref item);
                            continue;
                        }
                        if (!LuaString.Is(key.O))
                            goto slow;
                        ref var found = ref table.FindString(Unsafe.As<byte[]>(key.O));
                        if (found.O == LuaValue.NilMark && table.Metatable is not null)
                            goto slow;
                        LuaValue.Copy(ref a, ref found);
                        continue;
                    }
                case Op.SetField:
                    {
                        if (a.O is not LuaTable table || table.Guard != TableGuard.None)
                            goto slow;
                        ref var slot = ref table.FindString(Unsafe.As<byte[]>(B(ref k, i).O!));
                        if (slot.O == LuaValue.NilMark)
                            goto slow;
                        var c = Instruction.C(i);
                        LuaValue.Copy(ref slot, ref c >= 0 ? ref Unsafe.Add(ref r, c) : ref Unsafe.Add(ref k, ~c));
                        continue;
                    }
                case Op.SetIndex:
                    {
                        if (a.O is not LuaTable table || table.Guard != TableGuard.None)
                            goto slow;
                        ref var key = ref B(ref r, i);
                        var c = Instruction.C(i);
                        if (key.O is null)
                        {
                            var index = double.ConvertToIntegerNative<int>(key.N);
                            if ((uint)(index - 1) >= (uint)table.Array.Length || index != key.N)
                                goto slow;
                            ref var item = ref table.Array[index - 1];
                            if (item.O == LuaValue.NilMark && table.Metatable is not null)
                                goto slow;
                            LuaValue.Copy(ref item, ref c >= 0 ? ref Unsafe.Add(ref r, c) : ref Unsafe.Add(ref k, ~c));
                            continue;
                        }
                        if (!LuaString.Is(key.O))
                            goto slow;
                        ref var slot = ref table.FindString(Unsafe.As<byte[]>(key.O));
                        if (slot.O == LuaValue.NilMark)
                            goto slow;
                        LuaValue.Copy(ref slot, ref c >= 0 ? ref Unsafe.Add(ref r, c) : ref Unsafe.Add(ref k, ~c));
                        continue;
                    }
                case Op.NewTable:
                    a.O = SlowPath.NewTable(i);
                    continue;
                case Op.Closure:
                    a.O = SlowPath.NewClosure(closure, ref r, i);
                    continue;
                case Op.Self:
                    {
                        ref var target = ref B(ref r, i);
                        if (target.O is not LuaTable table)
                            goto slow;
                        ref var found = ref table.FindString(Unsafe.As<byte[]>(C(ref k, i).O!));
                        if (found.O == LuaValue.NilMark)
                        {
                            if (table.Metatable is null ||
                                table.Metatable.FindString(SlowPath.IndexName).O is not LuaTable parent)
                                goto slow;
                            found = ref parent.FindString(Unsafe.As<byte[]>(C(ref k, i).O!));
                            if (found.O == LuaValue.NilMark)
                                goto slow;
                        }
                        Unsafe.Add(ref a, 1).O = table;
                        LuaValue.Copy(ref a, ref found);
                        continue;
                    }
                case Op.Add:
                    if (B(ref r, i).O is not null || C(ref r, i).O is not null)
                        goto slow;
                    a.Set(B(ref r, i).N + C(ref r, i).N);
                    continue;
                case Op.AddK:
                    if (B(ref r, i).O is not null)
                        goto slow;
                    a.Set(B(ref r, i).N + C(ref k, i).N);
                    continue;
                case Op.Subtract:
                    if (B(ref r, i).O is not null || C(ref r, i).O is not null)
                        goto slow;
                    a.Set(B(ref r, i).N - C(ref r, i).N);
                    continue;
                case Op.SubtractK:
                    if (B(ref r, i).O is not null)
                        goto slow;
                    a.Set(B(ref r, i).N - C(ref k, i).N);
                    continue;
                case Op.Multiply:
                    if (B(ref r, i).O is not null || C(ref r, i).O is not null)
                        goto slow;
                    a.Set(B(ref r, i).N * C(ref r, i).N);
                    continue;
                case Op.MultiplyK:
                    if (B(ref r, i).O is not null)
                        goto slow;
                    a.Set(B(ref r, i).N * C(ref k, i).N);
                    continue;
                case Op.Divide:
                    if (B(ref r, i).O is not null || C(ref r, i).O is not null)
                        goto slow;
                    a.Set(B(ref r, i).N / C(ref r, i).N);
                    continue;
                case Op.DivideK:
                    if (B(ref r, i).O is not null)
                        goto slow;
                    a.Set(B(ref r, i).N / C(ref k, i).N);
                    continue;
                case Op.Modulo:
                    if (B(ref r, i).O is not null || C(ref r, i).O is not null)
                        goto slow;
                    a.Set(Arithmetic.Modulo(B(ref r, i).N, C(ref r, i).N));
                    continue;
                case Op.ModuloK:
                    if (B(ref r, i).O is not null)
                        goto slow;
                    a.Set(Arithmetic.Modulo(B(ref r, i).N, C(ref k, i).N));
                    continue;
                case Op.Negate:
                    if (B(ref r, i).O is not null)
                        goto slow;
                    a.Set(-B(ref r, i).N);
                    continue;
                case Op.Not:
                    a.O = IsFalse(ref B(ref r, i)) ? LuaValue.TrueMark : LuaValue.FalseMark;
                    continue;
                case Op.Length:
                    if (B(ref r, i).O is not LuaTable measured)
                        goto slow;
                    a.Set(measured.Length);
                    continue;
                case Op.Jump:
                    pc = Instruction.C(i);
                    continue;
                case Op.Loop:
                    pc = Instruction.C(i);
                    if (--state.Fuel < 0)
                        goto slow;
                    continue;
                case Op.JumpTrue:
                    if (!IsFalse(ref a))
                        pc = Instruction.C(i);
                    continue;
                case Op.JumpFalse:
                    if (IsFalse(ref a))
                        pc = Instruction.C(i);
                    continue;
                case Op.Equal:
                case Op.NotEqual:
                    {
                        ref var b = ref B(ref r, i);
                        bool holds;
                        if (a.O == b.O)
                            holds = a.O is not null || a.N == b.N;
                        else if (a.O is null || b.O is null)
                            holds = false;
                        else
                            goto slow;
                        if (holds == ((Op)(byte)i == Op.Equal))
                            pc = Instruction.C(i);
                        continue;
                    }
                case Op.EqualK:
                    if (SlowPath.EqualsConstant(ref a, ref B(ref k, i)))
                        pc = Instruction.C(i);
                    continue;
                case Op.NotEqualK:
                    if (!SlowPath.EqualsConstant(ref a, ref B(ref k, i)))
                        pc = Instruction.C(i);
                    continue;
                case Op.Less:
                    if (a.O is not null || B(ref r, i).O is not null)
                        goto slow;
                    if (a.N < B(ref r, i).N)
                        pc = Instruction.C(i);
                    continue;
                case Op.NotLess:
                    if (a.O is not null || B(ref r, i).O is not null)
                        goto slow;
                    if (!(a.N < B(ref r, i).N))
                        pc = Instruction.C(i);
                    continue;
                case Op.LessK:
                    if (a.O is not null)
                        goto slow;
                    if (a.N < B(ref k, i).N)
                        pc = Instruction.C(i);
                    continue;
                case Op.NotLessK:
                    if (a.O is not null)
                        goto slow;
                    if (!(a.N < B(ref k, i).N))
                        pc = Instruction.C(i);
                    continue;
                case Op.KLess:
                    if (a.O is not null)
                        goto slow;
                    if (B(ref k, i).N < a.N)
                        pc = Instruction.C(i);
                    continue;
                case Op.NotKLess:
                    if (a.O is not null)
                        goto slow;
                    if (!(B(ref k, i).N < a.N))
                        pc = Instruction.C(i);
                    continue;
                case Op.LessEqual:
                    if (a.O is not null || B(ref r, i).O is not null)
                        goto slow;
                    if (a.N <= B(ref r, i).N)
                        pc = Instruction.C(i);
                    continue;
                case Op.NotLessEqual:
                    if (a.O is not null || B(ref r, i).O is not null)
                        goto slow;
                    if (!(a.N <= B(ref r, i).N))
                        pc = Instruction.C(i);
                    continue;
                case Op.LessEqualK:
                    if (a.O is not null)
                        goto slow;
                    if (a.N <= B(ref k, i).N)
                        pc = Instruction.C(i);
                    continue;
                case Op.NotLessEqualK:
                    if (a.O is not null)
                        goto slow;
                    if (!(a.N <= B(ref k, i).N))
                        pc = Instruction.C(i);
                    continue;
                case Op.KLessEqual:
                    if (a.O is not null)
                        goto slow;
                    if (B(ref k, i).N <= a.N)
                        pc = Instruction.C(i);
                    continue;
                case Op.NotKLessEqual:
                    if (a.O is not null)
                        goto slow;
                    if (!(B(ref k, i).N <= a.N))
                        pc = Instruction.C(i);
                    continue;
                case Op.Call:
                    {
                        if (--state.Fuel < 0)
                            goto slow;
                        var first = frame.Base + Instruction.A(i) + 1;
                        var count = Instruction.B(i) - 1;
                        if (count < 0)
                            count = thread.Top - first;
                        if (a.O is LuaClosure callee)
                        {
                            var prototype = callee.Prototype;
                            if (thread.Depth == thread.Frames.Length || prototype.IsVararg ||
                                first + prototype.StackSize > thread.StackLimit)
                                goto slow;
                            for (; count < prototype.ParameterCount; count++)
                                Unsafe.Add(ref a, count + 1).O = LuaValue.NilMark;
                            frame.Pc = pc;
                            thread.Depth++;
                            frame = ref Unsafe.Add(ref frame, 1);
                            frame.Closure = callee;
                            frame.Base = first;
                            frame.Return = first - 1;
                            frame.Wanted = Instruction.C(i) - 1;
                            frame.TailCalls = 0;
                            frame.Kind = FrameKind.Lua;
                            closure = callee;
                            code = ref MemoryMarshal.GetArrayDataReference(prototype.Code);
                            k = ref MemoryMarshal.GetArrayDataReference(prototype.Constants);
                            r = ref Unsafe.Add(ref a, 1);
                            pc = 0;
                            continue;
                        }
                        if (a.O is not HostFunction host)
                            goto slow;
                        frame.Pc = pc;
                        thread.Top = first + count;
                        var results = host.Body(new LuaCall(state, first, count));
                        if (results < 0)
                        {
                            hostCode = results;
                            goto special;
                        }
                        frame = ref thread.Frames[thread.Depth - 1];
                        r = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(thread.Stack), frame.Base);
                        var wanted = Instruction.C(i) - 1;
                        if (wanted < 0)
                        {
                            thread.Top = first - 1 + results;
                            continue;
                        }
                        for (; results < wanted; results++)
                            Unsafe.Add(ref r, Instruction.A(i) + results).O = LuaValue.NilMark;
                        continue;
                    }
                case Op.ReturnOne:
                    {
                        if (frame.Kind != FrameKind.Lua)
                            goto leave;
                        LuaValue.Copy(ref Unsafe.Add(ref r, frame.Return - frame.Base), ref a);
                        if (frame.Wanted != 1)
                            FillAfterOne(thread, ref frame);
                        thread.Depth--;
                        goto reenter;
                    }
                case Op.ReturnNone:
                    {
                        if (frame.Kind != FrameKind.Lua)
                            goto leave;
                        var wanted = frame.Wanted;
                        if (wanted < 0)
                            thread.Top = frame.Return;
                        for (var index = 0; index < wanted; index++)
                            thread.Stack[frame.Return + index].O = LuaValue.NilMark;
                        thread.Depth--;
                        goto reenter;
                    }
                case Op.Return:
                    goto leave;
                case Op.ForLoop:
                    {
                        var step = Unsafe.Add(ref a, 2).N;
                        var next = a.N + step;
                        a.N = next;
                        if (step > 0 ? next <= Unsafe.Add(ref a, 1).N : next >= Unsafe.Add(ref a, 1).N)
                        {
                            Unsafe.Add(ref a, 3).Set(next);
                            pc = Instruction.C(i);
                            if (--state.Fuel < 0)
                                goto slow;
                        }
                        continue;
                    }
                case Op.ForCall:
                    if (a.O != state.NextFunction || Unsafe.Add(ref a, 1).O is not LuaTable walked ||
                        Instruction.B(i) > 2)
                        goto slow;
                    frame.Pc = pc;
                    SlowPath.WalkNext(walked, ref a);
                    continue;
                case Op.ForIn:
                    if (Unsafe.Add(ref a, 3).O == LuaValue.NilMark)
                        continue;
                    LuaValue.Copy(ref Unsafe.Add(ref a, 2), ref Unsafe.Add(ref a, 3));
                    pc = Instruction.C(i);
                    if (--state.Fuel < 0)
                        goto slow;
                    continue;
                default:
                    goto slow;
            }

        slow:
            frame.Pc = pc;
            switch (SlowPath.Complete(state, thread, i, floor))
            {
                case Outcome.Done or Outcome.Entered:
                    goto reenter;
                case Outcome.Yielded:
                    return Outcome.Yielded;
                default:
                    goto fail;
            }

        special:
            switch (Calls.Special(state, thread, i, hostCode, floor))
            {
                case Outcome.Done or Outcome.Entered:
                    goto reenter;
                case Outcome.Yielded:
                    return Outcome.Yielded;
                default:
                    goto fail;
            }

        leave:
            if (Calls.Leave(thread, i, floor))
                return Outcome.Done;
            goto reenter;

        fail:
            var caught = Unwinder.Catch(state, thread, floor);
            if (caught == Outcome.Entered)
                goto reenter;
            return caught;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref LuaValue B(ref LuaValue from, ulong i) => ref Unsafe.Add(ref from, (ushort)(i >> 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref LuaValue C(ref LuaValue from, ulong i) => ref Unsafe.Add(ref from, (nint)(i >> 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Cell Up(LuaClosure closure, ulong i) =>
        Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(closure.Upvalues), (ushort)(i >> 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsFalse(ref LuaValue value) => value.O == LuaValue.NilMark || value.O == LuaValue.FalseMark;

    private static void FillAfterOne(LuaThread thread, ref CallFrame frame)
    {
        if (frame.Wanted < 0)
            thread.Top = frame.Return + 1;
        for (var index = 1; index < frame.Wanted; index++)
            thread.Stack[frame.Return + index].O = LuaValue.NilMark;
    }
}
