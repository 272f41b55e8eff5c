namespace RedisLite.Commands.Execution;

/// <summary>What a node knows of its cluster, in numbers.</summary>
public readonly record struct ClusterFigures
{
    /// <summary>Whether keys are served.</summary>
    public bool IsServing { get; init; }

    /// <summary>Whether this node proposes the maps.</summary>
    public bool IsLeading { get; init; }

    /// <summary>Slots with an owner.</summary>
    public int SlotsAssigned { get; init; }

    /// <summary>Of them, those of this node.</summary>
    public int SlotsOwned { get; init; }

    /// <summary>Slots of owners that this node hears nothing of.</summary>
    public int SlotsSuspected { get; init; }

    /// <summary>Slots of owners that are taken for dead.</summary>
    public int SlotsFailed { get; init; }

    /// <summary>Members of the cluster, this node included.</summary>
    public int Nodes { get; init; }

    /// <summary>Of them, those that are taken for dead.</summary>
    public int NodesFailed { get; init; }

    /// <summary>Primaries with slots.</summary>
    public int Size { get; init; }

    /// <summary>Nodes that vote on maps.</summary>
    public int Voters { get; init; }

    /// <summary>The highest epoch of the map.</summary>
    public long Epoch { get; init; }

    /// <summary>This node's, or its primary's.</summary>
    public long OwnEpoch { get; init; }

    /// <summary>Of the map: how many changes were decided.</summary>
    public long Version { get; init; }

    /// <summary>Changes that this node has asked for and that are not decided.</summary>
    public int Proposals { get; init; }

    /// <summary>Messages of the bus that were sent.</summary>
    public long MessagesSent { get; init; }

    /// <summary>Messages of the bus that came.</summary>
    public long MessagesReceived { get; init; }

    /// <summary>How often the bus has begun anew.</summary>
    public long BusRenewals { get; init; }
}
