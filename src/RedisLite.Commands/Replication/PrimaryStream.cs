using RedisLite.Protocol;

namespace RedisLite.Commands.Replication;

/// <summary>What becomes of the bytes of a primary's stream when they have been executed.</summary>
/// <remarks>
/// <code>
///   SET a 1 | MULTI | SET b 2 | EXEC | PING        executed
///   ^append   ^hold   ^hold     ^append all three
/// </code>
/// Bytes go into this server's own log as they are, so that its replicas and its offsets agree with its siblings'.
/// Those of a transaction go there at once, at its EXEC: nobody may begin to read, and no offset may be acknowledged,
/// inside of one. LOCK: <see cref="Take"/> is called with the stripes of the command held, so that a snapshot's cut
/// sees a change in both the data and the log, or in neither. One thread at a time.
/// </remarks>
public abstract class PrimaryStream
{
    /// <summary>
    /// The stream is not followed any more: nothing of it may be executed. LOCK: set with all stripes held.
    /// </summary>
    public bool IsCut { get; protected set; }

    /// <summary>A command has been executed, queued or refused.</summary>
    /// <param name="bytes">The whole request as it came, but for <paramref name="parts"/>.</param>
    /// <param name="parts">
    /// Large arguments, which stood between the bytes: whoever keeps one takes a reference of its own.
    /// </param>
    /// <param name="database">The database that is selected after it.</param>
    /// <param name="isForFiles">Whether it changes what a restart must find again.</param>
    /// <param name="isInTransaction">Whether its transaction goes on.</param>
    public abstract void Take(
        ReadOnlySpan<byte> bytes, ReadOnlySpan<LargePart> parts, int database, bool isForFiles, bool isInTransaction);

    /// <summary>
    /// The other end says something of its own, at its place in the stream; any other stream has no such.
    /// </summary>
    /// <param name="word">What.</param>
    /// <param name="text">More of it.</param>
    public virtual void Hear(string word, string text)
    {
    }

    /// <summary>A command of the stream had an error for its reply: this replica may differ from its primary.</summary>
    public abstract void ReportError(Command? command, ReadOnlySpan<byte> error);
}
