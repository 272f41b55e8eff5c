namespace RedisLite.Storage.Memory;

/// <summary>
/// Whether data lie in huge pages of the system, 2 MiB each: less work for the processor's address translation.
/// </summary>
public enum HugePages
{
    /// <summary>From 32 MB of data on, where the system has them.</summary>
    Auto,

    /// <summary>Always, where the system has them.</summary>
    On,

    /// <summary>Never, even if the system would.</summary>
    Off,
}
