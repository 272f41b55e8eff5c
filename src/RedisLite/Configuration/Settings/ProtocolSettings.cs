namespace RedisLite.Configuration;

/// <summary>How inline requests are answered.</summary>
public enum InlineReplies
{
    /// <summary>As plain text, for people.</summary>
    Plain,

    /// <summary>As Redis does.</summary>
    Resp,
}

/// <summary>What bytes on a connection mean, and how many are too many (section <c>redislite.protocol</c>).</summary>
public sealed record ProtocolSettings
{
    [Setting("inline-replies")]
    public required InlineReplies InlineReplies { get; init; }

    /// <summary>Bytes of the longest inline request.</summary>
    [Size("max-inline-length", Min = 1024, Max = int.MaxValue)]
    public required int MaxInlineLength { get; init; }

    [Setting("max-arguments", Min = 16, Max = int.MaxValue)]
    public required int MaxArguments { get; init; }

    /// <summary>Bytes of the largest argument.</summary>
    [Size("proto-max-bulk-len", Min = 1024 * 1024)]
    public required long ProtoMaxBulkLength { get; init; }

    /// <summary>Bytes of one client that may wait for execution.</summary>
    [Size("query-buffer-limit", Min = 1024 * 1024)]
    public required long QueryBufferLimit { get; init; }
}
