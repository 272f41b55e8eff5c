using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>What this node has heard of the others, and when. Any thread; without transport and clock.</summary>
internal sealed class PeerTable(long startedAtMs)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, Peer> _peers = [];
    private readonly Dictionary<NodeId, long> _introduced = [];

    // When nothing was heard of anybody for want of listening: nobody is silent for longer than that.
    private long _listeningSinceMs = startedAtMs;

    public void Note(PeerStatus status, long nowMs)
    {
        lock (_gate)
        {
            var since = _peers.TryGetValue(status.Node, out var peer) ? peer.SinceMs : nowMs;
            _peers[status.Node] = new Peer(status, nowMs, since);
        }
    }

    /// <summary>A node is a member now, if it was not before: from this moment on it may be silent.</summary>
    public void Introduce(NodeId id, long nowMs)
    {
        lock (_gate)
            _introduced.TryAdd(id, nowMs);
    }

    /// <summary>This node has not listened for a while: it was stopped, or its bus was made anew.</summary>
    public void BeginListening(long nowMs)
    {
        lock (_gate)
            _listeningSinceMs = nowMs;
    }

    /// <summary>Forgets who is no member any more.</summary>
    public void KeepOnly(SlotMap map)
    {
        lock (_gate)
        {
            foreach (var id in _peers.Keys.Where(id => map.Find(id) is null).ToArray())
                _peers.Remove(id);
            foreach (var id in _introduced.Keys.Where(id => map.Find(id) is null).ToArray())
                _introduced.Remove(id);
        }
    }

    /// <summary>What a node said last; null when it has said nothing.</summary>
    public PeerStatus? StatusOf(NodeId id)
    {
        lock (_gate)
            return _peers.TryGetValue(id, out var peer) ? peer.Status : null;
    }

    /// <summary>When a node was last heard; else when listening to it began.</summary>
    public long HeardAtMs(NodeId id)
    {
        lock (_gate)
        {
            var since = Math.Max(_listeningSinceMs, _introduced.GetValueOrDefault(id, long.MinValue));
            return _peers.TryGetValue(id, out var peer) ? Math.Max(peer.HeardAtMs, since) : since;
        }
    }

    /// <summary>When a node was really heard last, and first; null when never.</summary>
    public (long FirstMs, long LastMs)? HeardOf(NodeId id)
    {
        lock (_gate)
            return _peers.TryGetValue(id, out var peer) ? (peer.SinceMs, peer.HeardAtMs) : null;
    }

    public long SilenceMs(NodeId id, long nowMs) => nowMs - HeardAtMs(id);

    private readonly record struct Peer(PeerStatus Status, long HeardAtMs, long SinceMs);
}
