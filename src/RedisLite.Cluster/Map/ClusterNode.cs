namespace RedisLite.Cluster.Map;

/// <summary>A member as the slot map knows it. Its slots stand in the map, not here.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Ip">Where clients reach it; empty while nobody knows.</param>
/// <param name="Port">For clients.</param>
/// <param name="BusPort">For other nodes.</param>
internal sealed record ClusterNode(NodeId Id, string Ip, int Port, int BusPort)
{
    /// <summary>A name that clients may be told; empty for none.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>The primary that it follows; none for a primary.</summary>
    public NodeId Primary { get; init; }

    /// <summary>The epoch of its claim to its slots: of two claims the higher wins.</summary>
    public long ConfigEpoch { get; init; }

    public bool IsPrimary => Primary.IsNone;
}
