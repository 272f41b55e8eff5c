using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>
/// Gives a primary that has lost all its replicas one of another that has more than it needs
/// (<c>cluster-migration-barrier</c>).
/// </summary>
/// <remarks>
/// As in Redis, only a primary that has had replicas is helped: those that are gone still stand in the map. It waits a
/// while, since most of what is gone comes back. One thread, the leader's.
/// </remarks>
internal sealed class ReplicaMigration(PeerTable peers)
{
    private const long DelayMs = 5_000;

    private readonly Dictionary<NodeId, long> _orphanedSinceMs = [];

    /// <summary>The change to propose; null for none.</summary>
    /// <param name="map">The map in force.</param>
    /// <param name="isAlive">Whether a node answers.</param>
    /// <param name="barrier">So many replicas stay with a primary.</param>
    /// <param name="nowMs">The time.</param>
    public FollowPrimary? Next(SlotMap map, Func<NodeId, bool> isAlive, int barrier, long nowMs)
    {
        var primaries = map.Nodes.Where(node => node.IsPrimary && map.CountSlots(node.Id) > 0 && isAlive(node.Id))
            .ToList();
        var orphans = primaries.Where(node => IsOrphan(map, node, isAlive)).Select(node => node.Id).ToHashSet();
        foreach (var id in _orphanedSinceMs.Keys.Where(id => !orphans.Contains(id)).ToArray())
            _orphanedSinceMs.Remove(id);
        foreach (var id in orphans)
            _orphanedSinceMs.TryAdd(id, nowMs);
        var waiting = orphans.Where(id => nowMs - _orphanedSinceMs[id] >= DelayMs).Order().ToList();
        if (waiting.Count == 0)
            return null;
        var giver = primaries.Select(node => map.ReplicasOf(node.Id).Where(replica => isAlive(replica.Id)).ToList())
            .Where(replicas => replicas.Count > barrier).MaxBy(replicas => replicas.Count);
        var given = giver?.FirstOrDefault(replica => peers.StatusOf(replica.Id) is { MayMigrate: true });
        return given is null ? null : new FollowPrimary(given.Id, waiting[0]);
    }

    private static bool IsOrphan(SlotMap map, ClusterNode primary, Func<NodeId, bool> isAlive)
    {
        var replicas = map.ReplicasOf(primary.Id).ToList();
        return replicas.Count > 0 && !replicas.Exists(replica => isAlive(replica.Id));
    }
}
