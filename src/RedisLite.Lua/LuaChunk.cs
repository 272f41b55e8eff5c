using RedisLite.Lua.Compiler;

namespace RedisLite.Lua;

/// <summary>A compiled chunk: immutable, made once, instantiated in any number of states on any threads.</summary>
public sealed class LuaChunk
{
    // Who mentions one of these may come by any global under a name made at run time.
    private static readonly byte[][] WaysToAnyGlobal =
        [.. new[] { "_G", "getfenv", "setfenv", "loadstring", "load" }.Select(ConstantPool.Name)];

    private LuaChunk(Prototype prototype) => Prototype = prototype;

    internal Prototype Prototype { get; }

    /// <param name="source">Source text; never bytecode.</param>
    /// <param name="chunkName">As Lua has it: <c>@name</c> and <c>=name</c> appear in messages as the name, all else
    /// as source.</param>
    /// <exception cref="LuaSyntaxException">The source does not compile.</exception>
    public static LuaChunk Compile(ReadOnlySpan<byte> source, string chunkName) =>
        Compile(source, chunkName, nesting: 0);

    /// <param name="source">Source text; never bytecode.</param>
    /// <param name="chunkName">As above.</param>
    /// <param name="nesting">Levels that are in use already: a script that compiles another has fewer left.</param>
    internal static LuaChunk Compile(ReadOnlySpan<byte> source, string chunkName, int nesting) =>
        new(FunctionCompiler.CompileChunk(source.ToArray(), chunkName, nesting));

    /// <summary>Whether code of this chunk might read the global: false only if it cannot.</summary>
    public bool MayReadGlobal(string name)
    {
        var raw = LuaValue.String(name);
        return Mentions(Prototype, [(byte[])raw.O!, .. WaysToAnyGlobal]);
    }

    private static bool Mentions(Prototype prototype, byte[][] names)
    {
        foreach (var constant in prototype.Constants)
        {
            if (constant.O is byte[] text && names.Any(name => LuaString.Equal(name, text)))
                return true;
        }
        return prototype.Functions.Any(function => Mentions(function, names));
    }
}
