using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.IO;
using RedisLite.Commands.Server;
using RedisLite.Protocol;

namespace RedisLite.Connections;

/// <summary>
/// What goes to one client: replies and pushed messages in order, and how much of it has not been taken yet.
/// </summary>
/// <remarks>
/// Writes ask to be acknowledged now and then: small replies need no message of their own, and what a slow reader
/// leaves is still known to within <see cref="AckEvery"/> bytes.
/// <code>
///   position   0 ............ acked ............ ack asked ............ written
///              |   taken       |           may be untaken                   |  held: pushes that wait for a batch's
///              end
/// </code>
/// Belongs to one connection actor.
/// </remarks>
internal sealed class ConnectionOutput(IActorRef socket, ConnectionHandle handle) : IDisposable
{
    // Large strings are copied to the socket in pieces of this size, so many bytes of them ahead of what it has taken.
    private const int PieceSize = 64 * 1024;
    private const int PiecesAtOnce = 4;
    private const int Window = 2 * PieceSize * PiecesAtOnce;

    private const int AckEvery = 64 * 1024;

    // From here on it is cheaper to hand the buffer over, and wait for the acknowledgement that gives it back, than to
    // copy it: large arrays would also make the collector work for each of them.
    private const int HandedOver = 32 * 1024;

    private LargeReplies? _rest;
    private List<ReadOnlyMemory<byte>>? _held;
    private long _heldLength;
    private long _written;
    private long _ackAsked;
    private long _acked;
    private long _softLimitPassedMs;

    /// <summary>Bytes written that the operating system is not known to have taken.</summary>
    public long Untaken => _written - _acked;

    /// <summary>
    /// Whether replies wait for the socket to take those before them; nothing else may be sent meanwhile.
    /// </summary>
    public bool HasRest => _rest is not null;

    /// <summary>The same, with what is held back.</summary>
    public long Unsent => Untaken + _heldLength;

    /// <summary>Sends what a writer holds, and leaves it empty and without a buffer.</summary>
    public void SendReplies(ReplyWriter reply)
    {
        if (reply.Parts.Length > 0)
        {
            _rest = new LargeReplies(reply.Detach());
            SendRest();
        }
        else if (reply.Length >= HandedOver)
        {
            var buffer = reply.Detach();
            Write(ByteString.FromBytes(buffer.Array, 0, buffer.Length), new SentArrays(buffer.Array));
        }
        else if (reply.Length > 0)
        {
            Write(ByteString.FromBytes(reply.ToArray()), null);
            reply.Dispose();
        }
    }

    /// <summary>Sends a message. Its memory belongs to the connection, so it is sent from there.</summary>
    public void Send(ReadOnlyMemory<byte> message) => Write(
        MemoryMarshal.TryGetArray(message, out var array)
            ? ByteString.FromBytes(array) : ByteString.CopyFrom(message.ToArray()), null);

    /// <summary>Keeps a message until <see cref="SendHeld"/>.</summary>
    public void Hold(ReadOnlyMemory<byte> message)
    {
        (_held ??= []).Add(message);
        _heldLength += message.Length;
    }

    /// <summary>Sends what was held back.</summary>
    public void SendHeld()
    {
        if (_held is null)
            return;
        foreach (var message in _held)
            Send(message);
        _held = null;
        _heldLength = 0;
    }

    /// <summary>The socket has taken what was written up to a position.</summary>
    public void Acknowledge(Taken taken)
    {
        taken.Arrays?.Return();
        _acked = taken.Position;
        if (_rest is not null)
            SendRest();
        handle.OutputBufferLength = Untaken > AckEvery ? Untaken : 0;
    }

    /// <summary>
    /// client-output-buffer-limit. Requests of a client that does not read wait instead, so what can grow without end
    /// is only what is sent unasked.
    /// </summary>
    public bool IsOver(OutputBufferLimit limit)
    {
        if (limit.HardBytes > 0 && Unsent > limit.HardBytes)
            return true;
        if (limit.SoftBytes == 0 || Unsent <= limit.SoftBytes)
        {
            _softLimitPassedMs = 0;
            return false;
        }

        var now = Environment.TickCount64;
        if (_softLimitPassedMs == 0)
            _softLimitPassedMs = now;
        return now - _softLimitPassedMs > limit.SoftSeconds * 1000L;
    }

    /// <summary>Gives up what has not been sent.</summary>
    public void Dispose()
    {
        _rest?.Dispose();
        _rest = null;
    }

    /// <summary>Sends of large replies as much as the socket may be ahead.</summary>
    private void SendRest()
    {
        while (_rest is { } rest && Untaken < Window)
        {
            var data = ByteString.Empty;
            var arrays = new SentArrays();
            for (var i = 0; i < PiecesAtOnce && !rest.IsAtEnd; i++)
            {
                var piece = PooledArray.Rent<byte>((int)Math.Min(PieceSize, rest.Remaining));
                var length = rest.Read(piece.AsSpan(0, Math.Min(piece.Length, PieceSize)));
                data += ByteString.FromBytes(piece, 0, length);
                arrays.Add(piece);
            }

            if (rest.IsAtEnd)
                Dispose();
            Write(data, arrays);
        }
    }

    private void Write(ByteString data, SentArrays? arrays)
    {
        _written += data.Count;
        if (arrays is null && _written - _ackAsked <= AckEvery)
        {
            socket.Tell(Tcp.Write.Create(data));
            return;
        }

        _ackAsked = _written;
        handle.OutputBufferLength = Untaken;
        socket.Tell(Tcp.Write.Create(data, new Taken(_written, arrays)));
    }

    /// <summary>All writes up to a position of the output stream have reached the operating system.</summary>
    public sealed class Taken(long position, SentArrays? arrays) : Tcp.Event
    {
        public long Position { get; } = position;

        /// <summary>What the last of them was sent from, if it is to be given back.</summary>
        public SentArrays? Arrays { get; } = arrays;
    }

    /// <summary>Arrays that go back to their pool when the socket is done with them.</summary>
    public sealed class SentArrays
    {
        private readonly byte[]?[] _arrays = new byte[]?[PiecesAtOnce];
        private int _count;

        public SentArrays(params ReadOnlySpan<byte[]> arrays)
        {
            foreach (var array in arrays)
                Add(array);
        }

        public void Add(byte[] array) => _arrays[_count++] = array;

        public void Return()
        {
            while (_count > 0)
                PooledArray.Return(_arrays[--_count]!);
        }
    }
}
