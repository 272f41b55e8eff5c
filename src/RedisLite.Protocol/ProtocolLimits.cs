namespace RedisLite.Protocol;

/// <summary>What a request may be at most; immutable, so that one instance serves all connections.</summary>
/// <remarks>The defaults are those of Redis 7.0.</remarks>
public sealed record ProtocolLimits
{
    /// <summary>The defaults.</summary>
    public static ProtocolLimits Default { get; } = new();

    /// <summary>
    /// Longest inline request, and longest line that holds a count or a length, in bytes before its end.
    /// </summary>
    public int MaxInlineLength { get; init; } = 64 * 1024;

    /// <summary>Most arguments of a multi-bulk request, the command name included.</summary>
    public int MaxArguments { get; init; } = 1024 * 1024;

    /// <summary>
    /// Longest argument of a multi-bulk request in bytes (<c>proto-max-bulk-len</c>). Whatever it says, an argument
    /// that no buffer of this runtime can hold (about 2 GiB) is refused in the same way.
    /// </summary>
    public long MaxBulkLength { get; init; } = 512L * 1024 * 1024;

    /// <summary>As <see cref="MaxArguments"/>, for a client that still has to authenticate.</summary>
    public int MaxArgumentsUnauthenticated { get; init; } = 10;

    /// <summary>As <see cref="MaxBulkLength"/>, for a client that still has to authenticate.</summary>
    public int MaxBulkLengthUnauthenticated { get; init; } = 16 * 1024;
}
