using System.Collections.Immutable;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>Who should vote on the maps to come. Pure.</summary>
/// <remarks>
/// All primaries with slots; where these are fewer than three, other nodes as well, so that the loss of one does not
/// stop the cluster. One version changes one voter, so the way there takes several.
/// </remarks>
internal static class VoterChoice
{
    private const int Fewest = 3;

    /// <summary>The map with one voter more or less; null when they are as they should be.</summary>
    /// <param name="map">The map in force.</param>
    /// <param name="isReachable">Only who answers becomes a voter: a silent one would only raise the majority.</param>
    public static SlotMap? Next(SlotMap map, Func<NodeId, bool> isReachable)
    {
        var wanted = Wanted(map, isReachable);
        foreach (var id in wanted)
            if (!map.Voters.Contains(id) && isReachable(id))
                return With(map, id, isVoter: true);
        foreach (var id in map.Voters)
            if (!wanted.Contains(id) && map.Voters.Count > 1)
                return With(map, id, isVoter: false);
        return null;
    }

    private static ImmutableSortedSet<NodeId> Wanted(SlotMap map, Func<NodeId, bool> isReachable)
    {
        var wanted = map.Nodes.Where(node => node.IsPrimary && map.CountSlots(node.Id) > 0).Select(node => node.Id)
            .ToImmutableSortedSet();
        if (wanted.Count >= Fewest)
            return wanted;

        // Those who vote already first, or two nodes that come and go would take turns.
        var others = map.Nodes.Where(node => !wanted.Contains(node.Id))
            .OrderByDescending(node => isReachable(node.Id)).ThenByDescending(node => map.Voters.Contains(node.Id))
            .ThenBy(node => node.Id).Take(Fewest - wanted.Count).Select(node => node.Id);
        return wanted.Union(others);
    }

    private static SlotMap With(SlotMap map, NodeId id, bool isVoter)
    {
        var edit = map.Edit();
        if (isVoter)
            edit.Voters.Add(id);
        else
            edit.Voters.Remove(id);
        return edit.Build();
    }
}
