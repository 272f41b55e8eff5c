namespace RedisLite.Configuration;

/// <summary>Section <c>replication</c>: copies of the data on other servers.</summary>
public sealed record ReplicationSettings
{
    [Setting("replica-read-only")]
    public required bool ReplicaReadOnly { get; init; }
}
