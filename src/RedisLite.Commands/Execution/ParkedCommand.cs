using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>How a wait ended.</summary>
public enum ParkedEnd
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>What it waited for has come, or may have.</summary>
    Woken,

    TimedOut,

    /// <summary>CLIENT UNBLOCK: as if its time had run out.</summary>
    Unblocked,

    /// <summary>CLIENT UNBLOCK with ERROR.</summary>
    UnblockedWithError,

    /// <summary>The thread that made its key ready has run the command: see <see cref="Waiting.KeyWaiter"/>.</summary>
    Served,

    /// <summary>Its connection has closed.</summary>
    Gone,
}

/// <summary>
/// A command that waits for something (WAIT, CLIENT PAUSE, a key): it leaves its executor free, and its connection
/// takes up the batch again when the wait has ended.
/// </summary>
/// <remarks>
/// A wait ends once, by the first who calls <see cref="TryEnd"/>, on any thread; the connection then replies or runs
/// the command again:
/// <code>
///   executor: command parks --> batch goes back --> connection: Settle, timer
///                                                        |
///            Wake, Unblock (any thread) --TryEnd, Resume-->
///            timer                      --TryEnd----------->  TakeUp: OnWoken or OnTimedOut replies, next command;
///                                                             without one of them the same command runs again
/// </code>
/// </remarks>
public class ParkedCommand
{
    private int _end;

    /// <summary>
    /// How long at most; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>, the default, for no end.
    /// </summary>
    public TimeSpan Timeout { get; set; } = System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>
    /// Writes the reply when the wait was ended by <see cref="Wake"/>; null when the command is to run again.
    /// </summary>
    /// <remarks>Runs on the connection's thread, as <see cref="OnTimedOut"/> does.</remarks>
    public Action<ReplyWriter>? OnWoken { get; init; }

    /// <summary>Writes the reply when time has run out; null when the command is to run again.</summary>
    public Action<ReplyWriter>? OnTimedOut { get; set; }

    /// <summary>Whether CLIENT UNBLOCK may end it.</summary>
    public bool CanBeUnblocked { get; init; }

    /// <summary>Called once when the wait is over for whatever reason, a closed connection included.</summary>
    public Action? OnEnded { get; init; }

    /// <summary>Told when the wait ends; set when the command parks.</summary>
    public IClientConnection? Connection { get; internal set; }

    /// <summary>Position in the change log of what the command did when it was served; 0 for nothing.</summary>
    public long LogPosition { get; protected set; }

    /// <summary>How the wait ended; perhaps before its connection even knew that it waits. Any thread.</summary>
    public ParkedEnd End => (ParkedEnd)Volatile.Read(ref _end);

    /// <summary>Ends the wait if nothing has ended it yet. Any thread.</summary>
    public virtual bool TryEnd(ParkedEnd end) =>
        Interlocked.CompareExchange(ref _end, (int)end, (int)ParkedEnd.None) == (int)ParkedEnd.None;

    /// <summary>Ends the wait because what it waited for has come. Any thread.</summary>
    public void Wake() => EndAndTell(ParkedEnd.Woken);

    /// <summary>Its time is over by a clock that its connection's timer does not know. Any thread.</summary>
    public void EndByClock() => EndAndTell(ParkedEnd.TimedOut);

    /// <summary>CLIENT UNBLOCK. Any thread.</summary>
    /// <returns>False when the wait has ended already.</returns>
    public bool Unblock(bool withError) => EndAndTell(withError ? ParkedEnd.UnblockedWithError : ParkedEnd.Unblocked);

    /// <summary>The connection has the batch back: who ends the wait from now on finds it there.</summary>
    public virtual void Settle()
    {
    }

    /// <summary>Writes the reply that the wait ended with.</summary>
    /// <returns>False if the command is to run again.</returns>
    public virtual bool TryReply(ReplyWriter reply)
    {
        if (End == ParkedEnd.UnblockedWithError)
        {
            reply.Error("UNBLOCKED client unblocked via CLIENT UNBLOCK"u8);
            return true;
        }

        var write = End == ParkedEnd.Woken ? OnWoken : OnTimedOut;
        write?.Invoke(reply);
        return write is not null;
    }

    /// <summary>Sets the end without asking; for who guards it otherwise.</summary>
    protected void SetEnd(ParkedEnd end) => Volatile.Write(ref _end, (int)end);

    private bool EndAndTell(ParkedEnd end)
    {
        if (!TryEnd(end))
            return false;
        Connection!.Resume(this);
        return true;
    }
}
