using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands.Server.Introspection;

/// <summary>
/// COMMAND: what commands there are and how they are called, all of it read from <see cref="CommandTable"/>.
/// </summary>
[CommandContainer("COMMAND", Group = CommandGroup.Server, Since = "2.8.13", Categories = "connection",
    RunWith = nameof(All), Flags = CommandFlags.Loading | CommandFlags.Stale,
    Complexity = "O(N) where N is the total number of Redis commands",
    Summary = "Returns detailed information about all commands.")]
internal static class CommandCommands
{
    private const CommandFlags Common = CommandFlags.Loading | CommandFlags.Stale;
    private const string PerCommand = "O(N) where N is the number of commands to look up";
    private const string PerArgument = "O(N) where N is the number of arguments to the command";

    /// <summary>COMMAND without a subcommand.</summary>
    public static void All(ref CommandContext ctx)
    {
        var commands = ctx.Services.Commands.Commands;
        ctx.Reply.Array(commands.Count);
        foreach (var command in commands)
            CommandDescription.Write(ctx.Reply, command);
    }

    [Command("COMMAND COUNT", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "2.8.13",
        Categories = "connection", Summary = "Returns a count of commands.")]
    public static void Count(ref CommandContext ctx) => ctx.Reply.Integer(ctx.Services.Commands.Commands.Count);

    [Command("COMMAND INFO", Arity = -2, Flags = Common | CommandFlags.Pooled, Group = CommandGroup.Server,
        Since = "2.8.13", Categories = "connection", Complexity = PerCommand,
        Syntax = "[command-name [command-name ...]]",
        Summary = "Returns information about one, multiple or all commands.")]
    public static void Info(ref CommandContext ctx)
    {
        if (ctx.Args.Count == 2)
        {
            All(ref ctx);
            return;
        }

        ctx.Reply.Array(ctx.Args.Count - 2);
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            if (ctx.Services.Commands.FindByFullName(ctx.Args[i]) is { } command)
                CommandDescription.Write(ctx.Reply, command);
            else
                ctx.Reply.Null();
        }
    }

    [Command("COMMAND DOCS", Arity = -2, Flags = Common | CommandFlags.Pooled, Group = CommandGroup.Server,
        Since = "7.0.0", Categories = "connection", Complexity = PerCommand,
        Syntax = "[command-name [command-name ...]]",
        Summary = "Returns documentary information about one, multiple or all commands.")]
    public static void Docs(ref CommandContext ctx)
    {
        IReadOnlyList<Command> commands = ctx.Services.Commands.Commands;
        if (ctx.Args.Count > 2)
        {
            var named = new List<Command>();
            for (var i = 2; i < ctx.Args.Count; i++)
                if (ctx.Services.Commands.FindByFullName(ctx.Args[i]) is { } command)
                    named.Add(command);
            commands = named;
        }

        ctx.Reply.Map(commands.Count);
        foreach (var command in commands)
            CommandDocumentation.Write(ctx.Reply, command);
    }

    [Command("COMMAND LIST", Arity = -2, Flags = Common, Group = CommandGroup.Server, Since = "7.0.0",
        Categories = "connection", Complexity = "O(N) where N is the total number of Redis commands",
        Syntax = "[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
        Summary = "Returns a list of command names.")]
    public static void List(ref CommandContext ctx)
    {
        var table = ctx.Services.Commands;
        IEnumerable<Command> commands;
        if (ctx.Args.Count == 2)
        {
            commands = table.WithSubcommands;
        }
        else if (ctx.Args.Count != 5 || !ctx.Args.Is(2, "FILTERBY"u8))
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }
        else if (ctx.Args.Is(3, "MODULE"u8))
        {
            commands = [];
        }
        else if (ctx.Args.Is(3, "ACLCAT"u8))
        {
            var category = Encoding.Latin1.GetString(ctx.Args[4]).ToLowerInvariant();
            commands = table.WithSubcommands.Where(command => AclCategories.Of(command).Contains(category));
        }
        else if (ctx.Args.Is(3, "PATTERN"u8))
        {
            var pattern = new GlobPattern(ctx.Args[4], ignoreCase: true);
            commands = table.WithSubcommands.Where(command => pattern.IsMatch(command.NameBytes.Span));
        }
        else
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        Command[] found = [.. commands];
        ctx.Reply.Array(found.Length);
        foreach (var command in found)
            ctx.Reply.Bulk(command.NameBytes.Span);
    }

    [Command("COMMAND GETKEYS", Arity = -4, Flags = Common, Group = CommandGroup.Server, Since = "2.8.13",
        Categories = "connection", Complexity = PerArgument, Syntax = "command [arg [arg ...]]",
        Summary = "Extracts the key names from an arbitrary command.")]
    public static void GetKeys(ref CommandContext ctx)
    {
        if (!TryExtract(ref ctx, out var request, out var keys))
            return;
        ctx.Reply.Array(keys.Count);
        foreach (var (position, _, _) in keys)
            ctx.Reply.Bulk(request[position]);
    }

    [Command("COMMAND GETKEYSANDFLAGS", Arity = -4, Flags = Common, Group = CommandGroup.Server, Since = "7.0.0",
        Categories = "connection", Complexity = PerArgument, Syntax = "command [arg [arg ...]]",
        Summary = "Extracts the key names and access flags for an arbitrary command.")]
    public static void GetKeysAndFlags(ref CommandContext ctx)
    {
        if (!TryExtract(ref ctx, out var request, out var keys))
            return;
        ctx.Reply.Array(keys.Count);
        foreach (var (position, access, usage) in keys)
        {
            ctx.Reply.Array(2);
            ctx.Reply.Bulk(request[position]);
            CommandDescription.WriteStatuses(ctx.Reply, CommandDescription.UsageOf(access, usage));
        }
    }

    private static bool TryExtract(
        ref CommandContext ctx, out Arguments request, out List<(int Position, KeyAccess Access, KeyUsage Usage)> keys)
    {
        request = ctx.Args.From(2);
        keys = [];
        var command = ctx.Services.Commands.Resolve(request);
        if (command is null || (command.Subcommands is not null && request.Count > 1))
            return Refuse(ctx.Reply, "ERR Invalid command specified"u8);
        if (!command.Keys.Any(spec => spec.Kind != KeySpecKind.WholeKeyspace))
            return Refuse(ctx.Reply, "ERR The command has no key arguments"u8);
        if (!command.AcceptsArgumentCount(request.Count))
            return Refuse(ctx.Reply, "ERR Invalid number of arguments specified for command"u8);
        keys = KeyExtraction.Keys(command, request, ctx.Databases);
        return keys.Count > 0 || Refuse(ctx.Reply, "ERR Invalid arguments specified for command"u8);
    }

    private static bool Refuse(ReplyWriter reply, ReadOnlySpan<byte> error)
    {
        reply.Error(error);
        return false;
    }
}
