using Akka.Actor;
using RedisLite.Commands.Execution;

namespace RedisLite.Replication;

/// <summary>
/// The link to the primary as commands see it: CLIENT LIST shows it, CLIENT KILL ends it. Any thread.
/// </summary>
internal sealed class PrimaryConnection(IActorRef actor, string remoteAddress, string localAddress, PrimaryLink link)
    : IClientConnection
{
    public string RemoteAddress { get; } = remoteAddress;

    public string LocalAddress { get; } = localAddress;

    public long QueryBufferLength => link.Unexecuted;

    public long OutputBufferLength => 0;

    public void Push(ReadOnlyMemory<byte> message)
    {
        // The stream's commands have no replies, and nothing is sent to a primary unasked.
    }

    public void Close(bool afterReplies) => actor.Tell(PrimaryActor.Kill.Instance);

    public void Resume(ParkedCommand parked) => actor.Tell(PrimaryActor.GoOn.Instance);
}
