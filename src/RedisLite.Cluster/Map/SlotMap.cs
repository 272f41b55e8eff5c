using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace RedisLite.Cluster.Map;

/// <summary>
/// Who the members are, who owns each slot, and who votes on the next map. What the voters decide, one version after
/// the other.
/// </summary>
/// <remarks>
/// Immutable: any thread. A next version is made by <see cref="Edit"/>.
///
/// <code>
///     owners  [ 1 ][ 1 ][ 1 ] ... [ 2 ][ 2 ][ 0 ]      one number a slot: 0 for nobody, else 1 + an index of
///     nodes   [ a ][ b ][ c ]                          the members, which are in the order of their names
/// </code>
///
/// INVARIANT: one version changes the voters by at most one, and never the voters and a slot's owner together. The
/// proofs of
/// <see cref="Deciding.Voter"/> rely on both.
/// </remarks>
internal sealed class SlotMap
{
    public const int SlotCount = 16_384;

    private readonly ushort[] _owners;

    internal SlotMap(SlotMapEdit edit, ushort[] owners, ImmutableArray<ClusterNode> nodes, bool takesSlots,
        long votersVersion)
    {
        (Cluster, Version, Epoch) = (edit.Cluster, edit.Version, edit.Epoch);
        (Nodes, Voters) = (nodes, [.. edit.Voters]);
        (TakesSlots, VotersVersion) = (takesSlots, votersVersion);
        _owners = owners;
        Digest = ComputeDigest();
    }

    /// <summary>The map of a node that has met nobody.</summary>
    public static SlotMap Unformed { get; } = new SlotMapEdit().Build();

    /// <summary>What tells the maps of one cluster from another's; none while unformed.</summary>
    public NodeId Cluster { get; }

    /// <summary>Grows by one with each decision.</summary>
    public long Version { get; }

    /// <summary>The highest epoch that any member has.</summary>
    public long Epoch { get; }

    /// <summary>The version in which the voters last changed.</summary>
    public long VotersVersion { get; }

    /// <summary>
    /// Whether somebody had a slot in the version before that is another's, or nobody's, in this one.
    /// </summary>
    public bool TakesSlots { get; }

    /// <summary>In the order of their names.</summary>
    public ImmutableArray<ClusterNode> Nodes { get; }

    /// <summary>Who decides on the next version.</summary>
    public ImmutableSortedSet<NodeId> Voters { get; }

    /// <summary>Equal for equal content.</summary>
    public ulong Digest { get; }

    public int Majority => (Voters.Count / 2) + 1;

    /// <summary>The number of each slot's owner; see the type's remarks.</summary>
    internal ReadOnlySpan<ushort> Owners => _owners;

    public ClusterNode? OwnerOf(int slot) => _owners[slot] is > 0 and var number ? Nodes[number - 1] : null;

    public bool Owns(NodeId id, int slot) => _owners[slot] is > 0 and var number && Nodes[number - 1].Id == id;

    public ClusterNode? Find(NodeId id)
    {
        var index = IndexOf(id);
        return index < 0 ? null : Nodes[index];
    }

    /// <summary>A member's slots, ascending.</summary>
    public IEnumerable<SlotRange> RangesOf(NodeId id)
    {
        var number = IndexOf(id) + 1;
        for (var first = 0; number > 0 && first < SlotCount; first++)
        {
            if (_owners[first] != number)
                continue;
            var last = first;
            while (last + 1 < SlotCount && _owners[last + 1] == number)
                last++;
            yield return new SlotRange(first, last);
            first = last;
        }
    }

    public int CountSlots(NodeId id)
    {
        var number = IndexOf(id) + 1;
        return number == 0 ? 0 : _owners.AsSpan().Count((ushort)number);
    }

    /// <summary>Slots that have an owner.</summary>
    public int CountAssigned() => SlotCount - _owners.AsSpan().Count((ushort)0);

    public IEnumerable<ClusterNode> ReplicasOf(NodeId primary) => Nodes.Where(node => node.Primary == primary);

    /// <summary>Whether a member has a slot here that it has not in a later map.</summary>
    public bool LosesSlots(NodeId id, SlotMap later)
    {
        var (before, after) = (IndexOf(id) + 1, later.IndexOf(id) + 1);
        if (before == 0)
            return false;
        for (var slot = 0; slot < SlotCount; slot++)
            if (_owners[slot] == before && later._owners[slot] != after)
                return true;
        return false;
    }

    /// <summary>
    /// Marks the slots that a member has here and had not in an earlier map; false when there are none.
    /// </summary>
    public bool MarkGained(NodeId id, SlotMap earlier, bool[] gained)
    {
        var (before, after) = (earlier.IndexOf(id) + 1, IndexOf(id) + 1);
        var any = false;
        for (var slot = 0; after > 0 && slot < SlotCount; slot++)
            if (_owners[slot] == after && (before == 0 || earlier._owners[slot] != before))
            {
                Volatile.Write(ref gained[slot], true);
                any = true;
            }

        return any;
    }

    /// <summary>Begins the next version.</summary>
    public SlotMapEdit Edit() => new(this);

    private int IndexOf(NodeId id)
    {
        var (low, high) = (0, Nodes.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = Nodes[middle].Id.CompareTo(id);
            if (order == 0)
                return middle;
            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    private ulong ComputeDigest()
    {
        var text = new StringBuilder();
        text.Append(Cluster).Append(' ').Append(Version).Append(' ').Append(Epoch).Append(' ').Append(VotersVersion);
        text.Append(' ').Append(TakesSlots).AppendLine();
        foreach (var node in Nodes)
            text.Append(node).AppendLine();
        foreach (var voter in Voters)
            text.Append(voter).Append(' ');
        var hash = new XxHash3();
        hash.Append(MemoryMarshal.AsBytes(_owners.AsSpan()));
        hash.Append(Encoding.UTF8.GetBytes(text.ToString()));
        return hash.GetCurrentHashAsUInt64();
    }
}
