using System.Text;
using RedisLite.Lua.Machine;

namespace RedisLite.Lua.Libraries;

/// <summary>Functions that make functions from text, and those that change what a function's globals are.</summary>
internal static class LoadingLibrary
{
    private const int BytesPerUnit = 8;

    public static void Open(LuaState state) => StandardLibraries.AddFunctions(
        state,
        state.Globals,
        ("loadstring", LoadString),
        ("load", Load),
        ("getfenv", GetEnvironment),
        ("setfenv", SetEnvironment));

    private static int LoadString(LuaCall call)
    {
        var source = call.Bytes(1);
        var name = call[2].IsNil ? call.Text(1) : call.Text(2);
        return Compile(call, source, Encoding.Latin1.GetString(LuaString.SpanOf(name)));
    }

    private static int Load(LuaCall call)
    {
        var name = call[2].IsNil ? "=(load)" : Encoding.Latin1.GetString(call.Bytes(2));
        var reader = call.Function(1);
        var source = new ByteBuilder();
        try
        {
            ReadAll(call, reader, source);
        }
        catch (LuaException error) when (!error.IsKill)
        {
            call.State.ForgetError();
            return call.Return(LuaValue.Nil, error.Value);
        }
        return Compile(call, source.Span, name);
    }

    private static void ReadAll(LuaCall call, LuaFunction reader, ByteBuilder source)
    {
        while (true)
        {
            var piece = call.Invoke(reader);
            if (piece.IsNil)
                return;
            if (!Arithmetic.TryText(piece, out var text))
                throw call.Error("reader function must return a string");
            if (text.Length == LuaString.Prefix)
                return;
            call.Charge(text.Length);
            source.Add(LuaString.SpanOf(text));
        }
    }

    private static int Compile(LuaCall call, ReadOnlySpan<byte> source, string name)
    {
        call.Charge(source.Length * 64L);
        call.Tick(source.Length / BytesPerUnit);
        try
        {
            return call.Return(call.State.Load(LuaChunk.Compile(source, name, nesting: 1)));
        }
        catch (LuaSyntaxException error)
        {
            return call.Return(LuaValue.Nil, error.Text);
        }
    }

    private static int GetEnvironment(LuaCall call)
    {
        if (call[1].O is LuaFunction function)
            return call.Return(function is HostFunction ? call.Thread.Environment : function.Environment);
        var level = Level(call, 1);
        if (level == 0)
            return call.Return(call.Thread.Environment);
        return call.Return(FunctionAt(call, level)?.Environment ?? call.Thread.Environment);
    }

    private static int SetEnvironment(LuaCall call)
    {
        var environment = call.Table(2);
        if (call[1].O is LuaFunction function)
        {
            if (function is HostFunction)
                return call.Fail("'setfenv' cannot change environment of given object");
            function.Environment = environment;
            return call.Return(function);
        }
        var level = Level(call, otherwise: null);
        if (level == 0)
        {
            call.Thread.Environment = environment;
            return 0;
        }
        if (FunctionAt(call, level) is not { } found)
            return call.Fail("'setfenv' cannot change environment of given object");
        found.Environment = environment;
        return call.Return(found);
    }

    private static int Level(LuaCall call, int? otherwise)
    {
        var level = otherwise is { } fallback ? call.Integer(1, fallback) : call.Integer(1);
        return level >= 0 ? level : throw call.ArgumentError(1, "level must be non-negative");
    }

    private static LuaClosure? FunctionAt(LuaCall call, int level)
    {
        var index = ErrorMessages.FrameAt(call.Thread, level);
        return index switch
        {
            -1 => throw call.ArgumentError(1, "invalid level"),
            -2 => throw call.Error($"no function environment for tail call at level {level}"),
            _ => call.Thread.Frames[index].Closure,
        };
    }
}
