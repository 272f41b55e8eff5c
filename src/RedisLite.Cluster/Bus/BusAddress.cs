using Akka.Actor;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Bus;

/// <summary>Where a node's actors are.</summary>
internal static class BusAddress
{
    /// <summary>A node's own actor; null for a node whose address nobody knows.</summary>
    public static ActorSelection? Of(IActorContext context, ClusterNode node) =>
        node.Ip.Length == 0 ? null : Of(context, node.Ip, node.BusPort);

    public static ActorSelection Of(IActorContext context, string ip, int port, string actor = "node") =>
        context.ActorSelection(new RootActorPath(AddressOf(context, ip, port)) / "user" / actor);

    public static Address AddressOf(IActorContext context, string ip, int port)
    {
        var own = ((ExtendedActorSystem)context.System).Provider.DefaultAddress;
        return new Address(own.Protocol, own.System, ip, port);
    }
}
