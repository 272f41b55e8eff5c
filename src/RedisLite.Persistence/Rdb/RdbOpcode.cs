namespace RedisLite.Persistence.Rdb;

/// <summary>
/// The bytes of an RDB file that stand where a type could stand, and announce something else than a value.
/// </summary>
internal enum RdbOpcode : byte
{
    /// <summary>
    /// How large a slot of a cluster is: its number, keys and keys with expiry, all as lengths (Redis 7.4).
    /// </summary>
    SlotInfo = 244,

    /// <summary>A library of functions, its source as one string.</summary>
    Function2 = 245,

    /// <summary>The form of functions in a release candidate of Redis 7.0.</summary>
    FunctionPreRelease = 246,

    /// <summary>Data of a module that belongs to no key.</summary>
    ModuleAuxiliary = 247,

    /// <summary>LRU idle time in seconds of the key that follows, as a length.</summary>
    Idle = 248,

    /// <summary>LFU counter of the key that follows, one byte.</summary>
    Frequency = 249,

    /// <summary>A name and a value, both strings, about the file.</summary>
    Auxiliary = 250,

    /// <summary>Number of keys and of keys with expiry in the current database, both as lengths.</summary>
    ResizeDatabase = 251,

    /// <summary>Expiry of the key that follows: milliseconds since 1970, eight bytes little-endian.</summary>
    ExpireTimeMs = 252,

    /// <summary>Expiry of the key that follows: seconds since 1970, four bytes little-endian.</summary>
    ExpireTime = 253,

    /// <summary>The number of the database that the keys which follow belong to, as a length.</summary>
    SelectDatabase = 254,

    /// <summary>The end; eight bytes of checksum follow since version 5.</summary>
    EndOfFile = 255,
}
