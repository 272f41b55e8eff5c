using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>
/// What a client's transactions, and scripts, have asked the cluster for: the replies go out when all of it is
/// answered, and those of transactions say what became of it.
/// </summary>
/// <remarks>
/// A transaction holds stripes and cannot wait. So each change is asked for in order, its reply is written as if it
/// were granted, and is corrected before it goes out. Filled by the executor, read by the connection, which hand the
/// client to each other; answers come on any thread.
/// </remarks>
public sealed class AskedCluster
{
    private readonly List<Asked> _all = [];
    private int _open;

    /// <summary>Whether nothing is waited for any more.</summary>
    public bool IsAnswered => Volatile.Read(ref _open) == 0;

    /// <summary>One more change, whose reply was just written.</summary>
    /// <param name="reply">Where to; what a script has called has a writer of its own, and is not corrected.</param>
    /// <param name="start">Where the reply begins.</param>
    /// <param name="write">Writes the reply, with an error or without one.</param>
    /// <returns>To be called once, with the error or null.</returns>
    internal Action<string?> Add(ReplyWriter reply, int start, Action<ReplyWriter, string?> write)
    {
        var asked = new Asked(reply, start, reply.Length, write);
        _all.Add(asked);
        Interlocked.Increment(ref _open);
        return error =>
        {
            asked.Error = error;
            Interlocked.Decrement(ref _open);
        };
    }

    /// <summary>The replies from a mark on are dropped: they are waited for, and not corrected.</summary>
    internal void TakeBack(ReplyWriter reply, int mark)
    {
        foreach (var asked in _all)
        {
            if (asked.Reply == reply && asked.Start >= mark)
                asked.IsTakenBack = true;
        }
    }

    /// <summary>Puts what was answered where something else was assumed.</summary>
    public void Correct(ReplyWriter reply)
    {
        // From the last to the first: what is corrected moves what follows.
        foreach (var asked in Enumerable.Reverse(_all))
        {
            if (asked.Reply != reply || asked.IsTakenBack)
                continue;
            using var corrected = new ReplyWriter(asked.Format);
            asked.Write(corrected, asked.Error);
            reply.Replace(asked.Start, asked.End, corrected.Written);
        }
    }

    private sealed class Asked(ReplyWriter reply, int start, int end, Action<ReplyWriter, string?> write)
    {
        public ReplyWriter Reply => reply;

        // The client may have changed its protocol since.
        public ReplyFormat Format { get; } = reply.Format;

        public int Start => start;

        public int End => end;

        public Action<ReplyWriter, string?> Write => write;

        public bool IsTakenBack { get; set; }

        public string? Error { get; set; }
    }
}
