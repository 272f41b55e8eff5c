using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.IO;
using RedisLite.Connections.Tls;

namespace RedisLite.Connections;

/// <summary>A socket that carries a stream and no requests: a replica's, or the one to the primary.</summary>
/// <remarks>
/// What Akka.IO says of it is translated by <see cref="EventOf"/>, so that only this folder knows Akka.IO's types. Used
/// by one actor. Each piece that arrives is asked for with <see cref="Read"/>.
/// </remarks>
internal sealed class StreamSocket(IActorRef socket, string remoteAddress, string localAddress)
{
    private const int LargestCopy = 64 * 1024;

    public string RemoteAddress { get; } = remoteAddress;

    public string LocalAddress { get; } = localAddress;

    /// <summary>Begins to connect; the owner gets <see cref="Opened"/> or <see cref="Closed"/>.</summary>
    /// <param name="tcp">Akka.IO's manager; null for the system's own.</param>
    /// <param name="context">Of the owner, who uses the socket.</param>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">The port.</param>
    /// <param name="timeout">How long to try.</param>
    /// <param name="tls">Null for a connection without TLS.</param>
    /// <returns>Who tells of the connection, if that is known; to be stopped when it is given up.</returns>
    public static IActorRef Connect(
        IActorRef? tcp, IActorContext context, string host, int port, TimeSpan timeout, TlsContext? tls)
    {
        EndPoint endPoint = IPAddress.TryParse(host, out var address)
            ? new IPEndPoint(address, port)
            : new DnsEndPoint(host, port);
        var connect = new Tcp.Connect(endPoint, options: [new OutgoingOption()], timeout: timeout, pullMode: true);
        tcp ??= context.System.Tcp();
        if (tls?.Credentials is { } credentials)
            return context.ActorOf(TlsSocketActor.Connecting(tcp, connect, tls, credentials, context.Props.Dispatcher));
        tcp.Tell(connect, context.Self);
        return ActorRefs.Nobody;
    }

    /// <summary>What a message of Akka.IO's means; null if it is none.</summary>
    /// <param name="message">Any message.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="self">The owner.</param>
    public static object? EventOf(object message, IActorRef sender, IActorRef self)
    {
        switch (message)
        {
            case Tcp.Connected connected:
                sender.Tell(new Tcp.Register(self, keepOpenOnPeerClosed: false, useResumeWriting: false), self);
                return new Opened(
                    new StreamSocket(sender, $"{connected.RemoteAddress}", $"{connected.LocalAddress}"), sender);
            case Tcp.Received received:
                return new Arrived(received.Data);
            case Tcp.CommandFailed { Cmd: Tcp.Connect } failed:
                return new Closed(ReasonOf(failed));
            case Tcp.CommandFailed:
                return new Closed("what was sent could not be written");
            case Tcp.ErrorClosed error:
                return new Closed(error.Cause ?? "the connection broke");
            case Tcp.ConnectionClosed:
                return new Closed("the connection was closed");
            default:
                return null;
        }
    }

    /// <summary>Sends bytes, which belong to the socket from here on.</summary>
    public void Send(ReadOnlyMemory<byte> bytes, IActorRef self) =>
        socket.Tell(Tcp.Write.Create(StringOf(bytes)), self);

    /// <summary>Sends bytes; the sender gets the tag back when the operating system has them.</summary>
    public void Send(ReadOnlyMemory<byte> bytes, Written tag, IActorRef self) =>
        socket.Tell(Tcp.Write.Create(StringOf(bytes), tag), self);

    /// <summary>Sends several pieces in order.</summary>
    public void Send(IReadOnlyList<ReadOnlyMemory<byte>> pieces, Written tag, IActorRef self)
    {
        for (var i = 0; i < pieces.Count; i++)
        {
            // Native memory is copied, into arrays of a limited size.
            var piece = pieces[i];
            for (; piece.Length > LargestCopy && !MemoryMarshal.TryGetArray(piece, out _); piece = piece[LargestCopy..])
                Send(piece[..LargestCopy], self);
            if (i < pieces.Count - 1)
                Send(piece, self);
            else
                Send(piece, tag, self);
        }
    }

    /// <summary>Asks for what comes next.</summary>
    public void Read() => socket.Tell(Tcp.ResumeReading.Instance);

    /// <summary>Closes it at once.</summary>
    public void Abort(IActorRef self) => socket.Tell(Tcp.Abort.Instance, self);

    /// <summary>Akka.IO tells how often it has tried in place of a refusal.</summary>
    private static string ReasonOf(Tcp.CommandFailed failed) =>
        failed.Cause.HasValue && failed.Cause.Value.GetBaseException() is SocketException error
            ? error.Message
            : "nobody listens there, or it cannot be reached";

    private static ByteString StringOf(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var array)
        ? ByteString.FromBytes(array) : ByteString.FromBytes(bytes.ToArray());

    /// <summary>The connection stands.</summary>
    public sealed record Opened(StreamSocket Socket, IActorRef Actor);

    /// <summary>Bytes have arrived.</summary>
    public sealed class Arrived(ByteString data)
    {
        /// <summary>The same as Akka.IO has them: for <see cref="StreamInput"/>.</summary>
        public ByteString Data { get; } = data;

        public byte[] ToArray() => Data.ToArray();
    }

    /// <summary>It is closed, or was never open.</summary>
    public sealed record Closed(string Reason);

    /// <summary>What was sent with it has reached the operating system.</summary>
    public abstract class Written : Tcp.Event;

    private sealed class OutgoingOption : Inet.SocketOption
    {
        public override void BeforeConnect(Socket socket)
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        }
    }
}
