using System.Text;
using RedisLite.Commands.Access;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.Connection;

/// <summary>Which clients CLIENT KILL and CLIENT LIST mean.</summary>
internal sealed class ClientFilter
{
    public long? Id { get; set; }

    public ClientType? Type { get; set; }

    public string? Address { get; set; }

    public string? LocalAddress { get; set; }

    public AccessUser? User { get; set; }

    public bool SkipMe { get; set; } = true;

    public bool Matches(ClientSession session, ClientSession self) =>
        (Id is null || session.Id == Id)
        && (Type is null || TypeOf(session) == Type)
        && (Address is null || session.Connection.RemoteAddress == Address)
        && (LocalAddress is null || session.Connection.LocalAddress == LocalAddress)
        && (User is null || User == session.User)
        && !(SkipMe && session == self);

    public static ClientType TypeOf(ClientSession session) =>
        session.Stream is not null ? ClientType.Primary
        : session.Replica is { IsLinked: true } ? ClientType.Replica
        : session.IsSubscribed ? ClientType.PubSub
        : ClientType.Normal;

    public static bool TryParseType(ReadOnlySpan<byte> text, out ClientType type)
    {
        (type, var known) = Encoding.Latin1.GetString(text).ToUpperInvariant() switch
        {
            "NORMAL" => (ClientType.Normal, true),
            "PUBSUB" => (ClientType.PubSub, true),
            "REPLICA" or "SLAVE" => (ClientType.Replica, true),
            "MASTER" => (ClientType.Primary, true),
            _ => (ClientType.Normal, false),
        };
        return known;
    }

    public static byte[] UnknownType(ReadOnlySpan<byte> text) =>
        Encoding.Latin1.GetBytes($"ERR Unknown client type '{Encoding.Latin1.GetString(text)}'");

    /// <summary>Reads the filters of CLIENT KILL from argument 2 on; replies the error when one is wrong.</summary>
    public static ClientFilter? Read(in Arguments args, AccessUsers users, ReplyWriter reply)
    {
        var filter = new ClientFilter();
        for (var i = 2; i < args.Count; i += 2)
        {
            if (i + 1 >= args.Count)
                return Refuse(reply, Errors.Syntax);
            if (args.Is(i, "ID"u8))
            {
                if (!args.TryGetInt64(i + 1, out var id) || id < 1)
                    return Refuse(reply, "ERR client-id should be greater than 0"u8);
                filter.Id = id;
            }
            else if (args.Is(i, "TYPE"u8))
            {
                if (!TryParseType(args[i + 1], out var type))
                    return Refuse(reply, UnknownType(args[i + 1]));
                filter.Type = type;
            }
            else if (args.Is(i, "ADDR"u8))
            {
                filter.Address = Encoding.Latin1.GetString(args[i + 1]);
            }
            else if (args.Is(i, "LADDR"u8))
            {
                filter.LocalAddress = Encoding.Latin1.GetString(args[i + 1]);
            }
            else if (args.Is(i, "USER"u8))
            {
                var name = Encoding.Latin1.GetString(args[i + 1]);
                filter.User = users.Find(name);
                if (filter.User is null)
                    return Refuse(reply, Encoding.Latin1.GetBytes($"ERR No such user '{name}'"));
            }
            else if (args.Is(i, "SKIPME"u8) && (args.Is(i + 1, "YES"u8) || args.Is(i + 1, "NO"u8)))
            {
                filter.SkipMe = args.Is(i + 1, "YES"u8);
            }
            else
            {
                return Refuse(reply, Errors.Syntax);
            }
        }

        return filter;
    }

    private static ClientFilter? Refuse(ReplyWriter reply, ReadOnlySpan<byte> error)
    {
        reply.Error(error);
        return null;
    }
}

/// <summary>The kinds of clients that CLIENT LIST TYPE names.</summary>
internal enum ClientType
{
    Normal,
    PubSub,
    Replica,
    Primary,
}
