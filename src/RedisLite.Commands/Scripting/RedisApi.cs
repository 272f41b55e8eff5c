using System.Text;
using RedisLite.Commands.Server;
using RedisLite.Lua;
using RedisLite.Protocol;

namespace RedisLite.Commands.Scripting;

/// <summary>
/// The library <c>redis</c> that scripts see, but for <c>redis.call</c> and <c>redis.pcall</c> (see
/// <see cref="RedisCall"/>).
/// </summary>
/// <remarks>
/// Errors are tables with the field <c>err</c>, as Redis 7 has them; what ends a script gets its place later.
/// </remarks>
internal static class RedisApi
{
    private const int ReplicateToFiles = 1;
    private const int ReplicateToReplicas = 2;
    private const int ReplicateToAll = ReplicateToFiles | ReplicateToReplicas;
    private const int LogDebug = 0;
    private const int LogVerbose = 1;
    private const int LogNotice = 2;
    private const int LogWarning = 3;

    // By the number that scripts give.
    private static readonly LogVerbosity[] Levels =
        [LogVerbosity.Debug, LogVerbosity.Verbose, LogVerbosity.Notice, LogVerbosity.Warning];

    public static LuaValue ErrorField { get; } = LuaValue.String("err"u8);

    public static LuaValue StatusField { get; } = LuaValue.String("ok"u8);

    /// <summary>Set in an error that was counted in INFO when it happened.</summary>
    public static LuaValue IsCountedField { get; } = LuaValue.String("ignore_error_stats_update"u8);

    /// <summary>The library for scripts, or without what only EVAL has for functions.</summary>
    public static LuaTable Create(ScriptHost host, bool forFunctions)
    {
        var api = new LuaTable();
        AddConstants(api, forLoading: false);
        Add(api, "call", call => host.Call.Run(call, raises: true));
        Add(api, "pcall", call => host.Call.Run(call, raises: false));
        Add(api, "error_reply", ErrorReply);
        Add(api, "status_reply", StatusReply);
        Add(api, "sha1hex", Sha1Hex);
        Add(api, "log", call => Log(call, host.LogLine, host.LogLevel));
        Add(api, "setresp", call => SetProtocol(call, host));
        Add(api, "set_repl", call => SetReplication(call, host));
        Add(api, "acl_check_cmd", call => host.Call.CheckAccess(call));
        if (forFunctions)
            return api;
        Add(api, "replicate_commands", static call => call.Return(LuaValue.True));
        Add(api, "breakpoint", static call => call.Return(LuaValue.False));
        Add(api, "debug", static call => call.Return());
        return api;
    }

    public static void AddConstants(LuaTable api, bool forLoading)
    {
        api["LOG_DEBUG"] = LogDebug;
        api["LOG_VERBOSE"] = LogVerbose;
        api["LOG_NOTICE"] = LogNotice;
        api["LOG_WARNING"] = LogWarning;
        api["REDIS_VERSION"] = LuaValue.String("7.0.15"u8);
        api["REDIS_VERSION_NUM"] = 0x0007000F;
        if (forLoading)
            return;
        api["REPL_NONE"] = 0;
        api["REPL_AOF"] = ReplicateToFiles;
        api["REPL_SLAVE"] = ReplicateToReplicas;
        api["REPL_REPLICA"] = ReplicateToReplicas;
        api["REPL_ALL"] = ReplicateToAll;
    }

    /// <summary>Fails with an error table.</summary>
    /// <param name="call">The call.</param>
    /// <param name="message">Without a code: ERR is put before it.</param>
    public static int Fail(in LuaCall call, string message) => call.Fail(ErrorTable("ERR " + message));

    /// <summary>An error as scripts see it.</summary>
    /// <param name="message">With its code, one char a byte.</param>
    public static LuaTable ErrorTable(string message) => ErrorTable(Encoding.Latin1.GetBytes(message));

    /// <inheritdoc cref="ErrorTable(string)"/>
    public static LuaTable ErrorTable(ReadOnlySpan<byte> message)
    {
        var table = new LuaTable(0, 2);
        table[ErrorField] = LuaValue.String(message);
        return table;
    }

    /// <summary>Whether Lua would take a value for a string.</summary>
    public static bool IsText(in LuaValue value) => value.IsString || value.IsNumber;

    /// <summary>A string's bytes, or a number's text; empty for anything else.</summary>
    public static ReadOnlySpan<byte> TextOf(in LuaValue value) =>
        value.IsNumber ? Encoding.ASCII.GetBytes(value.ToString()) : value.Bytes;

    /// <summary><c>redis.log</c>.</summary>
    /// <param name="call">The level, then what makes up the line.</param>
    /// <param name="log">Takes the line.</param>
    /// <param name="lowest">What the server's log takes.</param>
    public static int Log(in LuaCall call, Action<LogVerbosity, string> log, LogVerbosity lowest = LogVerbosity.Debug)
    {
        if (call.Count < 2)
            return Fail(call, "redis.log() requires two arguments or more.");
        if (!call[1].IsNumber && !(call[1].IsString && RedisNumbers.TryParseDouble(call[1].Bytes, out _)))
            return Fail(call, "First argument must be a number (log level).");
        var level = CutToInt32(call.Number(1));
        if (level is < LogDebug or > LogWarning)
            return Fail(call, "Invalid debug level.");
        if (Levels[level] < lowest)
            return 0;
        var line = new StringBuilder();
        for (var i = 2; i <= call.Count; i++)
        {
            if (!IsText(call[i]))
                continue;
            if (line.Length > 0)
                line.Append(' ');
            line.Append(Encoding.UTF8.GetString(TextOf(call[i])));
        }

        log(Levels[level], line.ToString());
        return 0;
    }

    private static void Add(LuaTable api, string name, HostBody body) => api[name] = new HostFunction(name, body);

    private static int ErrorReply(LuaCall call)
    {
        if (call.Count != 1 || !call[1].IsString)
            return call.Return(ErrorTable("ERR wrong number or type of arguments"u8));
        var text = call[1].Bytes;
        if (text is [(byte)'-', ..])
            text = text[1..];
        text = text.Trim("\r\n"u8);
        if (text.Contains((byte)' '))
            return call.Return(ErrorTable(text));
        return call.Return(ErrorTable([.. "ERR "u8, .. text]));
    }

    private static int StatusReply(LuaCall call)
    {
        if (call.Count != 1 || !call[1].IsString)
            return call.Return(ErrorTable("ERR wrong number or type of arguments"u8));
        var table = new LuaTable(0, 1);
        table[StatusField] = call[1];
        return call.Return(table);
    }

    private static int Sha1Hex(LuaCall call)
    {
        if (call.Count != 1)
            return Fail(call, "wrong number of arguments");
        var text = TextOf(call[1]);
        call.Charge(text.Length);
        return call.Return(LuaValue.String(ScriptDigest.Of(text).ToText()));
    }

    private static int SetProtocol(in LuaCall call, ScriptHost host)
    {
        if (call.Count != 1)
            return Fail(call, "redis.setresp() requires one argument.");
        var version = CutToInt32(NumberOf(call[1]));
        if (version is not (2 or 3))
            return Fail(call, "RESP version must be 2 or 3.");
        host.UseProtocol(version);
        return 0;
    }

    private static int SetReplication(in LuaCall call, ScriptHost host)
    {
        if (call.Count != 1)
            return Fail(call, "redis.set_repl() requires two arguments.");
        var flags = CutToInt32(NumberOf(call[1]));
        if ((flags & ~ReplicateToAll) != 0)
            return Fail(call, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
        host.Call.LogsEffects = flags != 0;
        return 0;
    }

    /// <summary>As a cast in C: what does not fit becomes the smallest integer.</summary>
    private static int CutToInt32(double number) =>
        number is > -2147483649.0 and < 2147483648.0 ? (int)number : int.MinValue;

    private static double NumberOf(in LuaValue value) =>
        value.IsString && RedisNumbers.TryParseDouble(value.Bytes, out var number) ? number : value.Number;
}
