namespace RedisLite.Cluster.Tests.Processes.Load;

/// <summary>How an append ended, as far as its client can know.</summary>
internal enum AppendOutcome
{
    /// <summary>It was not done: it could not be sent, or was refused.</summary>
    Refused,

    /// <summary>The connection was lost, or nothing came: it may have been done, or be done later.</summary>
    Unknown,

    /// <summary>It was acknowledged.</summary>
    Acknowledged,

    /// <summary>It was acknowledged, and by WAIT a replica has it.</summary>
    Copied,
}

/// <summary>One attempt to append an element, which is never used again, to a list.</summary>
/// <param name="Client">Who made it; a client makes one at a time.</param>
/// <param name="Key">The list.</param>
/// <param name="Element">What was appended.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Length">The reply: how long the list was with it. 0 without a reply.</param>
/// <param name="By">The port or address of the node that replied, or was asked last.</param>
/// <param name="Sent">When the request was sent, in the ticks of Stopwatch.</param>
/// <param name="Received">When its reply had come, or its client gave up.</param>
/// <param name="Window">
/// Which part of the run it was sent in. In each part a list changes its owner at most once from one node to the next,
/// and never back.
/// </param>
internal sealed record Append(
    int Client, string Key, string Element, AppendOutcome Outcome, long Length, string By, long Sent, long Received,
    int Window)
{
    /// <summary>The error that it was refused with.</summary>
    public string? Said { get; init; }

    public bool IsAcknowledged => Outcome is AppendOutcome.Acknowledged or AppendOutcome.Copied;
}
