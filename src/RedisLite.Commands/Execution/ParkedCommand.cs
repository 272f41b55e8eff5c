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
    /// <remarks>Runs on the connection's thread; the flag says whether the time ran out.</remarks>
    public Action<ReplyWriter, ParkedCommand>? Complete { get; init; }

    /// <summary>Whether CLIENT UNBLOCK may end it.</summary>
    public bool CanBeUnblocked { get; init; }

    /// <summary>Set by CLIENT UNBLOCK id ERROR before it resumes.</summary>
    public bool UnblockedWithError { get; set; }

    public bool TimedOut { get; set; }

    /// <summary>Somebody has resumed it, perhaps before its connection even knew that it waits. Any thread.</summary>
    public bool IsResumed
    {
        get => Volatile.Read(ref _isResumed);
        set => Volatile.Write(ref _isResumed, value);
    }

    /// <summary>Called once when the wait is over for whatever reason, a closed connection included.</summary>
    public Action? Released { get; init; }
}
