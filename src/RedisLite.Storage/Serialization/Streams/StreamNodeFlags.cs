namespace RedisLite.Storage.Serialization.Streams;

/// <summary>What the first number of a stream's entry in a listpack says.</summary>
[Flags]
internal enum StreamNodeFlags
{
    None = 0,
    Deleted = 1,

    /// <summary>The fields are those of the master entry, and only values follow.</summary>
    SameFields = 2,
}
