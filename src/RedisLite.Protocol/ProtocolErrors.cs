namespace RedisLite.Protocol;

/// <summary>What a client is told that breaks the protocol: Redis's texts after <c>ERR Protocol error: </c>.</summary>
public static class ProtocolErrors
{
    internal static readonly byte[] TooBigInlineRequest = "too big inline request"u8.ToArray();
    internal static readonly byte[] UnbalancedQuotes = "unbalanced quotes in request"u8.ToArray();
    internal static readonly byte[] TooBigMultibulkCount = "too big mbulk count string"u8.ToArray();
    internal static readonly byte[] InvalidMultibulkLength = "invalid multibulk length"u8.ToArray();
    internal static readonly byte[] UnauthenticatedMultibulkLength = "unauthenticated multibulk length"u8.ToArray();
    internal static readonly byte[] TooBigBulkCount = "too big bulk count string"u8.ToArray();
    internal static readonly byte[] InvalidBulkLength = "invalid bulk length"u8.ToArray();
    internal static readonly byte[] UnauthenticatedBulkLength = "unauthenticated bulk length"u8.ToArray();

    /// <summary>
    /// Ours: Redis takes a zero byte for the end of what it has read and waits for the rest of the line until 64 KiB
    /// have come. Whoever sends one (a TLS hello does) is not speaking this protocol and should hear so at once.
    /// </summary>
    internal static readonly byte[] ZeroByteInInlineRequest = "zero byte in inline request"u8.ToArray();

    /// <summary>
    /// Ours: a browser can be made to send requests to this port, and the lines of their bodies would run as commands.
    /// Redis closes without a word at "POST" and "Host:".
    /// </summary>
    public static ReadOnlySpan<byte> HttpRequest => HttpRequestText;

    internal static readonly byte[] HttpRequestText = "HTTP request"u8.ToArray();

    internal static byte[] ExpectedDollar(byte got)
    {
        // An error reply is one line: Redis, too, turns line ends within it into spaces.
        var shown = got is (byte)'\r' or (byte)'\n' ? (byte)' ' : got;
        return [.. "expected '$', got '"u8, shown, (byte)'\''];
    }
}
