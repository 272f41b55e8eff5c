using System.Collections.Immutable;

namespace RedisLite.Cluster.Map;

/// <summary>The next version of a slot map, in the making. One thread.</summary>
internal sealed class SlotMapEdit
{
    private readonly SlotMap? _before;
    private readonly SortedDictionary<NodeId, ClusterNode> _nodes = [];

    // Numbers as in the map before, then one for each new owner; the map that is built has numbers of its own.
    private readonly List<NodeId> _numbered = [default];
    private readonly ushort[] _owners = new ushort[SlotMap.SlotCount];

    /// <summary>The first version of all.</summary>
    public SlotMapEdit() => Voters = [];

    internal SlotMapEdit(SlotMap before)
    {
        _before = before;
        (Cluster, Version, Epoch) = (before.Cluster, before.Version + 1, before.Epoch);
        Voters = new SortedSet<NodeId>(before.Voters);
        foreach (var node in before.Nodes)
        {
            _nodes.Add(node.Id, node);
            _numbered.Add(node.Id);
        }

        before.Owners.CopyTo(_owners);
    }

    public NodeId Cluster { get; set; }

    public long Version { get; init; }

    public long Epoch { get; set; }

    public SortedSet<NodeId> Voters { get; }

    public ClusterNode this[NodeId id] => _nodes[id];

    /// <summary>Adds a member, or replaces what is known of it.</summary>
    public SlotMapEdit Put(ClusterNode node)
    {
        _nodes[node.Id] = node;
        Epoch = Math.Max(Epoch, node.ConfigEpoch);
        return this;
    }

    /// <summary>Removes a member; its slots are nobody's.</summary>
    public SlotMapEdit Remove(NodeId id)
    {
        _nodes.Remove(id);
        Reassign(id, default);
        foreach (var replica in _nodes.Values.Where(node => node.Primary == id).ToArray())
            _nodes[replica.Id] = replica with { Primary = default };
        return this;
    }

    /// <summary>Gives a slot to a member, or to nobody.</summary>
    public SlotMapEdit Assign(int slot, NodeId owner) => Assign(new SlotRange(slot, slot), owner);

    public SlotMapEdit Assign(SlotRange range, NodeId owner)
    {
        _owners.AsSpan(range.First, range.Last - range.First + 1).Fill(NumberOf(owner));
        return this;
    }

    public NodeId OwnerOf(int slot) => _numbered[_owners[slot]];

    /// <summary>
    /// Puts a replica in its primary's place, with a new epoch; the former primary and its replicas follow it.
    /// </summary>
    public SlotMapEdit Promote(NodeId replica)
    {
        var former = _nodes[replica].Primary;
        Put(_nodes[replica] with { Primary = default, ConfigEpoch = Epoch + 1 });
        Reassign(former, replica);
        foreach (var node in _nodes.Values.Where(node => node.Id == former || node.Primary == former).ToArray())
            _nodes[node.Id] = node with { Primary = replica };
        return this;
    }

    /// <exception cref="InvalidOperationException">The change breaks what the voters rely on: a mistake of the
    /// caller.</exception>
    public SlotMap Build()
    {
        var (owners, nodes) = Renumber();
        var takes = TakesSlots();
        var changed = _before is null ? 0 : _before.Voters.SymmetricExcept(Voters).Count;
        if (changed > 1 && _before!.Voters.Count > 0)
            throw new InvalidOperationException("one version changes one voter at most");
        if (changed != 0 && takes)
            throw new InvalidOperationException("one version does not change voters and take slots");
        return new SlotMap(this, owners, nodes, takes, changed != 0 || _before is null ? Version
            : _before.VotersVersion);
    }

    /// <summary>The map as it was written down, whatever the version before was.</summary>
    internal SlotMap Restore(bool takesSlots, long votersVersion)
    {
        var (owners, nodes) = Renumber();
        return new SlotMap(this, owners, nodes, takesSlots, votersVersion);
    }

    private (ushort[] Owners, ImmutableArray<ClusterNode> Nodes) Renumber()
    {
        ImmutableArray<ClusterNode> nodes = [.. _nodes.Values];
        var places = new Dictionary<NodeId, ushort> { [default] = 0 };
        for (var i = 0; i < nodes.Length; i++)
            places[nodes[i].Id] = (ushort)(i + 1);
        var numbers = _numbered.ConvertAll(id => places.GetValueOrDefault(id, ushort.MaxValue)).ToArray();
        var owners = new ushort[SlotMap.SlotCount];
        for (var slot = 0; slot < owners.Length; slot++)
            owners[slot] = numbers[_owners[slot]];
        return owners.AsSpan().Contains(ushort.MaxValue)
            ? throw new InvalidOperationException("a slot is for somebody who is no member")
            : (owners, nodes);
    }

    private bool TakesSlots()
    {
        for (var slot = 0; _before is not null && slot < _owners.Length; slot++)
            if (_before.Owners[slot] is > 0 and var former && former != _owners[slot])
                return true;
        return false;
    }

    private ushort NumberOf(NodeId id)
    {
        var number = _numbered.IndexOf(id);
        if (number >= 0)
            return (ushort)number;
        _numbered.Add(id);
        return (ushort)(_numbered.Count - 1);
    }

    private void Reassign(NodeId from, NodeId to)
    {
        var (before, after) = (NumberOf(from), NumberOf(to));
        _owners.AsSpan().Replace(before, after);
    }
}
