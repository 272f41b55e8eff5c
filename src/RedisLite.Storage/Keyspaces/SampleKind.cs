namespace RedisLite.Storage.Keyspaces;

/// <summary>Which keys a sample is taken from.</summary>
public enum SampleKind
{
    /// <summary>Any key; longer chains give each of theirs less of a chance.</summary>
    Any,

    /// <summary>Any key with an expiry time, all alike.</summary>
    Expiring,

    /// <summary>The key that expires first.</summary>
    EarliestExpiring,
}
