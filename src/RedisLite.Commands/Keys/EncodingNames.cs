using RedisLite.Storage;

namespace RedisLite.Commands.Keys;

/// <summary>What OBJECT ENCODING says: Redis's names at Redis's thresholds, for other structures.</summary>
internal static class EncodingNames
{
    public static ReadOnlySpan<byte> Of(Keyspace keyspace, in Entry entry) => entry.Type switch
    {
        EntryType.List => "quicklist"u8,
        EntryType.Set => keyspace.SetOf(entry).IsIntegers ? "intset"u8 : "hashtable"u8,
        EntryType.SortedSet => keyspace.SortedSetOf(entry).IsSmall ? "listpack"u8 : "skiplist"u8,
        EntryType.Hash => keyspace.HashOf(entry).IsSmall ? "listpack"u8 : "hashtable"u8,
        EntryType.Stream => "stream"u8,
        _ => entry.Encoding.Name(),
    };
}
