using System.Text;
using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Connection;

/// <summary>CLIENT ID, SETNAME, GETNAME, SETINFO, INFO, LIST.</summary>
[CommandContainer("CLIENT", Group = CommandGroup.Connection, Since = "2.4.0",
    Summary = "A container for client connection commands.")]
internal static class ClientIdentityCommands
{
    private const CommandFlags Common =
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.KeepsCaching;

    [Command("CLIENT ID", Arity = 2, Flags = Common, Group = CommandGroup.Connection, Since = "5.0.0",
        Summary = "Returns the unique client ID of the connection.")]
    public static void Id(ref CommandContext ctx) => ctx.Reply.Integer(ctx.Session.Id);

    [Command("CLIENT SETNAME", Arity = 3, Flags = Common, Group = CommandGroup.Connection, Since = "2.6.9",
        Syntax = "connection-name", Summary = "Sets the connection name.")]
    public static void SetName(ref CommandContext ctx)
    {
        if (!ClientNames.IsValid(ctx.Args[2]))
        {
            ctx.Reply.Error(ClientNames.InvalidName);
            return;
        }

        ctx.Session.Name = ctx.Args[2].ToArray();
        ctx.Reply.Ok();
    }

    [Command("CLIENT GETNAME", Arity = 2, Flags = Common, Group = CommandGroup.Connection, Since = "2.6.9",
        Summary = "Returns the name of the connection.")]
    public static void GetName(ref CommandContext ctx)
    {
        if (ctx.Session.Name.Length == 0)
            ctx.Reply.Null();
        else
            ctx.Reply.Bulk(ctx.Session.Name);
    }

    [Command("CLIENT SETINFO", Arity = 4, Flags = Common, Group = CommandGroup.Connection, Since = "7.2.0",
        Syntax = "LIB-NAME libname | LIB-VER libver",
        Summary = "Sets information specific to the client or connection.")]
    public static void SetInfo(ref CommandContext ctx)
    {
        var isName = ctx.Args.Is(2, "LIB-NAME"u8);
        if (!isName && !ctx.Args.Is(2, "LIB-VER"u8))
        {
            ctx.Reply.Error(
                Encoding.Latin1.GetBytes($"ERR Unrecognized option '{Encoding.Latin1.GetString(ctx.Args[2])}'"));
            return;
        }

        if (!ClientNames.IsValid(ctx.Args[3]))
        {
            ctx.Reply.Error(isName
                ? "ERR lib-name cannot contain spaces, newlines or special characters."u8
                : "ERR lib-ver cannot contain spaces, newlines or special characters."u8);
            return;
        }

        if (isName)
            ctx.Session.LibraryName = ctx.Args[3].ToArray();
        else
            ctx.Session.LibraryVersion = ctx.Args[3].ToArray();
        ctx.Reply.Ok();
    }

    [Command("CLIENT INFO", Arity = 2, Flags = Common | CommandFlags.Pooled, Group = CommandGroup.Connection,
        Since = "6.2.0", Summary = "Returns information about the connection.")]
    public static void Info(ref CommandContext ctx)
    {
        // Its own request is the last one that INFO shows.
        ctx.Session.LastCommand = ctx.Command;
        ctx.Reply.Verbatim("txt"u8, Encoding.Latin1.GetBytes(ClientLine.Of(ctx.Session, ctx.NowMs) + "\n"));
    }

    [Command("CLIENT LIST", Arity = -2, Flags = Common | CommandFlags.Admin | CommandFlags.Pooled,
        Group = CommandGroup.Connection, Since = "2.4.0",
        Complexity = "O(N) where N is the number of client connections", Categories = "dangerous",
        Syntax = "[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]",
        Summary = "Lists open connections.")]
    public static void List(ref CommandContext ctx)
    {
        ctx.Session.LastCommand = ctx.Command;
        var sessions = ctx.Services.Clients.InOrder;
        if (ctx.Args.Count == 4 && ctx.Args.Is(2, "TYPE"u8))
        {
            if (!ClientFilter.TryParseType(ctx.Args[3], out var type))
            {
                ctx.Reply.Error(ClientFilter.UnknownType(ctx.Args[3]));
                return;
            }

            sessions = sessions.Where(session => ClientFilter.TypeOf(session) == type);
        }
        else if (ctx.Args.Count > 3 && ctx.Args.Is(2, "ID"u8))
        {
            var ids = new HashSet<long>();
            for (var i = 3; i < ctx.Args.Count; i++)
            {
                if (!ctx.Args.TryGetInt64(i, out var id))
                {
                    ctx.Reply.Error("ERR Invalid client ID"u8);
                    return;
                }

                ids.Add(id);
            }

            sessions = sessions.Where(session => ids.Contains(session.Id));
        }
        else if (ctx.Args.Count != 2)
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        var lines = new StringBuilder();
        foreach (var session in sessions)
            lines.Append(ClientLine.Of(session, ctx.NowMs)).Append('\n');
        ctx.Reply.Verbatim("txt"u8, Encoding.Latin1.GetBytes(lines.ToString()));
    }
}
