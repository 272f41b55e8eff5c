using Akka.Actor;

namespace RedisLite.Cluster.Bus;

/// <summary>
/// Gives messages of other nodes' clients to this node's subscribers. An actor of its own: a flood of them must not
/// stand before votes and beats.
/// </summary>
internal sealed class PubSubActor(ClusterBus bus, INodeHost host) : UntypedActor
{
    public static Props Props(ClusterBus bus, INodeHost host) =>
        Akka.Actor.Props.Create(() => new PubSubActor(bus, host));

    protected override void OnReceive(object message)
    {
        if (message is not Publish publish)
        {
            Unhandled(message);
            return;
        }

        bus.Statistics.CountReceived();
        host.Deliver(publish.Channel.AsSpan(), publish.Message.AsSpan(), publish.IsSharded);
    }
}
