using Akka.Actor;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;
using RedisLite.Commands.Server;

namespace RedisLite.Cluster.Bus;

/// <summary>CLUSTER MEET: how nodes that do not know each other become members of one cluster.</summary>
/// <remarks>
/// <code>
///   who meets      who is met
///   alone          alone           the one that is met begins a cluster, and takes the other in
///   alone          of a cluster    the cluster takes it in
///   of a cluster   alone           it is asked to greet back, and taken in
///   of a cluster   of another      refused, and logged: clusters are not merged
/// </code>
/// A node that alone makes up its cluster counts as alone. Greetings are sent again until the map names both; what they
/// ask for means the same however often it is asked. Belongs to the node's actor.
/// </remarks>
/// <param name="bus">The bus.</param>
/// <param name="host">This node.</param>
/// <param name="self">The node's actor.</param>
internal sealed class Meetings(ClusterBus bus, INodeHost host, IActorRef self)
{
    private static readonly TimeSpan JoinTimeout = TimeSpan.FromSeconds(10);

    private long _addressToldAtMs = long.MinValue / 2;

    public required Action<ClusterNode, object> Send { get; init; }

    /// <summary>Sends to an address and port of a bus.</summary>
    public required Action<string, int, object> SendTo { get; init; }

    /// <summary>A cluster has begun with this node.</summary>
    public required Action<SlotMap> Formed { get; init; }

    private NodeCore Core => bus.Core;

    private bool IsAlone => Core.InForce.Nodes.Length <= 1;

    /// <summary>Greets whom CLUSTER MEET has named.</summary>
    public void Tick()
    {
        if (bus.NextMeet() is not { } target)
            return;
        var map = Core.InForce;
        var isSelf = target.Ip == host.Announced.Ip && target.BusPort == host.Announced.BusPort;
        var isMember = !IsAlone && (target.IsSeed
            || map.Nodes.Any(node => node.Ip == target.Ip && node.BusPort == target.BusPort));
        if (isSelf || isMember)
        {
            if (isSelf)
                host.Log(LogVerbosity.Warning, $"{target.Ip}:{target.Port} was not met: it is this node itself");
            bus.EndMeet(target);
            return;
        }

        if (IsAlone && Core.IsFormed)
        {
            // Whoever is just being taken in here would be left behind.
            if (bus.Adding.IsEmpty)
                Unform();
            return;
        }

        SendTo(target.Ip, target.BusPort, Greeting());
    }

    public void Handle(Greet greet, IActorRef sender)
    {
        var other = greet.Node;
        if (other.Id == Core.Self)
        {
            host.Log(LogVerbosity.Warning, $"{other.Ip}:{other.Port} was not met: it has the name of this node");
            return;
        }

        var map = Core.InForce;
        if (Core.IsFormed && map.Find(other.Id) is { } known)
        {
            Welcome(known, greet, sender);
            return;
        }

        if (greet.Members > 1 && !IsAlone)
        {
            sender.Tell(new Greeted(
                Core.Self, "both are of clusters of several nodes, and these are not merged"), self);
        }
        else if (greet.Members > 1)
        {
            if (!Core.IsFormed)
                sender.Tell(Greeting(), self);
            else if (bus.Adding.IsEmpty)
                Unform();
        }
        else if (!IsJoining || (IsMeeting(other) && Core.Self.CompareTo(other.Id) < 0))
        {
            TakeIn(greet);
        }
        else
        {
            sender.Tell(new Greeted(Core.Self, ""), self);
        }
    }

    /// <summary>
    /// Whether somebody may be taking this node in. Then it begins no cluster, or it would be of two: who greets it
    /// comes again. Of two that meet each other at once, the one with the lower name begins.
    /// </summary>
    private bool IsJoining => IsAlone && bus.Adding.IsEmpty && (bus.AwaitsSeeds || bus.NextMeet() is not null);

    public void Handle(Greeted greeted)
    {
        if (bus.NextMeet() is not { } target)
            return;
        if (greeted.Refusal.Length == 0)
        {
            bus.ExtendMeet(target);
            return;
        }

        host.Log(LogVerbosity.Warning, $"{target.Ip}:{target.Port} was not met: {greeted.Refusal}");
        bus.EndMeet(target);
    }

    /// <summary>The cluster is told when this node is reached elsewhere than the map says.</summary>
    public void KeepAddress(bool hearsLeader)
    {
        var me = Core.InForce.Find(Core.Self);
        var now = host.Announced;
        if (me is null || Core.NowMs - _addressToldAtMs < 1_000 || (me.Ip == now.Ip && me.Port == now.Port
            && me.BusPort == now.BusPort && me.Hostname == now.Hostname))
            return;
        _addressToldAtMs = Core.NowMs;
        var move = new MoveMember(me.Id, now.Ip, now.Port, now.BusPort, now.Hostname);
        if (hearsLeader && !bus.Proposals.Contains(move))
            bus.Propose(move, JoinTimeout, static _ => { });
        foreach (var node in Core.InForce.Nodes)
            if (node.Id != Core.Self)
                Send(node, Greeting());
    }

    private Greet Greeting()
    {
        var map = Core.InForce;
        var me = map.Find(Core.Self)!;
        var now = host.Announced;
        return new Greet(
            me with { Ip = now.Ip, Port = now.Port, BusPort = now.BusPort, Hostname = now.Hostname },
            map.Cluster, map.Nodes.Length, [.. map.RangesOf(Core.Self)]);
    }

    private bool IsMeeting(ClusterNode other) =>
        bus.NextMeet() is { } target && target.Ip == other.Ip && target.BusPort == other.BusPort;

    /// <summary>A member greets: it does not know that it is one, or is reached elsewhere now.</summary>
    private void Welcome(ClusterNode known, Greet greet, IActorRef sender)
    {
        if (Core.Decision is { } decision)
            sender.Tell(decision, self);
        var node = greet.Node;
        var move = new MoveMember(node.Id, node.Ip, node.Port, node.BusPort, node.Hostname);
        var isMoved = known.Ip != node.Ip || known.Port != node.Port || known.BusPort != node.BusPort
            || known.Hostname != node.Hostname;
        if (isMoved && greet.Cluster == Core.InForce.Cluster && !bus.Proposals.Contains(move))
            bus.Propose(move, JoinTimeout, static _ => { });
    }

    private void TakeIn(Greet greet)
    {
        try
        {
            if (!Core.IsFormed)
            {
                Formed(Core.Form().Map);
                host.Log(LogVerbosity.Notice, $"This node has met {greet.Node.Id}: a cluster begins");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            host.Log(LogVerbosity.Warning, $"No cluster can begin here: {error.Message}");
            return;
        }

        var add = new AddMember(greet.Node, greet.Slots);
        if (bus.Adding.TryAdd(greet.Node.Id, true))
            bus.Propose(add, JoinTimeout, result =>
            {
                bus.Adding.TryRemove(greet.Node.Id, out _);
                if (result.Error.Length > 0)
                    host.Log(LogVerbosity.Warning, $"{greet.Node.Id} was not taken in: {result.Error}");
            });
    }

    /// <summary>Its own cluster of one ends, to become a member of the other one.</summary>
    private void Unform()
    {
        host.Unform();
        bus.Core.Reset();
        bus.Renew("this node leaves its cluster of one to become a member of another");
    }
}
