using RedisLite.Lua.Compiler;

namespace RedisLite.Lua.Libraries;

/// <summary>The string library; what searches is in <see cref="SearchLibrary"/>, <c>format</c> in
/// <see cref="StringFormat"/>.</summary>
internal static class StringLibrary
{
    private const int MaxBytes = 8000;

    public static void Open(LuaState state)
    {
        var library = StandardLibraries.Add(
            state,
            "string",
            ("byte", GetBytes),
            ("char", MakeString),
            ("dump", Dump),
            ("format", StringFormat.Format),
            ("len", call => call.Return(call.Bytes(1).Length)),
            ("lower", call => Map(call, static value => value is >= (byte)'A' and <= (byte)'Z'
                ? (byte)(value | 0x20) : value)),
            ("rep", Repeat),
            ("reverse", Reverse),
            ("sub", Sub),
            ("upper", call => Map(call, static value => value is >= (byte)'a' and <= (byte)'z'
                ? (byte)(value & 0xDF) : value)));
        SearchLibrary.AddTo(state, library);
        state.StringMetatable = new LuaTable(0, 1);
        state.StringMetatable.SetString(ConstantPool.Name("__index"), library);
    }

    /// <summary>A position counted from 1, or from the end if negative.</summary>
    internal static long RelativePosition(long position, int length) =>
        position >= 0 ? position : Math.Max(length + position + 1, 0);

    // There is no bytecode that could be loaded again.
    private static int Dump(LuaCall call)
    {
        call.Function(1);
        return call.Fail("unable to dump given function");
    }

    private static int GetBytes(LuaCall call)
    {
        var text = call.Bytes(1);
        var start = RelativePosition(call.Long(2, 1), text.Length);
        var end = RelativePosition(call.Long(3, start), text.Length);
        var first = (int)Math.Clamp(start, 1, text.Length + 1L);
        var count = (int)Math.Min(end, text.Length) - first + 1;
        if (count <= 0)
            return 0;
        if (count > MaxBytes || !call.Thread.TryEnsureStack(call.Base + count))
            return call.Fail("string slice too long");
        for (var index = 0; index < count; index++)
            call.Thread.Stack[call.Base - 1 + index].Set(text[first - 1 + index]);
        return count;
    }

    private static int MakeString(LuaCall call)
    {
        var raw = LuaString.Allocate(call.Count);
        for (var argument = 1; argument <= call.Count; argument++)
        {
            var value = call.Integer(argument);
            if ((uint)value > byte.MaxValue)
                throw call.ArgumentError(argument, "invalid value");
            raw[LuaString.Prefix + argument - 1] = (byte)value;
        }
        return call.Return(new LuaValue(call.Count == 1 ? LuaString.OfByte(raw[LuaString.Prefix]) : raw));
    }

    private static int Map(LuaCall call, Func<byte, byte> change)
    {
        var text = call.Bytes(1);
        call.Charge(text.Length);
        var raw = LuaString.Allocate(text.Length);
        var to = LuaString.SpanOf(raw);
        for (var index = 0; index < text.Length; index++)
            to[index] = change(text[index]);
        return call.Return(new LuaValue(raw));
    }

    private static int Repeat(LuaCall call)
    {
        var text = call.Bytes(1);
        var count = Math.Max(call.Integer(2), 0);
        var length = (long)text.Length * count;
        call.Charge(length);
        if (length > LuaString.MaxLength)
            return call.Fail("resulting string too large");
        var raw = LuaString.Allocate((int)length);
        var to = LuaString.SpanOf(raw);
        if (text.Length == 1)
        {
            to.Fill(text[0]);
        }
        else if (length > 0)
        {
            // Doubles what is there.
            text.CopyTo(to);
            for (var done = text.Length; done < to.Length; done *= 2)
                to[..Math.Min(done, to.Length - done)].CopyTo(to[done..]);
        }
        return call.Return(new LuaValue(raw));
    }

    private static int Reverse(LuaCall call)
    {
        var text = call.Bytes(1);
        call.Charge(text.Length);
        var raw = LuaString.Allocate(text.Length);
        text.CopyTo(LuaString.SpanOf(raw));
        LuaString.SpanOf(raw).Reverse();
        return call.Return(new LuaValue(raw));
    }

    private static int Sub(LuaCall call)
    {
        var raw = call.Text(1);
        var text = LuaString.SpanOf(raw);
        var start = RelativePosition(call.Long(2), text.Length);
        var first = (int)Math.Clamp(start, 1, text.Length + 1L);
        var last = (int)Math.Min(RelativePosition(call.Long(3, -1), text.Length), text.Length);
        if (first > last)
            return call.Return(new LuaValue(LuaString.Empty));
        if (last - first + 1 == text.Length)
            return call.Return(new LuaValue(raw));
        call.Charge(last - first);
        return call.Return(new LuaValue(LuaString.From(text[(first - 1)..last])));
    }
}
