using System.Net;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;

namespace RedisLite.Replication;

/// <summary>A replica of this server: the client, and what it has said of itself.</summary>
internal sealed record ReplicaLink(ClientSession Session, ReplicaPeer Peer)
{
    /// <summary>Where clients find it.</summary>
    public string Address => Peer.Address is { Length: > 0 } announced ? announced
        : IPEndPoint.TryParse(Session.Connection.RemoteAddress, out var endPoint)
            ? (endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address).ToString()
            : Session.Connection.RemoteAddress;

    /// <summary>Whether it is what somebody means by an address.</summary>
    public bool IsAt(PrimaryAddress address) =>
        Peer.ListeningPort == address.Port && (Address == address.Host || (address.Host == "localhost" && IsLoopback));

    private bool IsLoopback => IPAddress.TryParse(Address, out var address) && IPAddress.IsLoopback(address);

    /// <summary>For the log.</summary>
    public string Name => $"{Address}:{Peer.ListeningPort}";

    public ReplicaReport Report(ReplicationHistory history, long nowMs) => new(
        Address,
        Peer.ListeningPort,
        Peer.State,
        Peer.AckedPosition < 0 && Peer.AckedAtMs == 0 ? 0 : history.OffsetOf(Peer.AckedPosition),
        Peer.State == ReplicaPeerState.Online ? Math.Max(0, nowMs - Peer.AckedAtMs) / 1000 : 0);
}
