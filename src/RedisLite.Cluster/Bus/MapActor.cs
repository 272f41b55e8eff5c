using System.Collections.Immutable;
using Akka.Actor;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Bus;

/// <summary>
/// Does what waits for the stripes: puts maps in force, and holds writers. On a thread of its own, so that votes and
/// beats go on while a long command runs.
/// </summary>
internal sealed class MapActor(ClusterBus bus, INodeHost host) : UntypedActor
{
    public static Props Props(ClusterBus bus, INodeHost host) =>
        Akka.Actor.Props.Create(() => new MapActor(bus, host)).WithDispatcher("akka.actor.map-dispatcher");

    // A map that the bus had no time for before it ended, or that a fault came in the way of.
    protected override void PreStart()
    {
        if (bus.Core.Unapplied is { } map)
            Self.Tell(new Apply(map));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Apply apply:
                host.PutInForce(apply.Map);
                bus.Core.NoteApplied(apply.Map);
                if (!bus.Core.IsHandingOver)
                    host.ReleaseWriters();
                bus.Core.Peers.KeepOnly(apply.Map);
                bus.Proposals.NoteApplied(apply.Map.Version);
                if (apply.Map.Find(bus.Core.Self) is null)
                {
                    bus.Proposals.EndAll();
                    bus.Renew("this node is a member no longer");
                }

                break;
            case Rest:
                host.SaveRest();
                break;
            case See see:
                host.PutSight(see.IsServing, see.Failed);
                break;
            case AskConsent ask:
                Sender.Tell(bus.Core.Handle(ask));
                if (!bus.Core.IsHandingOver)
                    host.ReleaseWriters();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>A map is decided.</summary>
    public sealed record Apply(SlotMap Map);

    /// <summary>Nothing has happened for a while.</summary>
    public sealed record Rest
    {
        public static Rest Instance { get; } = new();
    }

    /// <summary>What this node sees has changed.</summary>
    public sealed record See(bool IsServing, ImmutableArray<NodeId> Failed);
}
