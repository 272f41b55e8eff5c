namespace RedisLite.Cluster.Deciding;

/// <summary>How long a primary may go on without a majority, and how long voters wait for that to be over.</summary>
/// <param name="LeaseMs">For the primary, from the moment it asked: the node timeout.</param>
internal sealed record LeaseTimes(long LeaseMs)
{
    /// <summary>
    /// For a voter, from the moment it answered. Longer by a twentieth: enough as long as two clocks' rates differ by
    /// less than that.
    /// </summary>
    public long PromiseMs => LeaseMs + Math.Max(1, LeaseMs / 20);

    /// <summary>How often a primary asks.</summary>
    public long BeatMs => Math.Max(1, LeaseMs / 12);
}
