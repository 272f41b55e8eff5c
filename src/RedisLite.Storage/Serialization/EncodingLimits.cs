using RedisLite.Storage.Values;

namespace RedisLite.Storage.Serialization;

/// <summary>
/// Up to where a collection has Redis's compact form, and how large its nodes are: the directives of those names.
/// </summary>
public sealed record EncodingLimits
{
    private const int Kilobyte = 1024;

    /// <summary>Redis's own defaults.</summary>
    public static EncodingLimits Default { get; } = new();

    /// <summary><c>hash-max-listpack-entries</c>.</summary>
    public long HashMaxEntries { get; init; } = 512;

    /// <summary><c>hash-max-listpack-value</c>.</summary>
    public long HashMaxValue { get; init; } = 64;

    /// <summary><c>set-max-intset-entries</c>.</summary>
    public long SetMaxIntegers { get; init; } = 512;

    /// <summary><c>zset-max-listpack-entries</c>.</summary>
    public long SortedSetMaxEntries { get; init; } = 128;

    /// <summary><c>zset-max-listpack-value</c>.</summary>
    public long SortedSetMaxValue { get; init; } = 64;

    /// <summary><c>list-max-listpack-size</c>: elements of a node, or -1 to -5 for 4 to 64 KiB.</summary>
    public int ListNodeSize { get; init; } = -2;

    /// <summary><c>stream-node-max-bytes</c>; 0 for no limit.</summary>
    public long StreamNodeMaxBytes { get; init; } = 4 * Kilobyte;

    /// <summary><c>stream-node-max-entries</c>; 0 for no limit.</summary>
    public long StreamNodeMaxEntries { get; init; } = 100;

    /// <summary>As hashes take them.</summary>
    public SmallLimits OfHashes => new(Clamp(HashMaxEntries), Clamp(HashMaxValue));

    /// <summary>As sorted sets take them.</summary>
    public SmallLimits OfSortedSets => new(Clamp(SortedSetMaxEntries), Clamp(SortedSetMaxValue));

    /// <summary>As streams take them.</summary>
    public StreamNodeLimits OfStreams => new(StreamNodeMaxBytes, StreamNodeMaxEntries);

    /// <summary>As sets take it.</summary>
    public int IntegersOfSets => Clamp(SetMaxIntegers);

    /// <summary>How many elements a node of a list has at most.</summary>
    internal int ListNodeMaxElements => ListNodeSize > 0 ? ListNodeSize : int.MaxValue;

    /// <summary>How many bytes a node of a list has at most.</summary>
    internal int ListNodeMaxBytes => ListNodeSize switch
    {
        >= 0 => 8 * Kilobyte, // a node that is limited by elements has this for safety
        -1 => 4 * Kilobyte,
        -2 => 8 * Kilobyte,
        -3 => 16 * Kilobyte,
        -4 => 32 * Kilobyte,
        _ => 64 * Kilobyte,
    };

    private static int Clamp(long value) => (int)Math.Min(value, int.MaxValue);
}
