using Akka.Actor;

namespace RedisLite.Execution;

/// <summary>
/// Where answers wait until what they acknowledge is as safe as <c>appendfsync</c> promises. Any thread.
/// </summary>
internal interface ICommitQueue
{
    /// <summary>Whether there is anything to wait for: an append only file.</summary>
    bool IsOpen { get; }

    /// <summary>
    /// Has a connection told that its batch was run, once the log up to a position is on the disk
    /// (<c>appendfsync always</c>), or with the operating system.
    /// </summary>
    void Add(long position, IActorRef connection, ExecutorActor.Executed executed);
}
