using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>One request as the steps of its run see it. Lives on the executor's stack.</summary>
internal readonly ref struct RunRequest
{
    /// <summary>Null when the request names none.</summary>
    public required Command? Command { get; init; }

    public required Arguments Args { get; init; }

    public required RequestKeys Keys { get; init; }

    public required ClientSession Session { get; init; }

    public required ReplyWriter Reply { get; init; }

    public required long NowMs { get; init; }

    /// <summary>Where its reply begins.</summary>
    public required int Mark { get; init; }

    /// <summary>Error replies before its own.</summary>
    public required long Errors { get; init; }

    /// <summary>How the client wrote it, which decides how it is answered.</summary>
    public RequestForm Form { get; init; }

    /// <summary>The request as it came; only for what comes from the primary.</summary>
    public ReadOnlySpan<byte> Raw { get; init; }

    /// <summary>The command has parked and runs again: it is counted already.</summary>
    public bool IsFurtherTry { get; init; }

    /// <summary>The key that is ready for a client that waited, when the run that made it so serves it; null otherwise.</summary>
    public byte[]? ReadyKey { get; init; }

    /// <summary>It goes into the client's transaction and does not run now.</summary>
    public bool IsQueued => Session.Transaction is not null && !Command!.Has(CommandFlags.Immediate);
}
