using RedisLite.Lua;
using RedisLite.Lua.Libraries;

namespace RedisLite.Commands.Scripting;

/// <summary>
/// A Lua state as Redis sets one up: its libraries and <c>redis</c>, all read-only. One thread at a time.
/// </summary>
internal sealed class ScriptState : IDisposable
{
    private static readonly LuaValue Keys = LuaValue.String("KEYS"u8);
    private static readonly LuaValue Arguments = LuaValue.String("ARGV"u8);

    // Redis opens no library that has these, or takes them out again.
    private static readonly string[] Hidden = ["getfenv", "setfenv", "print"];

    private readonly ScriptRegistry _registry;
    private readonly bool _forFunctions;
    private readonly long _bytes;

    public ScriptState(ScriptHost host, ScriptRegistry registry, bool forFunctions)
    {
        _registry = registry;
        _forFunctions = forFunctions;
        Lua = StandardLibraries.Open(new LuaState
        {
            MemoryLimit = registry.MemoryLimit,
            UnwrapsErrors = true,
            SliceEnded = host.SliceEnded,
        });
        foreach (var name in Hidden)
            Lua.Globals[name] = LuaValue.Nil;
        Lua.Globals["redis"] = RedisApi.Create(host, forFunctions);
        GlobalProtection.Protect(Lua);
        _bytes = Lua.CountMemory();
        registry.CountState(forFunctions, _bytes);
    }

    public LuaState Lua { get; }

    /// <summary>What is made for one run.</summary>
    public LuaScratch Scratch { get; private set; } = new();

    /// <summary>What was made in the scratch may be in use from now on.</summary>
    public void LeaveScratch() => Scratch = new LuaScratch();

    /// <summary>Sets the globals that EVAL gives a script.</summary>
    public void SetArguments(in LuaValue keys, in LuaValue arguments)
    {
        Lua.Globals[Keys] = keys;
        Lua.Globals[Arguments] = arguments;
    }

    public void Dispose() => _registry.CountState(_forFunctions, -_bytes);
}
