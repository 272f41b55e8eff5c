using System.Globalization;
using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Cluster.Map;

/// <summary>A slot map in the words of CLUSTER NODES, SLOTS, SHARDS and INFO.</summary>
/// <param name="map">The map in force.</param>
/// <param name="self">Who answers.</param>
/// <param name="sight">What it sees of the others.</param>
internal sealed class MapRendering(SlotMap map, NodeId self, Func<NodeId, NodeSight> sight)
{
    /// <summary>Slots that the answering node has on their way; only it tells.</summary>
    public LocalSlots Slots { get; init; } = LocalSlots.None;

    /// <summary>What clients are to connect to, as <c>cluster-preferred-endpoint-type</c> has it.</summary>
    public EndpointKind Endpoint { get; init; }

    /// <summary>CLUSTER NODES.</summary>
    public string Nodes()
    {
        var text = new StringBuilder();
        foreach (var node in map.Nodes)
            AppendNode(text, node);
        return text.ToString();
    }

    /// <summary>A line of CLUSTER NODES; also an element of CLUSTER REPLICAS, without the line's end.</summary>
    public string Line(ClusterNode node)
    {
        var text = new StringBuilder();
        AppendNode(text, node);
        return text.ToString(0, text.Length - 1);
    }

    /// <summary>CLUSTER SLOTS.</summary>
    public void WriteSlots(ReplyWriter reply)
    {
        var ranges = map.Nodes.Where(node => node.IsPrimary)
            .SelectMany(node => map.RangesOf(node.Id).Select(range => (Range: range, Owner: node)))
            .OrderBy(pair => pair.Range.First).ToList();
        reply.Array(ranges.Count);
        foreach (var (range, owner) in ranges)
        {
            var replicas = map.ReplicasOf(owner.Id).Where(replica => !sight(replica.Id).IsFailed).ToList();
            reply.Array(3 + replicas.Count);
            reply.Integer(range.First);
            reply.Integer(range.Last);
            WriteEndpoint(reply, owner);
            foreach (var replica in replicas)
                WriteEndpoint(reply, replica);
        }
    }

    /// <summary>CLUSTER SHARDS.</summary>
    public void WriteShards(ReplyWriter reply)
    {
        var primaries = map.Nodes.Where(node => node.IsPrimary).ToList();
        reply.Array(primaries.Count);
        foreach (var primary in primaries)
        {
            var ranges = map.RangesOf(primary.Id).ToList();
            ClusterNode[] members = [primary, .. map.ReplicasOf(primary.Id)];
            reply.Map(2);
            Text(reply, "slots");
            reply.Array(ranges.Count * 2);
            foreach (var range in ranges)
            {
                reply.Integer(range.First);
                reply.Integer(range.Last);
            }

            Text(reply, "nodes");
            reply.Array(members.Length);
            foreach (var node in members)
                WriteShardNode(reply, node);
        }
    }

    private void AppendNode(StringBuilder text, ClusterNode node)
    {
        var seen = sight(node.Id);
        text.Append(CultureInfo.InvariantCulture, $"{node.Id} {node.Ip}:{node.Port}@{node.BusPort}");
        if (node.Hostname.Length != 0)
            text.Append(',').Append(node.Hostname);
        text.Append(' ').Append(node.Id == self ? "myself," : "").Append(node.IsPrimary ? "master" : "slave");
        if (seen.IsFailed)
            text.Append(",fail");
        else if (seen.IsSuspected)
            text.Append(",fail?");
        text.Append(CultureInfo.InvariantCulture,
            $" {node.Primary} {seen.PingSentMs} {seen.PongReceivedMs} {node.ConfigEpoch} ")
            .Append(seen.IsFailed || seen.IsSuspected ? "disconnected" : "connected");
        foreach (var range in map.RangesOf(node.Id))
            text.Append(' ').Append(range);
        if (node.Id == self)
        {
            foreach (var (slot, to) in Slots.Migrating)
                text.Append(CultureInfo.InvariantCulture, $" [{slot}->-{to}]");
            foreach (var (slot, from) in Slots.Importing)
                text.Append(CultureInfo.InvariantCulture, $" [{slot}-<-{from}]");
        }

        text.Append('\n');
    }

    private void WriteEndpoint(ReplyWriter reply, ClusterNode node)
    {
        reply.Array(4);
        WritePreferred(reply, node);
        reply.Integer(node.Port);
        Text(reply, node.Id.ToString());
        var hasIp = Endpoint != EndpointKind.Ip;
        var hasHostname = Endpoint != EndpointKind.Hostname && node.Hostname.Length != 0;
        reply.Map((hasIp ? 1 : 0) + (hasHostname ? 1 : 0));
        if (hasIp)
        {
            Text(reply, "ip");
            Text(reply, node.Ip);
        }

        if (hasHostname)
        {
            Text(reply, "hostname");
            Text(reply, node.Hostname);
        }
    }

    private void WritePreferred(ReplyWriter reply, ClusterNode node)
    {
        if (Endpoint == EndpointKind.Unknown)
            reply.Null();
        else if (Endpoint == EndpointKind.Hostname)
            Text(reply, node.Hostname.Length == 0 ? "?" : node.Hostname);
        else
            Text(reply, node.Ip);
    }

    private void WriteShardNode(ReplyWriter reply, ClusterNode node)
    {
        var seen = sight(node.Id);
        reply.Map(node.Hostname.Length == 0 ? 7 : 8);
        Text(reply, "id");
        Text(reply, node.Id.ToString());
        Text(reply, "port");
        reply.Integer(node.Port);
        Text(reply, "ip");
        Text(reply, node.Ip);
        Text(reply, "endpoint");
        WritePreferred(reply, node);
        if (node.Hostname.Length != 0)
        {
            Text(reply, "hostname");
            Text(reply, node.Hostname);
        }

        Text(reply, "role");
        Text(reply, node.IsPrimary ? "master" : "replica");
        Text(reply, "replication-offset");
        reply.Integer(seen.Offset);
        Text(reply, "health");
        Text(reply, seen.IsFailed || seen.IsSuspected ? "fail" : "online");
    }

    private static void Text(ReplyWriter reply, string text) => reply.Bulk(Encoding.UTF8.GetBytes(text));
}

/// <summary>What a client is told to connect to.</summary>
internal enum EndpointKind
{
    Ip,
    Hostname,
    Unknown,
}
