using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>
/// A command that has to wait (WAIT, WAITAOF, CLIENT PAUSE, DEBUG SLEEP): it leaves its executor free, and its
/// connection takes up the batch again when the time is over or somebody resumes it.
/// </summary>
/// <remarks>
/// <code>
///   executor: command parks --> batch goes back --> connection: timer or Resume()
///                                                        | Complete: writes the reply, next command
///                                                        | Retry:    runs the same command again
/// </code>
/// </remarks>
public sealed class ParkedCommand
{
    private bool _isResumed;

    /// <summary>How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for no end.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>Writes the reply when the wait ends; null when the command is to run again instead.</summary>
    /// <remarks>Runs on the connection's thread.</remarks>
    public Action<ReplyWriter>? Complete { private get; init; }

    /// <summary>Writes the reply of a command that does not run again, or that it was unblocked with an error.</summary>
    /// <returns>False if it is to run again.</returns>
    public bool TryComplete(ReplyWriter reply)
    {
        if (Complete is null)
            return false;
        if (UnblockedWithError)
            reply.Error("UNBLOCKED client unblocked via CLIENT UNBLOCK"u8);
        else
            Complete(reply);
        return true;
    }

    /// <summary>Whether CLIENT UNBLOCK may end it.</summary>
    public bool CanBeUnblocked { get; init; }

    /// <summary>Set by CLIENT UNBLOCK id ERROR before it resumes.</summary>
    public bool UnblockedWithError { get; set; }

    /// <summary>Somebody has resumed it, perhaps before its connection even knew that it waits. Any thread.</summary>
    public bool IsResumed
    {
        get => Volatile.Read(ref _isResumed);
        set => Volatile.Write(ref _isResumed, value);
    }

    /// <summary>Called once when the wait is over for whatever reason, a closed connection included.</summary>
    public Action? Released { get; init; }
}
