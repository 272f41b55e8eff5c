using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Serving;

/// <summary>
/// Nodes that were removed within the last minute: CLUSTER FORGET is sent to every node of a cluster, and the first has
/// done it already. Any thread.
/// </summary>
internal sealed class RecentNodes
{
    private const long KeptMs = 60_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, long> _removed = [];

    public void Add(NodeId id)
    {
        lock (_gate)
            _removed[id] = Environment.TickCount64;
    }

    public bool Contains(NodeId id)
    {
        lock (_gate)
        {
            foreach (var (old, at) in _removed.ToArray())
                if (Environment.TickCount64 - at > KeptMs)
                    _removed.Remove(old);
            return _removed.ContainsKey(id);
        }
    }
}
