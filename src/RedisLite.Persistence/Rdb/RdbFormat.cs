namespace RedisLite.Persistence.Rdb;

/// <summary>What an RDB file looks like.</summary>
/// <remarks>
/// <code>
///   "REDIS" "0010"                       magic and version, four decimal digits
///   FA name value  ...                   auxiliary fields: redis-ver, redis-bits, ctime, used-mem, aof-base
///   F5 text                              a library of functions, as often as there are libraries
///   FE db                                the following keys belong to this database
///   FB keys expiring                     how many there will be, so that tables can be made large enough
///   [FC ms(8)] [F8 idle | F9 freq] type key value     a key, as often as there are keys
///   ...
///   FF crc64(8)                          little-endian, over all before it; zero if it was turned off
/// </code>
/// Numbers and strings as in <see cref="Storage.Serialization.RdbEncoding"/>.
/// </remarks>
internal static class RdbFormat
{
    /// <summary>The version of Redis 7.0, which is what is written.</summary>
    public const int WrittenVersion = 10;

    /// <summary>
    /// The version of Redis 7.4 and 8: since 10 it adds types, which are known here, and the size of slots, which is
    /// skipped.
    /// </summary>
    public const int NewestVersion = 12;

    /// <summary>Since this version there is a checksum behind the end.</summary>
    public const int FirstVersionWithChecksum = 5;

    public const int ChecksumSize = 8;

    /// <summary>Magic and version.</summary>
    public const int HeaderSize = 9;

    public static ReadOnlySpan<byte> Magic => "REDIS"u8;
}
