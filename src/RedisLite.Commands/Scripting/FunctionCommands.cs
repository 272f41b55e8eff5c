using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.Scripting;

/// <summary>FUNCTION: libraries, which files and replicas keep, unlike scripts.</summary>
/// <remarks>
/// LOCK: what changes libraries holds every stripe, so the changes reach the log in the order in which they happened,
/// and a snapshot's cut lies between two of them.
/// </remarks>
[CommandContainer("FUNCTION", Group = CommandGroup.Scripting, Since = "7.0.0", HelpSince = "7.0.0",
    Summary = "A container for function commands.")]
internal static class FunctionCommands
{
    private const CommandFlags Asking = CommandFlags.NoScript;
    private const CommandFlags Changing = CommandFlags.NoScript | CommandFlags.Pooled;

    [Command("FUNCTION LOAD", Arity = -3, Keys = "W *", Flags = Changing | CommandFlags.DenyOom,
        Group = CommandGroup.Scripting, Since = "7.0.0",
        Complexity = "O(1) (considering compilation time is redundant)", Syntax = "[REPLACE] function-code",
        Summary = "Creates a library.")]
    public static void Load(ref CommandContext ctx)
    {
        var replaces = false;
        for (var i = 2; i < ctx.Args.Count - 1; i++)
        {
            if (!ctx.Args.Is(i, "REPLACE"u8))
            {
                ctx.Reply.Error(
                    Encoding.Latin1.GetBytes($"ERR Unknown option given: {Encoding.Latin1.GetString(ctx.Args[i])}"));
                return;
            }

            replaces = true;
        }

        var registry = ctx.Services.Scripts;
        try
        {
            var text = ctx.Args[ctx.Args.Count - 1];
            var name = FunctionLibrary.ReadName(text);
            if (!replaces && registry.Functions.FindLibrary(Encoding.Latin1.GetBytes(name)) is not null)
                throw new ScriptRefusedException($"Library '{name}' already exists");
            var library = FunctionLibrary.Load(text, registry.MemoryLimit);
            Replace(ref ctx, registry.Functions.With(library, replaces));
            ctx.Reply.Bulk(library.Name);
        }
        catch (ScriptRefusedException refusal)
        {
            ctx.Reply.Error(refusal.Reply);
        }
    }

    [Command("FUNCTION DELETE", Arity = 3, Keys = "W *", Flags = Changing, Group = CommandGroup.Scripting,
        Since = "7.0.0", Complexity = "O(1)", Syntax = "library-name",
        Summary = "Deletes a library and its functions.")]
    public static void Delete(ref CommandContext ctx)
    {
        var functions = ctx.Services.Scripts.Functions;
        if (functions.FindLibrary(ctx.Args[2]) is null)
        {
            ctx.Reply.Error("ERR Library not found"u8);
            return;
        }

        Replace(ref ctx, functions.Without(ctx.Args[2]));
        ctx.Reply.Ok();
    }

    [Command("FUNCTION FLUSH", Arity = -2, Keys = "W *", Flags = Changing, Group = CommandGroup.Scripting,
        Since = "7.0.0", Complexity = "O(N) where N is the number of functions deleted", Syntax = "[ASYNC|SYNC]",
        Summary = "Deletes all libraries and functions.")]
    public static void Flush(ref CommandContext ctx)
    {
        if (ctx.Args.Count > 3)
        {
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
        }
        else if (ctx.Args.Count == 3 && !ctx.Args.Is(2, "SYNC"u8) && !ctx.Args.Is(2, "ASYNC"u8))
        {
            ctx.Reply.Error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option"u8);
        }
        else
        {
            Replace(ref ctx, FunctionSet.Empty);
            ctx.Reply.Ok();
        }
    }

    [Command("FUNCTION RESTORE", Arity = -3, Keys = "W *", Flags = Changing | CommandFlags.DenyOom,
        Group = CommandGroup.Scripting, Since = "7.0.0",
        Complexity = "O(N) where N is the number of functions on the payload",
        Syntax = "serialized-value [FLUSH|APPEND|REPLACE]", Summary = "Restores all libraries from a payload.")]
    public static void Restore(ref CommandContext ctx)
    {
        if (ctx.Args.Count > 4)
        {
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
            return;
        }

        var flushes = ctx.Args.Count == 4 && ctx.Args.Is(3, "FLUSH"u8);
        var replaces = ctx.Args.Count == 4 && ctx.Args.Is(3, "REPLACE"u8);
        if (ctx.Args.Count == 4 && !flushes && !replaces && !ctx.Args.Is(3, "APPEND"u8))
        {
            ctx.Reply.Error("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."u8);
            return;
        }

        var registry = ctx.Services.Scripts;
        try
        {
            var functions = flushes ? FunctionSet.Empty : registry.Functions;
            foreach (var library in FunctionDump.Read(ctx.Args[2], registry.MemoryLimit))
                functions = functions.With(library, replaces);
            Replace(ref ctx, functions);
            ctx.Reply.Ok();
        }
        catch (ScriptRefusedException refusal)
        {
            ctx.Reply.Error(refusal.Reply);
        }
    }

    [Command("FUNCTION DUMP", Arity = 2, Flags = Asking, Group = CommandGroup.Scripting, Since = "7.0.0",
        Complexity = "O(N) where N is the number of functions",
        Summary = "Dumps all libraries into a serialized binary payload.")]
    public static void Dump(ref CommandContext ctx) =>
        ctx.Reply.Bulk(FunctionDump.Write(ctx.Services.Scripts.Functions, ctx.Options.RdbCompression));

    [Command("FUNCTION LIST", Arity = -2, Flags = Asking, Group = CommandGroup.Scripting, Since = "7.0.0",
        Complexity = "O(N) where N is the number of functions",
        Syntax = "[LIBRARYNAME library-name-pattern] [WITHCODE]", Summary = "Returns information about all libraries.")]
    public static void List(ref CommandContext ctx)
    {
        var pattern = 0;
        var withCode = false;
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            if (!withCode && ctx.Args.Is(i, "WITHCODE"u8))
            {
                withCode = true;
            }
            else if (pattern == 0 && ctx.Args.Is(i, "LIBRARYNAME"u8))
            {
                if (i + 1 == ctx.Args.Count)
                {
                    ctx.Reply.Error("ERR library name argument was not given"u8);
                    return;
                }

                pattern = ++i;
            }
            else
            {
                ctx.Reply.Error(
                    Encoding.Latin1.GetBytes($"ERR Unknown argument {Encoding.Latin1.GetString(ctx.Args[i])}"));
                return;
            }
        }

        var mark = ctx.Reply.BeginAggregate();
        var count = 0;
        foreach (var library in ctx.Services.Scripts.Functions.Libraries)
        {
            if (pattern != 0 && !Glob.IsMatch(ctx.Args[pattern], library.Name, ignoreCase: true))
                continue;
            Write(ctx.Reply, library, withCode);
            count++;
        }

        ctx.Reply.EndArray(mark, count);
    }

    [Command("FUNCTION STATS", Arity = 2, Flags = Asking | CommandFlags.AllowBusy, Group = CommandGroup.Scripting,
        Since = "7.0.0", Complexity = "O(1)", Summary = "Returns information about a function during execution.")]
    public static void Stats(ref CommandContext ctx)
    {
        var (registry, reply) = (ctx.Services.Scripts, ctx.Reply);
        reply.Map(2);
        reply.Bulk("running_script"u8);
        if (registry.Slowest is { } host)
            WriteRunning(reply, host);
        else
            reply.Null();
        reply.Bulk("engines"u8);
        reply.Map(1);
        reply.Bulk("LUA"u8);
        reply.Map(2);
        reply.Bulk("libraries_count"u8);
        reply.Integer(registry.Functions.Libraries.Count);
        reply.Bulk("functions_count"u8);
        reply.Integer(registry.Functions.FunctionCount);
    }

    [Command("FUNCTION KILL", Arity = 2, Flags = Asking | CommandFlags.AllowBusy, Group = CommandGroup.Scripting,
        Since = "7.0.0", Complexity = "O(1)", Summary = "Terminates a function during execution.",
        Notes = "Ends also a function that has written: what it wrote is taken back.")]
    public static void Kill(ref CommandContext ctx) =>
        ScriptCommands.Kill(ctx.Services.Scripts, ctx.Reply, functions: true);

    private static void Replace(ref CommandContext ctx, FunctionSet functions)
    {
        ctx.Services.Scripts.Functions = functions;
        ctx.Changed();
        ctx.Propagate(LogAudience.All);
    }

    private static void WriteRunning(ReplyWriter reply, ScriptHost host)
    {
        var request = host.Request;
        reply.Map(3);
        reply.Bulk("name"u8);
        reply.Bulk(host.RunningName);
        reply.Bulk("command"u8);
        reply.Array(request.Count);
        foreach (var argument in request)
            reply.Bulk(argument);
        reply.Bulk("duration_ms"u8);
        reply.Integer(host.ElapsedMs);
    }

    private static void Write(ReplyWriter reply, FunctionLibrary library, bool withCode)
    {
        reply.Map(withCode ? 4 : 3);
        reply.Bulk("library_name"u8);
        reply.Bulk(library.Name);
        reply.Bulk("engine"u8);
        reply.Bulk("LUA"u8);
        reply.Bulk("functions"u8);
        reply.Array(library.Functions.Length);
        foreach (var function in library.Functions)
            Write(reply, function);
        if (!withCode)
            return;
        reply.Bulk("library_code"u8);
        reply.Bulk(library.Text);
    }

    private static void Write(ReplyWriter reply, LibraryFunction function)
    {
        reply.Map(3);
        reply.Bulk("name"u8);
        reply.Bulk(function.Name);
        reply.Bulk("description"u8);
        if (function.Description is { } description)
            reply.Bulk(description);
        else
            reply.Null();
        reply.Bulk("flags"u8);
        var mark = reply.BeginAggregate();
        var count = 0;
        foreach (var (flag, name) in ScriptFlagNames.All)
        {
            if (!function.Flags.Has(flag))
                continue;
            reply.SimpleString(name);
            count++;
        }

        reply.EndSet(mark, count);
    }
}
