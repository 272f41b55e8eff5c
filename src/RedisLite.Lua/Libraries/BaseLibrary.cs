using RedisLite.Lua.Compiler;
using RedisLite.Lua.Machine;

namespace RedisLite.Lua.Libraries;

/// <summary>The base library, without what reads files or writes to the console.</summary>
internal static class BaseLibrary
{
    // As many values as Lua lets a C function push.
    private const int MaxResults = 8000;

    private static readonly byte[] MetatableName = ConstantPool.Name("__metatable");

    public static void Open(LuaState state)
    {
        var globals = state.Globals;
        globals["_G"] = globals;
        globals["_VERSION"] = LuaValue.String("Lua 5.1"u8);
        StandardLibraries.AddFunctions(
            state,
            globals,
            ("assert", Assert),
            ("collectgarbage", CollectGarbage),
            ("error", RaiseError),
            ("gcinfo", call => call.Return(Math.Floor(Used(call.State) / 1024.0))),
            ("getmetatable", GetMetatable),
            ("next", Next),
            ("pairs", Pairs),
            ("pcall", ProtectedCall),
            ("rawequal", call => call.Return(LuaValue.Boolean(call.Any(1).Equals(call.Any(2))))),
            ("rawget", RawGet),
            ("rawset", RawSet),
            ("select", Select),
            ("setmetatable", SetMetatable),
            ("tonumber", ToNumber),
            ("tostring", call => call.Return(call.State.Show(call.Any(1)))),
            ("type", call => call.Return(new LuaValue(ToText.RawTypeName(call.Any(1))))),
            ("unpack", Unpack),
            ("xpcall", ProtectedCallWithHandler));
        state.NextFunction = globals["next"].O;
        var step = StandardLibraries.Function(state, "ipairs", StepList);
        StandardLibraries.AddFunctions(state, globals, ("ipairs", call => IteratePairs(call, step)));
        LoadingLibrary.Open(state);
    }

    internal static int Unpack(LuaCall call)
    {
        var table = call.Table(1);
        var first = call.Integer(2, 1);
        var last = call.Integer(3, call[3].IsNil ? table.Length : 0);
        if (first > last)
            return 0;
        var count = (long)last - first + 1;
        if (count + call.Count > MaxResults || !call.Thread.TryEnsureStack(call.Base + (int)count))
            return call.Fail("too many results to unpack");
        call.Tick((int)(count / 16));
        var stack = call.Thread.Stack;
        for (var index = 0; index < count; index++)
            stack[call.Base - 1 + index] = table.FindInteger(first + index);
        return (int)count;
    }

    private static double Used(LuaState state) =>
        state.LiveBytes + GC.GetAllocatedBytesForCurrentThread() - state.AllocatedAtCount;

    private static int Assert(LuaCall call)
    {
        if (call.Any(1).IsTruthy)
        {
            Slots.Copy(call.Thread.Stack, call.Base, call.Thread.Stack, call.Base - 1, call.Count);
            return call.Count;
        }
        ErrorMessages.Fail(call.State, call[2].IsNil ? "assertion failed!"u8 : call.Bytes(2));
        return CallCode.Failed;
    }

    private static int CollectGarbage(LuaCall call)
    {
        var option = call[1].IsNil ? "collect"u8 : call.Bytes(1);
        if (!IsCollectorOption(option))
            throw call.ArgumentError(1, $"invalid option '{new LuaValue(call.Text(1))}'");
        call.Integer(2, 0);
        if (option.SequenceEqual("count"u8))
            return call.Return(Used(call.State) / 1024.0);
        if (option.SequenceEqual("step"u8))
            return call.Return(LuaValue.True);
        return call.Return(0);
    }

    private static bool IsCollectorOption(ReadOnlySpan<byte> option) =>
        option.SequenceEqual("count"u8) || option.SequenceEqual("step"u8) || option.SequenceEqual("collect"u8) ||
        option.SequenceEqual("stop"u8) || option.SequenceEqual("restart"u8) ||
        option.SequenceEqual("setpause"u8) || option.SequenceEqual("setstepmul"u8);

    private static int RaiseError(LuaCall call)
    {
        var level = call.Integer(2, 1);
        var value = call[1];
        if (value.O is null)
            value = new LuaValue(NumberFormat.ToLuaString(value.N));
        if (level > 0 && value.TryString(out var text))
        {
            var where = ErrorMessages.Where(call.Thread, level);
            if (where.Length > 0)
                value = new LuaValue(LuaString.Concat(where, LuaString.SpanOf(text)));
        }
        return call.Fail(call[1].O is null && level <= 0 ? call[1] : value);
    }

    private static int GetMetatable(LuaCall call)
    {
        var metatable = Metamethods.MetatableOf(call.State, call.Any(1));
        if (metatable is null)
            return call.Return(LuaValue.Nil);
        var shown = metatable.FindString(MetatableName);
        return call.Return(shown.IsNil ? metatable : shown);
    }

    private static int SetMetatable(LuaCall call)
    {
        var table = call.Table(1);
        if (call.Count < 2 || !(call[2].IsNil || call[2].O is LuaTable))
            throw call.ArgumentError(2, "nil or table expected");
        if (table.Metatable is not null && !table.Metatable.FindString(MetatableName).IsNil)
            return call.Fail("cannot change a protected metatable");
        if (table.IsReadOnly)
            return call.Fail(MetaAccess.ReadOnly);
        StoreWatch.Note(call.State, table, 0, call[2]);
        table.Metatable = call[2].Table;
        return call.Return(table);
    }

    private static int Next(LuaCall call)
    {
        var table = call.Table(1);
        var key = call[2];
        var value = LuaValue.Nil;
        try
        {
            return table.MoveNext(ref key, ref value) ? call.Return(key, value) : call.Return(LuaValue.Nil);
        }
        catch (KeyNotFoundException)
        {
            return call.Fail(LuaValue.String("invalid key to 'next'"u8));
        }
    }

    private static int Pairs(LuaCall call)
    {
        var table = call.Table(1);
        return call.Return([new LuaValue(call.State.NextFunction), table, LuaValue.Nil]);
    }

    private static int IteratePairs(LuaCall call, HostFunction step)
    {
        var table = call.Table(1);
        return call.Return([step, table, 0]);
    }

    private static int StepList(LuaCall call)
    {
        var index = call.Integer(2) + 1;
        var value = call.Table(1).FindInteger(index);
        return value.IsNil ? 0 : call.Return((double)index, value);
    }

    private static int RawGet(LuaCall call)
    {
        var table = call.Table(1);
        return call.Return(table.Find(call.Any(2)));
    }

    private static int RawSet(LuaCall call)
    {
        var table = call.Table(1);
        var (key, value) = (call.Any(2), call.Any(3));
        if (table.IsReadOnly)
            return call.Fail(MetaAccess.ReadOnly);
        if (key.IsNil || (key.IsNumber && double.IsNaN(key.N)))
            return call.Fail(LuaValue.String(key.IsNil ? "table index is nil"u8 : "table index is NaN"u8));
        StoreWatch.Note(call.State, table, key, value);
        table.Set(key, value);
        return call.Return(table);
    }

    private static int Select(LuaCall call)
    {
        if (call[1].TryString(out var text) && text.Length > LuaString.Prefix && text[LuaString.Prefix] == '#')
            return call.Return(call.Count - 1);
        var index = call.Integer(1);
        if (index < 0)
            index = call.Count + index;
        else if (index > call.Count)
            index = call.Count;
        if (index < 1)
            throw call.ArgumentError(1, "index out of range");
        var count = call.Count - index;
        Slots.Copy(call.Thread.Stack, call.Base + index, call.Thread.Stack, call.Base - 1, count);
        return count;
    }

    private static int ToNumber(LuaCall call)
    {
        var numberBase = call.Integer(2, 10);
        if (numberBase == 10)
            return call.Return(Arithmetic.TryNumber(call.Any(1), out var number) ? number : LuaValue.Nil);
        var text = call.Bytes(1);
        if (numberBase is < 2 or > 36)
            throw call.ArgumentError(2, "base out of range");
        return call.Return(NumberParser.TryParse(text, numberBase, out var parsed) ? parsed : LuaValue.Nil);
    }

    private static int ProtectedCall(LuaCall call)
    {
        // Redis's own pcall calls what it then finds below its arguments.
        if (call.Count == 0 && call.State.UnwrapsErrors)
            return call.Return(LuaValue.False, LuaValue.String("attempt to call a boolean value"u8));
        call.Any(1);
        return CallCode.ProtectedCall;
    }

    private static int ProtectedCallWithHandler(LuaCall call)
    {
        if (call.Count < 2)
            throw call.ArgumentError(2, "value expected");
        return CallCode.HandledCall;
    }
}
