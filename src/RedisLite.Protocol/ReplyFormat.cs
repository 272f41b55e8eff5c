namespace RedisLite.Protocol;

/// <summary>The encoding of a reply.</summary>
public enum ReplyFormat : byte
{
    /// <summary>Text for people: values as they are, a line for each element, <c>(nil)</c>, no prefixes.</summary>
    Plain,

    /// <summary>RESP2; what it has no type for is sent as the nearest that it has, as Redis does.</summary>
    Resp2,

    /// <summary>RESP3, as chosen by <c>HELLO 3</c>.</summary>
    Resp3,
}
