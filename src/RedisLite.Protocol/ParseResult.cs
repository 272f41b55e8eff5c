namespace RedisLite.Protocol;

/// <summary>Why <see cref="RequestParser.Parse"/> returned.</summary>
public enum ParseStatus : byte
{
    /// <summary>All whole requests were taken; what is left, if anything, is the beginning of one.</summary>
    NeedMore,

    /// <summary>
    /// The batch holds as many requests as asked for and input is left: execute the batch, then parse on.
    /// </summary>
    BatchFull,

    /// <summary>The input breaks the protocol: execute the batch, send the error, close the connection.</summary>
    ProtocolError,
}

/// <summary>What <see cref="RequestParser.Parse"/> did.</summary>
/// <param name="Consumed">
/// Bytes of the input that are done with: whole requests, and empty ones that were skipped. The next input starts
/// there.
/// </param>
/// <param name="Status">Why parsing ended.</param>
/// <param name="Error">
/// With <see cref="ParseStatus.ProtocolError"/> the text after <c>ERR Protocol error: </c>, else empty. Bytes, because
/// it may quote one from the input; <see cref="ReplyWriter.ProtocolError"/> makes a reply of it.
/// </param>
/// <param name="MoreBytesHint">
/// How many bytes are missing until the argument that the input ends in is complete, its line end included; zero when
/// that is not known. For choosing a buffer's size once instead of growing it step by step.
/// </param>
public readonly record struct ParseResult(
    int Consumed, ParseStatus Status, ReadOnlyMemory<byte> Error, int MoreBytesHint);
