using Akka.Actor;
using Akka.IO;
using RedisLite.Commands.Execution;
using RedisLite.Execution;

namespace RedisLite.Connections;

/// <summary>
/// The connection as commands and event loops see it. Any thread; everything becomes a message to an actor.
/// </summary>
internal sealed class ConnectionHandle(IActorRef actor, IActorRef socket, string remoteAddress, string localAddress)
    : IClientConnection, IDeferredWork
{
    // The most that Redis reads of a client before others have their turn.
    private const int BytesPerTurn = 16 * 1024;

    private volatile bool _isClosing;
    private long _queryBufferLength;
    private long _largeInputLength;
    private long _largeInputMemory;
    private long _outputBufferLength;
    private long _pushedBytes;

    public string RemoteAddress { get; } = remoteAddress;

    public string LocalAddress { get; } = localAddress;

    public bool IsUnixSocket { get; init; }

    /// <summary>Kept current by the actor.</summary>
    public long QueryBufferLength
    {
        get => Volatile.Read(ref _queryBufferLength);
        set => Volatile.Write(ref _queryBufferLength, value);
    }

    /// <summary>Kept current by the actor.</summary>
    public long LargeInputLength
    {
        get => Volatile.Read(ref _largeInputLength);
        set => Volatile.Write(ref _largeInputLength, value);
    }

    /// <summary>Kept current by the actor.</summary>
    public long LargeInputMemory
    {
        get => Volatile.Read(ref _largeInputMemory);
        set => Volatile.Write(ref _largeInputMemory, value);
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

    /// <summary>No read is begun any more; one that is under way may still end. Said by the actor.</summary>
    public bool IsClosing
    {
        get => _isClosing;
        set => _isClosing = value;
    }

    /// <summary>
    /// Has the socket read what comes next, now or, where that is cheaper, in a later turn of the event loop.
    /// </summary>
    /// <param name="received">Bytes of the read before. As many turns are the others' as Redis would have needed
    /// reads.</param>
    public void Read(int received)
    {
        if (!ThreadQueue.Current.TryDefer(this, 1 + (received / BytesPerTurn)))
            socket.Tell(Tcp.ResumeReading.Instance);
    }

    /// <summary>The deferred read's time. The connection may have ended since.</summary>
    void IDeferredWork.Begin()
    {
        // Watching tells us later than this: the socket's actor may have stopped in this very turn.
#pragma warning disable CS0618 // for use inside Akka
        var isGone = socket is IInternalActorRef { IsTerminated: true };
#pragma warning restore CS0618
        if (!IsClosing && !isGone)
            socket.Tell(Tcp.ResumeReading.Instance);
    }

    /// <summary>The actor has taken a pushed message over.</summary>
    public void PushTaken(int length) => Interlocked.Add(ref _pushedBytes, -length);

    public void Close(bool afterReplies) =>
        actor.Tell(afterReplies ? ConnectionActor.Close.AfterReplies : ConnectionActor.Close.AtOnce);

    public void Resume(ParkedCommand parked) => actor.Tell(new ConnectionActor.Resume(parked));
}
