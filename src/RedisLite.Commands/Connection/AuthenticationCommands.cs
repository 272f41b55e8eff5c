using System.Text;
using RedisLite.Commands.PubSub;
using RedisLite.Commands.Tracking;
using RedisLite.Protocol;

namespace RedisLite.Commands.Connection;

/// <summary>Who a client is and which protocol it speaks: AUTH, HELLO, RESET.</summary>
internal static class AuthenticationCommands
{
    private const CommandFlags Common =
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast
        | CommandFlags.NoAuth | CommandFlags.AllowBusy;

    [Command("AUTH", Arity = -2, Flags = Common, Group = CommandGroup.Connection, Since = "1.0.0",
        Syntax = "[username] password", Complexity = "O(N) where N is the number of passwords defined for the user",
        Summary = "Authenticates the connection.", SecretsWith = nameof(IsAuthSecret))]
    public static void Auth(ref CommandContext ctx)
    {
        if (ctx.Args.Count > 3)
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        if (ctx.Args.Count == 2 && ctx.Services.Access.Users.Default.Rules.HasNoPassword)
        {
            ctx.Reply.Error(
                "ERR AUTH <password> called without any password configured for the default user. Are you sure "u8
                    + "your configuration is correct?"u8);
            return;
        }

        var user = ctx.Args.Count == 3 ? ctx.Args[1] : "default"u8;
        if (TryAuthenticate(ref ctx, user, ctx.Args[ctx.Args.Count - 1]))
            ctx.Reply.Ok();
    }

    [Command("HELLO", Arity = -1, Flags = Common, Group = CommandGroup.Connection, Since = "6.0.0", Complexity = "O(1)",
        Syntax = "[protover [AUTH username password] [SETNAME clientname]]",
        Summary = "Handshakes with the Redis server.", SecretsWith = nameof(IsHelloSecret))]
    public static void Hello(ref CommandContext ctx)
    {
        var version = 0L;
        if (ctx.Args.Count > 1)
        {
            if (!ctx.Args.TryGetInt64(1, out version))
            {
                ctx.Reply.Error("ERR Protocol version is not an integer or out of range"u8);
                return;
            }

            if (version is < 2 or > 3)
            {
                ctx.Reply.Error("NOPROTO unsupported protocol version"u8);
                return;
            }
        }

        if (!TryReadHelloOptions(ref ctx, out var user, out var password, out var name))
            return;
        if (!password.IsEmpty || !user.IsEmpty)
        {
            if (!TryAuthenticate(ref ctx, user, password))
                return;
        }

        if (!ctx.Session.IsAuthenticated)
        {
            ctx.Reply.Error(
                "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH "u8
                    + "<user> <pass> option can be used to authenticate the client and select the RESP protocol "u8
                    + "version at the same time"u8);
            return;
        }

        if (name.Length > 0)
            ctx.Session.Name = name.ToArray();
        if (version != 0)
            ctx.Session.ProtocolVersion = (int)version;
        WriteHello(ref ctx);
    }

    [Command("RESET", Arity = 1, Flags = Common | CommandFlags.Immediate | CommandFlags.InSubscribedMode,
        Group = CommandGroup.Connection, Since = "6.2.0", Complexity = "O(1)", Summary = "Resets the connection.")]
    public static void Reset(ref CommandContext ctx)
    {
        var session = ctx.Session;
        session.Transaction = null;
        session.Watched?.Clear();
        session.Watched = null;
        session.Extensions.Remove<ClientTracking>();
        session.Extensions.Remove<ClientSubscriptions>();
        session.Extensions.Remove<Server.MonitorFeed>();
        session.IsMonitor = false;
        session.Database = 0;
        session.Name = [];
        session.ReplyMode = Execution.ReplyMode.On;
        session.NoEvict = false;
        session.NoTouch = false;
        session.ProtocolVersion = 2;
        session.User = ctx.Services.Access.Users.Default;
        session.IsAuthenticated = session.User.IsOpen;
        if (ctx.Reply.Format == Protocol.ReplyFormat.Resp3)
            ctx.Reply.Format = Protocol.ReplyFormat.Resp2;
        ctx.Reply.SimpleString("RESET"u8);
    }

    private static bool TryReadHelloOptions(
        ref CommandContext ctx, out ReadOnlySpan<byte> user, out ReadOnlySpan<byte> password,
        out ReadOnlySpan<byte> name)
    {
        user = password = name = default;
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            var left = ctx.Args.Count - 1 - i;
            if (ctx.Args.Is(i, "AUTH"u8) && left >= 2)
            {
                user = ctx.Args[i + 1];
                password = ctx.Args[i + 2];
                i += 2;
            }
            else if (ctx.Args.Is(i, "SETNAME"u8) && left >= 1)
            {
                name = ctx.Args[++i];
                if (!ClientNames.IsValid(name))
                {
                    ctx.Reply.Error(ClientNames.InvalidName);
                    return false;
                }
            }
            else
            {
                ctx.Reply.Error(Encoding.Latin1.GetBytes(
                    $"ERR Syntax error in HELLO option '{Encoding.Latin1.GetString(ctx.Args[i])}'"));
                return false;
            }
        }

        return true;
    }

    private static void WriteHello(ref CommandContext ctx)
    {
        var reply = ctx.Reply;
        reply.Format = ctx.Session switch
        {
            { ProtocolVersion: 3 } => Protocol.ReplyFormat.Resp3,
            _ when reply.Format == Protocol.ReplyFormat.Resp3 => Protocol.ReplyFormat.Resp2,
            _ => reply.Format,
        };
        reply.Map(7);
        reply.Bulk("server"u8);
        reply.Bulk("redis"u8);
        reply.Bulk("version"u8);
        reply.Bulk(Encoding.ASCII.GetBytes(ctx.Services.Identity.RedisVersion));
        reply.Bulk("proto"u8);
        reply.Integer(ctx.Session.ProtocolVersion);
        reply.Bulk("id"u8);
        reply.Integer(ctx.Session.Id);
        reply.Bulk("mode"u8);
        reply.Bulk(ctx.Services.Cluster is null ? "standalone"u8 : "cluster"u8);
        reply.Bulk("role"u8);
        reply.Bulk("master"u8);
        reply.Bulk("modules"u8);
        reply.Array(0);
    }

    private static bool TryAuthenticate(
        ref CommandContext ctx, scoped ReadOnlySpan<byte> user, scoped ReadOnlySpan<byte> password) =>
        ctx.Services.Access.TryAuthenticate(ctx, Encoding.Latin1.GetString(user), password);

    private static bool IsAuthSecret(in Arguments args, int index) => index > 0;

    private static bool IsHelloSecret(in Arguments args, int index)
    {
        for (var i = 2; i < args.Count - 2; i++)
        {
            if (args.Is(i, "AUTH"u8))
                return index == i + 1 || index == i + 2;
            if (args.Is(i, "SETNAME"u8))
                i++;
        }

        return false;
    }
}
