namespace RedisLite.Cluster.Map;

/// <summary>What a node sees of another one, beside the map.</summary>
/// <param name="IsSuspected">It does not answer; nobody has decided anything yet.</param>
/// <param name="IsFailed">It is taken for dead.</param>
/// <param name="PingSentMs">When it was asked without having answered yet; 0 for never.</param>
/// <param name="PongReceivedMs">When it last answered; 0 for never.</param>
/// <param name="Offset">How far its data is.</param>
internal readonly record struct NodeSight(bool IsSuspected, bool IsFailed, long PingSentMs, long PongReceivedMs,
    long Offset);
