using RedisLite.Commands.Server;
using RedisLite.Storage.Memory;

namespace RedisLite.Configuration;

/// <summary>The hash function of the table.</summary>
public enum TableHash
{
    /// <summary>XxHash3 with a random seed.</summary>
    Xxh3,

    /// <summary>Bernstein's, without a defence against chosen keys.</summary>
    Djb2,
}

/// <summary>The table of keys (section <c>redislite.storage</c>).</summary>
public sealed record StorageSettings
{
    /// <summary>Numbered databases.</summary>
    [Setting("databases", Min = 1, Max = 65536)]
    public required int Databases { get; init; }

    /// <summary>Separately locked parts of each database; a power of two.</summary>
    [Setting("stripes", Min = 1, Max = 65536)]
    public required int Stripes { get; init; }

    [Setting("hash")]
    public required TableHash Hash { get; init; }

    /// <summary>Where memory for keys and values comes from.</summary>
    [Setting("allocator")]
    public required AllocatorKind Allocator { get; init; }

    /// <summary>Of the slabs, for all servers of the process.</summary>
    [Setting("huge-pages")]
    public required HugePages HugePages { get; init; }

    /// <summary>Whether records are moved together while much of the slabs' memory is free.</summary>
    [Setting("activedefrag")]
    public required bool ActiveDefrag { get; init; }

    /// <summary>Free bytes below which nothing is moved.</summary>
    [Size("active-defrag-ignore-bytes")]
    public required long ActiveDefragIgnoreBytes { get; init; }

    /// <summary>Free bytes, in percent of those in use, below which nothing is moved.</summary>
    [Setting("active-defrag-threshold-lower", Max = 1000)]
    public required int ActiveDefragThresholdLower { get; init; }

    /// <summary>Bytes of data after which <see cref="MaxMemoryPolicy"/> applies; 0 for no limit.</summary>
    [Size("maxmemory")]
    public required long MaxMemory { get; init; }

    [Setting("maxmemory-policy")]
    public required MaxMemoryPolicy MaxMemoryPolicy { get; init; }

    [Setting("maxmemory-samples", Min = 1, Max = int.MaxValue)]
    public required int MaxMemorySamples { get; init; }

    [Setting("lfu-log-factor", Max = int.MaxValue)]
    public required int LfuLogFactor { get; init; }

    /// <summary>In whole minutes; zero for never.</summary>
    [Setting("lfu-decay-time", Max = int.MaxValue)]
    public required TimeSpan LfuDecayTime { get; init; }

    /// <summary>Bytes beyond which a sparse HyperLogLog becomes dense.</summary>
    [Size("hll-sparse-max-bytes")]
    public required long HllSparseMaxBytes { get; init; }

    [Setting("hash-max-listpack-entries")]
    public required long HashMaxListpackEntries { get; init; }

    [Size("hash-max-listpack-value")]
    public required long HashMaxListpackValue { get; init; }

    /// <summary>Elements of a node, or -1 to -5 for 4 to 64 KiB.</summary>
    [Setting("list-max-listpack-size", Min = int.MinValue, Max = int.MaxValue)]
    public required int ListMaxListpackSize { get; init; }

    [Setting("set-max-intset-entries")]
    public required long SetMaxIntsetEntries { get; init; }

    [Size("stream-node-max-bytes")]
    public required long StreamNodeMaxBytes { get; init; }

    [Setting("stream-node-max-entries")]
    public required long StreamNodeMaxEntries { get; init; }

    [Setting("zset-max-listpack-entries")]
    public required long ZsetMaxListpackEntries { get; init; }

    [Size("zset-max-listpack-value")]
    public required long ZsetMaxListpackValue { get; init; }

    [Setting("lazyfree-lazy-user-flush")]
    public required bool LazyFreeUserFlush { get; init; }

    [Setting("lazyfree-lazy-user-del")]
    public required bool LazyFreeUserDelete { get; init; }
}
