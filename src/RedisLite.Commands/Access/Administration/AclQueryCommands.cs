using System.Security.Cryptography;
using System.Text;

namespace RedisLite.Commands.Access.Administration;

/// <summary>ACL CAT, DRYRUN, GENPASS, LOG, WHOAMI.</summary>
internal static class AclQueryCommands
{
    private const CommandFlags Common = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale;
    private const int MostPasswordBits = 4096;
    private const int DefaultPasswordBits = 256;
    private const int DefaultLogCount = 10;
    private const int LongestShownCategory = 128;

    [Command("ACL CAT", Arity = -2, Flags = Common, Group = CommandGroup.Server, Since = "6.0.0",
        Syntax = "[categoryname]", Complexity = "O(1) since the categories and commands are a fixed set.",
        Summary = "List the ACL categories or the commands inside a category",
        Notes = "Commands that Redis 7.0 does not have are in the categories as well.")]
    public static void Categories(ref CommandContext ctx)
    {
        if (ctx.Args.Count > 3)
        {
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
            return;
        }

        if (ctx.Args.Count == 2)
        {
            Write(ref ctx, AccessCategories.All);
            return;
        }

        var name = AclUserCommands.Text(ctx.Args[2]);
        var bit = AccessCategories.BitOf(name);
        if (bit == 0)
        {
            name = name[..Math.Min(name.Length, LongestShownCategory)];
            AclUserCommands.Fail(ref ctx, $"Unknown category '{AclUserCommands.Shown(name)}'");
            return;
        }

        var commands = ctx.Services.Access.Users.Catalog.WithSubcommands;
        Write(ref ctx, [.. from command in commands where (command.Categories & bit) != 0 select command.Name]);
    }

    [Command("ACL DRYRUN", Arity = -4, Flags = Common | CommandFlags.Admin, Group = CommandGroup.Server,
        Since = "7.0.0", Complexity = "O(1).", Syntax = "username command [arg [arg ...]]",
        Summary = "Returns whether the user can execute the given command without executing the command.")]
    public static void DryRun(ref CommandContext ctx)
    {
        var access = ctx.Services.Access;
        var name = AclUserCommands.Text(ctx.Args[2]);
        if (access.Users.Find(name) is not { } user)
        {
            AclUserCommands.Fail(ref ctx, $"User '{AclUserCommands.Shown(name)}' not found");
            return;
        }

        var args = ctx.Args.From(3);
        var command = ctx.Services.Commands.Resolve(args);
        if (command is null || (command.Subcommands is not null && args.Count > 1))
        {
            AclUserCommands.Fail(
                ref ctx, $"Command '{AclUserCommands.Shown(AclUserCommands.Text(args[0]))}' not found");
            return;
        }

        if (!(command.IsRunnable && command.AcceptsArgumentCount(args.Count)))
        {
            ctx.Reply.Error(Errors.WrongNumberOfArguments(command));
            return;
        }

        var reason = access.Try(user, command, args, out var argument);
        if (reason == DenialReason.None)
            ctx.Reply.Ok();
        else
            WriteDenial(ref ctx, reason, command, args[argument]);
    }

    [Command("ACL GENPASS", Arity = -2, Flags = Common, Group = CommandGroup.Server, Since = "6.0.0", Syntax = "[bits]",
        Summary = "Generate a pseudorandom secure password to use for ACL users")]
    public static void GeneratePassword(ref CommandContext ctx)
    {
        var bits = (long)DefaultPasswordBits;
        if (ctx.Args.Count > 3)
        {
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
            return;
        }

        if (ctx.Args.Count == 3 && !ctx.Args.TryGetInt64(2, out bits))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        if (bits is <= 0 or > MostPasswordBits)
        {
            AclUserCommands.Fail(
                ref ctx,
                "ACL GENPASS argument must be the number of bits for the output password, a positive number up to "
                + $"{MostPasswordBits}");
            return;
        }

        var password = RandomNumberGenerator.GetHexString((int)((bits + 3) / 4), lowercase: true);
        ctx.Reply.Bulk(Encoding.ASCII.GetBytes(password));
    }

    [Command("ACL WHOAMI", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "6.0.0",
        Summary = "Return the name of the user associated to the current connection")]
    public static void WhoAmI(ref CommandContext ctx)
    {
        if (ctx.Session.User is { } user)
            ctx.Reply.Bulk(Encoding.Latin1.GetBytes(user.Name));
        else
            ctx.Reply.Null();
    }

    [Command("ACL LOG", Arity = -2, Flags = Common | CommandFlags.Admin, Group = CommandGroup.Server, Since = "6.0.0",
        Complexity = "O(N) with N being the number of entries shown.", Syntax = "[count | RESET]",
        Summary = "List latest events denied because of ACLs in place")]
    public static void Log(ref CommandContext ctx)
    {
        var count = (long)DefaultLogCount;
        if (ctx.Args.Count > 3)
        {
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
            return;
        }

        if (ctx.Args.Count == 3 && ctx.Args.Is(2, "RESET"u8))
        {
            ctx.Services.Access.Log.Clear();
            ctx.Reply.Ok();
            return;
        }

        if (ctx.Args.Count == 3 && !ctx.Args.TryGetInt64(2, out count))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        var entries = ctx.Services.Access.Log.Latest(count);
        ctx.Reply.Array(entries.Count);
        foreach (var entry in entries)
            Write(ref ctx, entry);
    }

    private static void WriteDenial(
        scoped ref CommandContext ctx, DenialReason reason, Command command, ReadOnlySpan<byte> argument)
    {
        var text = reason == DenialReason.Command
            ? $"This user has no permissions to run the '{command.Name}' command"
            : $"This user has no permissions to access the '{AclUserCommands.Shown(AclUserCommands.Text(argument))}' "
                + (reason == DenialReason.Key ? "key" : "channel");
        ctx.Reply.Bulk(Encoding.Latin1.GetBytes(text));
    }

    private static void Write(scoped ref CommandContext ctx, AccessLogEntry entry)
    {
        var reply = ctx.Reply;
        reply.Map(7);
        reply.Bulk("count"u8);
        reply.Integer(entry.Count);
        reply.Bulk("reason"u8);
        reply.Bulk(Encoding.ASCII.GetBytes(entry.Reason.ToString().ToLowerInvariant()));
        reply.Bulk("context"u8);
        reply.Bulk(Encoding.ASCII.GetBytes(entry.Context.ToString().ToLowerInvariant()));
        reply.Bulk("object"u8);
        reply.Bulk(entry.Object);
        reply.Bulk("username"u8);
        reply.Bulk(Encoding.Latin1.GetBytes(entry.User));
        reply.Bulk("age-seconds"u8);
        reply.Double(Math.Max(0, ctx.NowMs - entry.TimeMs) / 1000.0);
        reply.Bulk("client-info"u8);
        reply.Bulk(Encoding.Latin1.GetBytes(entry.Client));
    }

    private static void Write(scoped ref CommandContext ctx, IReadOnlyCollection<string> texts)
    {
        ctx.Reply.Array(texts.Count);
        foreach (var text in texts)
            ctx.Reply.Bulk(Encoding.Latin1.GetBytes(text));
    }
}
