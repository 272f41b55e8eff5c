using Akka.Actor;
using RedisLite.Commands.Execution;
using RedisLite.Connections;

namespace RedisLite.Replication;

/// <summary>
/// A link whose commands are obeyed, to the primary or to another node, as commands see it: CLIENT LIST shows it,
/// CLIENT
/// KILL ends it. Any thread.
/// </summary>
/// <param name="actor">Its owner.</param>
/// <param name="socket">Its socket.</param>
/// <param name="unexecuted">Bytes that wait.</param>
/// <param name="kill">What the owner is told to end it.</param>
/// <param name="goOn">What it is told when what held it up is over.</param>
internal sealed class StreamConnection(
    IActorRef actor, StreamSocket socket, Func<long> unexecuted, object kill, object goOn)
    : IClientConnection
{
    public string RemoteAddress => socket.RemoteAddress;

    public string LocalAddress => socket.LocalAddress;

    public long QueryBufferLength => unexecuted();

    public long OutputBufferLength => 0;

    public void Push(ReadOnlyMemory<byte> message)
    {
        // The stream's commands have no replies, and nothing is sent to a primary unasked.
    }

    public void Close(bool afterReplies) => actor.Tell(kill);

    public void Resume(ParkedCommand parked) => actor.Tell(goOn);
}
