using RedisLite.Lua.Compiler;

namespace RedisLite.Lua;

/// <summary>A function: compiled Lua with its captured variables, or the host's.</summary>
public abstract class LuaFunction
{
    // The memory count that saw it last.
    internal int Mark;

    // What getfenv and setfenv see.
    internal LuaTable Environment = null!;
}

/// <summary>A compiled function with the variables that it captured.</summary>
internal sealed class LuaClosure : LuaFunction
{
    public readonly Prototype Prototype;
    public readonly Cell[] Upvalues;

    public LuaClosure(Prototype prototype, LuaTable environment)
    {
        Prototype = prototype;
        Environment = environment;
        Upvalues = prototype.Upvalues.Length == 0 ? [] : new Cell[prototype.Upvalues.Length];
    }
}

/// <summary>What the host does when a script calls it: reads arguments and writes results through the call.</summary>
/// <returns>The number of results, or one of the codes that <see cref="LuaCall"/> hands out.</returns>
public delegate int HostBody(LuaCall call);

/// <summary>A function of the host's.</summary>
public sealed class HostFunction(string name, HostBody body) : LuaFunction
{
    public string Name { get; } = name;

    internal readonly HostBody Body = body;
}
