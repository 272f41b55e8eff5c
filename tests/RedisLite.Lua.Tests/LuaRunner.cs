using System.Text;
using RedisLite.Lua.Libraries;

namespace RedisLite.Lua.Tests;

/// <summary>Runs Lua with a <c>print</c> that keeps what it prints.</summary>
internal sealed class LuaRunner
{
    private readonly MemoryStream _output = new();

    public LuaRunner(long memoryLimit = 256L << 20)
    {
        State = StandardLibraries.Open(new LuaState { MemoryLimit = memoryLimit });
        State.Globals["print"] = new HostFunction("print", Print);
    }

    public LuaState State { get; }

    /// <summary>What was printed, byte for byte as Latin-1.</summary>
    public string Output => Encoding.Latin1.GetString(_output.ToArray());

    /// <summary>Runs a script; gives its first result, or its error's text behind "error: ".</summary>
    public static string Eval(string script)
    {
        var runner = new LuaRunner();
        return runner.TryRun(script) ? runner.State.Result().ToString() : "error: " + runner.State.ErrorValue;
    }

    public bool TryRun(string script, string name = "@user_script") =>
        State.TryCall(State.Load(LuaChunk.Compile(Encoding.Latin1.GetBytes(script), name)));

    /// <summary>Runs a script that is to be stopped when it took this many slices.</summary>
    public bool TryRunFor(string script, int slices)
    {
        var left = slices;
        State.SliceEnded = state =>
        {
            if (--left < 0)
                state.Kill("stopped");
        };
        return TryRun(script);
    }

    private int Print(LuaCall call)
    {
        var show = call.State.Globals["tostring"];
        for (var argument = 1; argument <= call.Count; argument++)
        {
            if (argument > 1)
                _output.WriteByte((byte)'\t');
            _output.Write(call.Invoke(show, call[argument]).Bytes);
        }
        _output.WriteByte((byte)'\n');
        return call.Return();
    }
}
