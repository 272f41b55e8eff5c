using RedisLite.Protocol;

namespace RedisLite.Commands.Scripting;

/// <summary>SCRIPT: the scripts that EVALSHA finds, and the end of one that runs for too long.</summary>
[CommandContainer("SCRIPT", Group = CommandGroup.Scripting, Since = "2.6.0", HelpSince = "5.0.0",
    Summary = "A container for Lua scripts management commands.")]
internal static class ScriptCommands
{
    private const CommandFlags Common = CommandFlags.NoScript;

    [Command("SCRIPT LOAD", Arity = 3, Flags = Common | CommandFlags.Stale | CommandFlags.Pooled,
        Group = CommandGroup.Scripting, Since = "2.6.0",
        Complexity = "O(N) with N being the length in bytes of the script body.", Syntax = "script",
        Summary = "Loads a server-side Lua script to the script cache.")]
    public static void Load(ref CommandContext ctx)
    {
        try
        {
            ctx.Services.Scripts.FindOrAdd(ctx.Args[2], out var digest);
            ctx.Reply.Bulk(digest.ToText());
        }
        catch (ScriptRefusedException refusal)
        {
            ctx.Reply.Error(refusal.Reply);
        }
    }

    [Command("SCRIPT EXISTS", Arity = -3, Flags = Common, Group = CommandGroup.Scripting, Since = "2.6.0",
        Complexity = "O(N) with N being the number of scripts to check (so checking a single script is an O(1) "
            + "operation).", Syntax = "sha1 [sha1 ...]",
        Summary = "Determines whether server-side Lua scripts exist in the script cache.")]
    public static void Exists(ref CommandContext ctx)
    {
        ctx.Reply.Array(ctx.Args.Count - 2);
        for (var i = 2; i < ctx.Args.Count; i++)
            ctx.Reply.Integer(ScriptDigest.TryParse(ctx.Args[i], out var digest)
                && ctx.Services.Scripts.Find(digest) is not null ? 1 : 0);
    }

    [Command("SCRIPT FLUSH", Arity = -2, Flags = Common, Group = CommandGroup.Scripting, Since = "2.6.0",
        Complexity = "O(N) with N being the number of scripts in cache", Syntax = "[ASYNC|SYNC]",
        Summary = "Removes all server-side Lua scripts from the script cache.")]
    public static void Flush(ref CommandContext ctx)
    {
        if (ctx.Args.Count > 3 || (ctx.Args.Count == 3 && !ctx.Args.Is(2, "SYNC"u8) && !ctx.Args.Is(2, "ASYNC"u8)))
        {
            ctx.Reply.Error("ERR SCRIPT FLUSH only support SYNC|ASYNC option"u8);
            return;
        }

        ctx.Services.Scripts.ForgetScripts();
        ctx.Reply.Ok();
    }

    [Command("SCRIPT KILL", Arity = 2, Flags = Common | CommandFlags.AllowBusy, Group = CommandGroup.Scripting,
        Since = "2.6.0", Complexity = "O(1)", Summary = "Terminates a server-side Lua script during execution.",
        Notes = "Ends also a script that has written: what it wrote is taken back. Ends all that run for longer than "
            + "busy-reply-threshold.")]
    public static void Kill(ref CommandContext ctx) => Kill(ctx.Services.Scripts, ctx.Reply, functions: false);

    [Command("SCRIPT DEBUG", Arity = 3, Flags = Common, Group = CommandGroup.Scripting, Since = "3.2.0",
        Complexity = "O(1)", Syntax = "YES|SYNC|NO", Summary = "Sets the debug mode of server-side Lua scripts.",
        Notes = "There is no debugger: YES and SYNC are refused.")]
    public static void Debug(ref CommandContext ctx)
    {
        if (ctx.Args.Is(2, "NO"u8))
            ctx.Reply.Ok();
        else if (ctx.Args.Is(2, "YES"u8) || ctx.Args.Is(2, "SYNC"u8))
            ctx.Reply.Error("ERR This server has no debugger for scripts"u8);
        else
            ctx.Reply.Error("ERR Use SCRIPT DEBUG YES/SYNC/NO"u8);
    }

    /// <summary>Ends every script, or every function, that has run for long.</summary>
    internal static void Kill(ScriptRegistry registry, ReplyWriter reply, bool functions)
    {
        ReadOnlySpan<byte> refusal = "NOTBUSY No scripts in execution right now."u8;
        var killed = 0;
        foreach (var host in registry.Slow)
        {
            if (host.IsObeyed)
            {
                refusal =
                    "UNKILLABLE The busy script was sent by a master instance in the context of replication and "u8
                        + "cannot be killed."u8;
            }
            else if (!host.CanBeKilled)
            {
                refusal =
                    "UNKILLABLE Sorry the script already executed write commands against the dataset. You can "u8
                        + "either wait the script termination or kill the server in a hard way using the SHUTDOWN "u8
                        + "NOSAVE command."u8;
            }
            else if (host.RunsFunction != functions)
            {
                refusal = ScriptRegistry.BusyReplyFor(host);
            }
            else
            {
                host.Kill();
                killed++;
            }
        }

        if (killed > 0)
            reply.Ok();
        else
            reply.Error(refusal);
    }
}
