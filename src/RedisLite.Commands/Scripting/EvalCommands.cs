namespace RedisLite.Commands.Scripting;

/// <summary>EVAL, EVALSHA, FCALL and their read-only forms.</summary>
/// <remarks>
/// LOCK: the stripes of the keys that the caller names are held, exclusively but for the read-only forms. See
/// <see cref="ScriptHost"/> for what becomes of a script that touches others.
/// </remarks>
internal static class EvalCommands
{
    private const CommandFlags Common = CommandFlags.NoScript | CommandFlags.Stale | CommandFlags.SkipMonitor
        | CommandFlags.NoMandatoryKeys | CommandFlags.CallsCommands;

    private const CommandFlags Writing = Common | CommandFlags.MayReplicate;
    private const CommandFlags Reading = Common | CommandFlags.ReadOnly;
    private const string Complexity = "Depends on the script that is executed.";
    private const string FunctionComplexity = "Depends on the function that is executed.";
    private const string Notes =
        "Runs beside other commands, under the keys that it is given; under all keys when it is seen to touch others. "
        + "SCRIPT KILL takes back what it has written.";

    [Command("EVAL", Arity = -3, Keys = "RW numkeys@2", Flags = Writing, Group = CommandGroup.Scripting,
        Since = "2.6.0", Complexity = Complexity, Syntax = "script numkeys [key [key ...]] [arg [arg ...]]",
        Notes = Notes, Summary = "Executes a server-side Lua script.")]
    public static void Eval(ref CommandContext ctx) => RunText(ref ctx, isReadOnly: false);

    [Command("EVAL_RO", Arity = -3, Keys = "R numkeys@2", Flags = Reading, Group = CommandGroup.Scripting,
        Since = "7.0.0", Categories = "-read", Complexity = Complexity,
        Syntax = "script numkeys [key [key ...]] [arg [arg ...]]",
        Summary = "Executes a read-only server-side Lua script.")]
    public static void EvalReadOnly(ref CommandContext ctx) => RunText(ref ctx, isReadOnly: true);

    [Command("EVALSHA", Arity = -3, Keys = "RW numkeys@2", Flags = Writing, Group = CommandGroup.Scripting,
        Since = "2.6.0", Complexity = Complexity, Syntax = "sha1 numkeys [key [key ...]] [arg [arg ...]]",
        Notes = Notes, Summary = "Executes a server-side Lua script by SHA1 digest.")]
    public static void EvalSha(ref CommandContext ctx) => RunDigest(ref ctx, isReadOnly: false);

    [Command("EVALSHA_RO", Arity = -3, Keys = "R numkeys@2", Flags = Reading, Group = CommandGroup.Scripting,
        Since = "7.0.0", Categories = "-read", Complexity = Complexity,
        Syntax = "sha1 numkeys [key [key ...]] [arg [arg ...]]",
        Summary = "Executes a read-only server-side Lua script by SHA1 digest.")]
    public static void EvalShaReadOnly(ref CommandContext ctx) => RunDigest(ref ctx, isReadOnly: true);

    [Command("FCALL", Arity = -3, Keys = "RW numkeys@2", Flags = Writing, Group = CommandGroup.Scripting,
        Since = "7.0.0", Complexity = FunctionComplexity, Syntax = "function numkeys [key [key ...]] [arg [arg ...]]",
        Notes = Notes + " What a library keeps in its own variables between calls is each executor's own.",
        Summary = "Invokes a function.")]
    public static void Call(ref CommandContext ctx) => RunFunction(ref ctx, isReadOnly: false);

    [Command("FCALL_RO", Arity = -3, Keys = "R numkeys@2", Flags = Reading, Group = CommandGroup.Scripting,
        Since = "7.0.0", Categories = "-read", Complexity = FunctionComplexity,
        Syntax = "function numkeys [key [key ...]] [arg [arg ...]]", Summary = "Invokes a read-only function.")]
    public static void CallReadOnly(ref CommandContext ctx) => RunFunction(ref ctx, isReadOnly: true);

    private static void RunText(ref CommandContext ctx, bool isReadOnly)
    {
        ShowMonitors(ref ctx);
        if (!TryReadKeyCount(ref ctx, Errors.NotAnInteger, out var keyCount) || !ctx.Scripts.MayCompile(ctx.Args[1]))
            return;
        EvalScript script;
        try
        {
            script = ctx.Services.Scripts.FindOrAdd(ctx.Args[1], out _);
        }
        catch (ScriptRefusedException refusal)
        {
            ctx.Reply.Error(refusal.Reply);
            return;
        }

        ctx.Scripts.RunScript(ref ctx, script, keyCount, isReadOnly);
    }

    private static void RunDigest(ref CommandContext ctx, bool isReadOnly)
    {
        ShowMonitors(ref ctx);
        if (!ScriptDigest.TryParse(ctx.Args[1], out var digest) || ctx.Services.Scripts.Find(digest) is not { } script)
        {
            ctx.Reply.Error("NOSCRIPT No matching script. Please use EVAL."u8);
            return;
        }

        if (TryReadKeyCount(ref ctx, Errors.NotAnInteger, out var keyCount))
            ctx.Scripts.RunScript(ref ctx, script, keyCount, isReadOnly);
    }

    private static void RunFunction(ref CommandContext ctx, bool isReadOnly)
    {
        ShowMonitors(ref ctx);
        if (ctx.Services.Scripts.Functions.Find(ctx.Args[1]) is not { } function)
            ctx.Reply.Error("ERR Function not found"u8);
        else if (TryReadKeyCount(ref ctx, "ERR Bad number of keys provided"u8, out var keyCount))
            ctx.Scripts.RunFunction(ref ctx, function, keyCount, isReadOnly);
    }

    /// <summary>Before what it calls; once, though it may run again.</summary>
    private static void ShowMonitors(ref CommandContext ctx)
    {
        if (ctx.Services.Monitors.Any && ctx.Scripts.MayTakeLong && ctx.HoldsAllStripes(exclusive: false))
            ctx.Services.Monitors.Feed(ctx.Session, ctx.Command, ctx.Args, ctx.Services.Clock.GetUtcNow());
    }

    private static bool TryReadKeyCount(ref CommandContext ctx, ReadOnlySpan<byte> notANumber, out int keyCount)
    {
        keyCount = 0;
        if (!ctx.Args.TryGetInt64(2, out var count))
            ctx.Reply.Error(notANumber);
        else if (count > ctx.Args.Count - 3)
            ctx.Reply.Error(Errors.TooManyKeys);
        else if (count < 0)
            ctx.Reply.Error("ERR Number of keys can't be negative"u8);
        else
            return (keyCount = (int)count) >= 0;
        return false;
    }
}
