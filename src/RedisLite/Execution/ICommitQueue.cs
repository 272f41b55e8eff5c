using Akka.Actor;

namespace RedisLite.Execution;

/// <summary>Where answers wait until what they acknowledge is on the disk. Any thread.</summary>
internal interface ICommitQueue
{
    /// <summary>Has a connection told that its batch was run, once the log is on the disk up to a position.</summary>
    void Add(long position, IActorRef connection, ExecutorActor.Executed executed);
}
