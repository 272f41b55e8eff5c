namespace RedisLite.Storage.Keyspaces;

/// <summary>Who takes the stripes' locks in a walk.</summary>
public enum StripeAccess
{
    /// <summary>The walk, one stripe at a time, shared. LOCK: the caller holds none.</summary>
    TakeEach,

    /// <summary>The caller holds all, at least shared, as inside EXEC.</summary>
    HeldByCaller,
}
