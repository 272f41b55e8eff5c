using RedisLite.Lua.Compiler;

namespace RedisLite.Lua.Libraries;

/// <summary>Opens the libraries that Redis opens.</summary>
public static class StandardLibraries
{
    /// <summary>Opens them in a state, once, and returns it.</summary>
    public static LuaState Open(LuaState state)
    {
        BaseLibrary.Open(state);
        CoroutineLibrary.Open(state);
        StringLibrary.Open(state);
        TableLibrary.Open(state);
        MathLibrary.Open(state);
        OsLibrary.Open(state);
        BitLibrary.Open(state);
        CjsonLibrary.Open(state);
        MessagePackLibrary.Open(state);
        StructLibrary.Open(state);
        return state;
    }

    /// <summary>Makes a global table of functions.</summary>
    internal static LuaTable Add(
        LuaState state, string name, params ReadOnlySpan<(string Name, HostBody Body)> functions)
    {
        var library = new LuaTable(0, functions.Length);
        AddFunctions(state, library, functions);
        state.Globals.SetString(ConstantPool.Name(name), library);
        return library;
    }

    internal static void AddFunctions(
        LuaState state, LuaTable library, params ReadOnlySpan<(string Name, HostBody Body)> functions)
    {
        foreach (var (name, body) in functions)
            library.SetString(ConstantPool.Name(name), Function(state, name, body));
    }

    internal static HostFunction Function(LuaState state, string name, HostBody body) =>
        new(name, body) { Environment = state.Globals };
}
