using System.Diagnostics;
using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Lua;

namespace RedisLite.Commands.Scripting;

/// <summary>A function as a library registers it in one Lua state.</summary>
internal sealed record RegisteredFunction(byte[] Name, LuaFunction Body, ScriptFlags Flags, byte[]? Description);

/// <summary>Runs a library's text, which registers functions and may do little else.</summary>
/// <remarks>
/// As in Redis the text sees no global but <c>redis</c>, and in that only what registers, logs, and the constants: so
/// what it does once cannot depend on data. One state, one thread at a time.
/// </remarks>
internal sealed class LibraryLoader
{
    private const int LimitMs = 500;

    private readonly LuaState _state;
    private readonly LuaTable _api = new();
    private List<RegisteredFunction>? _registered;

    /// <summary>Slices of work that the last run took.</summary>
    public int Slices { get; private set; }

    /// <param name="state">With protected globals.</param>
    /// <param name="log">Takes the lines that a library logs.</param>
    public LibraryLoader(LuaState state, Action<LogVerbosity, string> log)
    {
        _state = state;
        RedisApi.AddConstants(_api, forLoading: true);
        _api["register_function"] = new HostFunction("register_function", Register);
        _api["log"] = new HostFunction("log", call => RedisApi.Log(call, log));
        var metatable = new LuaTable();
        metatable["__index"] = new HostFunction("__index", static call => call.Fail(
            $"Script attempted to access nonexistent global variable '{Encoding.Latin1.GetString(call[2].Bytes)}'"));
        _api.SetMetatable(metatable);
        _api.IsReadOnly = true;
    }

    /// <exception cref="ScriptRefusedException">It failed.</exception>
    public List<RegisteredFunction> Run(LuaChunk chunk)
    {
        var globals = Take(_state.Globals);
        var sliceEnded = _state.SliceEnded;
        var started = Stopwatch.GetTimestamp();
        var isLate = false;
        Slices = 0;
        _registered = [];
        try
        {
            _state.Globals["redis"] = _api;
            _state.SliceEnded = state =>
            {
                Slices++;
                isLate = Stopwatch.GetElapsedTime(started).TotalMilliseconds > LimitMs;
                if (isLate)
                    state.Kill("FUNCTION LOAD timeout");
            };
            if (!_state.TryCall(_state.Load(chunk)))
                throw new ScriptRefusedException(
                    "Error registering functions: "
                        + $"{(isLate ? "ERR FUNCTION LOAD timeout" : MessageOf(_state.ErrorValue))}");
            return _registered;
        }
        finally
        {
            _registered = null;
            _state.SliceEnded = sliceEnded;
            _state.ReleaseResults();
            Take(_state.Globals);
            foreach (var (name, value) in globals)
                _state.Globals[name] = value;
        }
    }

    private static List<(LuaValue Name, LuaValue Value)> Take(LuaTable table)
    {
        var taken = new List<(LuaValue, LuaValue)>();
        var key = LuaValue.Nil;
        while (table.Next(ref key, out var value))
            taken.Add((key, value));
        foreach (var (name, _) in taken)
            table[name] = LuaValue.Nil;
        return taken;
    }

    private static string MessageOf(in LuaValue error)
    {
        var message = error.Table is { } table ? table[RedisApi.ErrorField] : error;
        return (error.Table is null ? "ERR " : "") + Encoding.Latin1.GetString(RedisApi.TextOf(message));
    }

    private int Register(LuaCall call)
    {
        if (_registered is null)
            return RedisApi.Fail(call, "redis.register_function can only be called on FUNCTION LOAD command");
        if (call.Count is 0 or > 2)
            return RedisApi.Fail(call, "wrong number of arguments to redis.register_function");
        var draft = default(Draft);
        var problem = call.Count == 1 ? ReadNamed(call[1], ref draft) : ReadPositional(call, ref draft);
        problem ??= Check(draft);
        if (problem is not null)
            return RedisApi.Fail(call, problem);
        _registered.Add(new RegisteredFunction(draft.Name!, draft.Body!, draft.Flags, draft.Description));
        return 0;
    }

    private string? Check(in Draft draft)
    {
        if (draft.Name is not { } name)
            return "redis.register_function must get a function name argument";
        if (draft.Body is null)
            return "redis.register_function must get a callback argument";
        if (!FunctionLibrary.IsName(name))
            return FunctionLibrary.NameProblem;
        return _registered!.Any(other => ByteArrayComparer.Instance.Equals(other.Name, name))
            ? "Function already exists in the library"
            : null;
    }

    private static string? ReadPositional(in LuaCall call, ref Draft draft)
    {
        if (!RedisApi.IsText(call[1]))
            return "first argument to redis.register_function must be a string";
        if (call[2].Function is not { } body)
            return "second argument to redis.register_function must be a function";
        (draft.Name, draft.Body) = (RedisApi.TextOf(call[1]).ToArray(), body);
        return null;
    }

    private static string? ReadNamed(in LuaValue argument, ref Draft draft)
    {
        if (argument.Table is not { } table)
            return "calling redis.register_function with a single argument is only applicable to Lua table "
                + "(representing named arguments).";
        var key = LuaValue.Nil;
        while (table.Next(ref key, out var value))
            if (ReadNamed(key, value, ref draft) is { } problem)
                return problem;
        return null;
    }

    private static string? ReadNamed(in LuaValue key, in LuaValue value, ref Draft draft)
    {
        if (!RedisApi.IsText(key))
            return "named argument key given to redis.register_function is not a string";
        switch (Encoding.Latin1.GetString(RedisApi.TextOf(key)).ToLowerInvariant())
        {
            case "function_name" when !RedisApi.IsText(value):
                return "function_name argument given to redis.register_function must be a string";
            case "function_name":
                draft.Name = RedisApi.TextOf(value).ToArray();
                return null;
            case "description" when !RedisApi.IsText(value):
                return "description argument given to redis.register_function must be a string";
            case "description":
                draft.Description = RedisApi.TextOf(value).ToArray();
                return null;
            case "callback":
                draft.Body = value.Function;
                return draft.Body is null
                    ? "callback argument given to redis.register_function must be a function" : null;
            case "flags":
                return ReadFlags(value, ref draft);
            default:
                return "unknown argument given to redis.register_function";
        }
    }

    private static string? ReadFlags(in LuaValue value, ref Draft draft)
    {
        if (value.Table is not { } names)
            return "flags argument to redis.register_function must be a table representing function flags";
        for (var i = 1; !names[i].IsNil; i++)
        {
            if (!ScriptFlagNames.TryParse(names[i].Bytes, out var flag))
                return "unknown flag given";
            draft.Flags |= flag;
        }

        return null;
    }

    private struct Draft
    {
        public byte[]? Name;
        public LuaFunction? Body;
        public ScriptFlags Flags;
        public byte[]? Description;
    }
}
