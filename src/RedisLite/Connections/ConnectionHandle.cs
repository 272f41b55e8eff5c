using Akka.Actor;
using RedisLite.Commands.Execution;

namespace RedisLite.Connections;

/// <summary>The connection as commands see it. Any thread; everything becomes a message to the connection's actor.</summary>
internal sealed class ConnectionHandle(IActorRef actor, string remoteAddress, string localAddress) : IClientConnection
{
    private long _queryBufferLength;
    private long _outputBufferLength;
    private long _pushedBytes;

    public string RemoteAddress { get; } = remoteAddress;

    public string LocalAddress { get; } = localAddress;

    /// <summary>Kept current by the actor.</summary>
    public long QueryBufferLength
    {
        get => Volatile.Read(ref _queryBufferLength);
        set => Volatile.Write(ref _queryBufferLength, value);
    }

    /// <summary>Kept current by the actor; what was pushed and has not reached it yet counts as well.</summary>
    public long OutputBufferLength
    {
        get => Volatile.Read(ref _outputBufferLength) + Volatile.Read(ref _pushedBytes);
        set => Volatile.Write(ref _outputBufferLength, value);
    }

    public void Push(ReadOnlyMemory<byte> message)
    {
        Interlocked.Add(ref _pushedBytes, message.Length);
        actor.Tell(new ConnectionActor.Push(message));
    }

    /// <summary>The actor has taken a pushed message over.</summary>
    public void PushTaken(int length) => Interlocked.Add(ref _pushedBytes, -length);

    public void Close(bool afterReplies) => actor.Tell(afterReplies ? ConnectionActor.Close.AfterReplies : ConnectionActor.Close.AtOnce);

    public void Resume(ParkedCommand parked)
    {
        parked.IsResumed = true;
        actor.Tell(new ConnectionActor.Resume(parked));
    }
}
