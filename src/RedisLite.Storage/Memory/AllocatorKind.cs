namespace RedisLite.Storage.Memory;

/// <summary>Where memory for keys and values comes from.</summary>
public enum AllocatorKind
{
    /// <summary>Slabs of our own in mapped memory; malloc where the system is not Linux with 64 bits.</summary>
    Slabs,

    /// <summary>The C library's malloc.</summary>
    Malloc,
}
