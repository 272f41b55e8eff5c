namespace RedisLite.Commands.Server.Introspection;

/// <summary>One argument, or a group of arguments, of a command's syntax, as COMMAND DOCS shows it.</summary>
internal sealed record SyntaxNode
{
    /// <summary>Of an argument; of a group the names of its parts.</summary>
    public required string Name { get; init; }

    public required SyntaxKind Kind { get; init; }

    /// <summary>The literal word that goes before the value, or that is the argument; null for none.</summary>
    public string? Token { get; init; }

    public bool IsOptional { get; init; }

    /// <summary>May be given several times.</summary>
    public bool IsMultiple { get; init; }

    /// <summary>With each repetition its token is repeated.</summary>
    public bool RepeatsToken { get; init; }

    /// <summary>The parts of a block, the choices of a one-of.</summary>
    public IReadOnlyList<SyntaxNode> Parts { get; init; } = [];
}

/// <summary>The kinds of arguments; the names in COMMAND DOCS follow from <see cref="SyntaxKinds.NameOf"/>.</summary>
internal enum SyntaxKind
{
    String,
    Integer,
    Double,
    Key,
    Pattern,
    UnixTime,
    PureToken,
    OneOf,
    Block,
}

internal static class SyntaxKinds
{
    public static ReadOnlySpan<byte> NameOf(SyntaxKind kind) => kind switch
    {
        SyntaxKind.Integer => "integer"u8,
        SyntaxKind.Double => "double"u8,
        SyntaxKind.Key => "key"u8,
        SyntaxKind.Pattern => "pattern"u8,
        SyntaxKind.UnixTime => "unix-time"u8,
        SyntaxKind.PureToken => "pure-token"u8,
        SyntaxKind.OneOf => "oneof"u8,
        SyntaxKind.Block => "block"u8,
        _ => "string"u8,
    };

    /// <summary>The kind of value that an argument's name stands for.</summary>
    public static SyntaxKind OfName(string name) => name switch
    {
        "key" or "key1" or "key2" or "source" or "destination" or "newkey" or "destkey" => SyntaxKind.Key,
        "pattern" => SyntaxKind.Pattern,
        "unix-time-seconds" or "unix-time-milliseconds" => SyntaxKind.UnixTime,
        "seconds" or "milliseconds" or "timeout" or "ttl" or "count" or "offset" or "increment"
            or "decrement" or "start"
            or "end" or "bit" or "index" or "db" or "index1" or "index2" or "destination-db" or "cursor" or "numkeys"
            or "numreplicas" or "numlocal" or "client-id" or "len" or "protover" or "version" or "frequency" =>
                SyntaxKind.Integer,
        _ => SyntaxKind.String,
    };
}
