using RedisLite.Commands.Server;
using static RedisLite.Configuration.DirectiveKinds;
using static RedisLite.Configuration.OptionText;

namespace RedisLite.Configuration;

/// <summary>Directives about keys, their memory and their end.</summary>
internal static class MemoryDirectives
{
    private static readonly string[] Policies =
    [
        "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu",
        "allkeys-random", "noeviction",
    ];

    public static IReadOnlyList<Directive> All { get; } =
    [
        new("databases", CountFrom1) { Setting = "storage.databases", Change = Immutable },
        new("maxmemory", UnsignedSize)
        {
            Setting = "storage.maxmemory",
            Apply = (options, text) => options.MaxMemory = Long(text),
        },
        new("maxmemory-policy", Choice(Policies))
        {
            Setting = "storage.maxmemory-policy",
            Apply = (options, text) => options.MaxMemoryPolicy = EnumNames.Parse<MaxMemoryPolicy>(text),
        },
        new("maxmemory-samples", CountFrom1)
        {
            Setting = "storage.maxmemory-samples",
            Apply = (options, text) => options.MaxMemorySamples = Int(text),
        },
        new("maxmemory-eviction-tenacity", Integer(0, 100), "10"),
        new("lfu-log-factor", Count)
        {
            Setting = "storage.lfu-log-factor",
            Apply = (options, text) => options.LfuLogFactor = Int(text),
        },
        new("lfu-decay-time", Count)
        {
            Setting = "storage.lfu-decay-time", Unit = "m",
            Apply = (options, text) => options.LfuDecayMinutes = Int(text),
        },

        // Background work
        new("hz", new IntegerKind(0, int.MaxValue) { Clamp = (1, 500) })
        {
            Setting = "expiry.hz",
            Apply = (options, text) => options.Hz = Int(text),
        },
        new("dynamic-hz", YesNo, "yes"),
        new("active-expire-effort", Integer(1, 10))
        {
            Setting = "expiry.active-expire-effort",
            Apply = (options, text) => options.ActiveExpireEffort = Int(text),
        },
        new("activerehashing", YesNo, "yes"),
        new("lazyfree-lazy-eviction", YesNo, "no"),
        new("lazyfree-lazy-expire", YesNo, "no"),
        new("lazyfree-lazy-server-del", YesNo, "no"),
        new("lazyfree-lazy-user-del", YesNo)
        {
            Setting = "storage.lazyfree-lazy-user-del",
            Apply = (options, text) => options.LazyFreeUserDelete = Bool(text),
        },
        new("lazyfree-lazy-user-flush", YesNo)
        {
            Setting = "storage.lazyfree-lazy-user-flush",
            Apply = (options, text) => options.LazyFreeUserFlush = Bool(text),
        },
        new("jemalloc-bg-thread", YesNo, "yes"),
        new("activedefrag", YesNo)
        {
            Setting = "storage.activedefrag",
            Apply = (options, text) => options.ActiveDefrag = Bool(text),
        },
        new("active-defrag-cycle-min", Integer(1, 99), "1"),
        new("active-defrag-cycle-max", Integer(1, 99), "25"),
        new("active-defrag-ignore-bytes", Memory(1))
        {
            Setting = "storage.active-defrag-ignore-bytes",
            Apply = (options, text) => options.ActiveDefragIgnoreBytes = Long(text),
        },
        new("active-defrag-max-scan-fields", Integer(1, long.MaxValue), "1000"),
        new("active-defrag-threshold-lower", Integer(0, 1000))
        {
            Setting = "storage.active-defrag-threshold-lower",
            Apply = (options, text) => options.ActiveDefragThresholdLower = Int(text),
        },
        new("active-defrag-threshold-upper", Integer(0, 1000), "100"),

        // Encodings of values
        new("hash-max-listpack-entries", LongCount)
        {
            Setting = "storage.hash-max-listpack-entries", Alias = "hash-max-ziplist-entries",
            Apply = (options, text) => options.Encodings = options.Encodings with { HashMaxEntries = Long(text) },
        },
        new("hash-max-listpack-value", Size)
        {
            Setting = "storage.hash-max-listpack-value", Alias = "hash-max-ziplist-value",
            Apply = (options, text) => options.Encodings = options.Encodings with { HashMaxValue = Long(text) },
        },
        new("hll-sparse-max-bytes", Size)
        {
            Setting = "storage.hll-sparse-max-bytes",
            Apply = (options, text) => options.HllSparseMaxBytes = Long(text),
        },
        new("list-compress-depth", Count, "0"),
        new("list-max-listpack-size", AnyInteger)
        {
            Setting = "storage.list-max-listpack-size", Alias = "list-max-ziplist-size",
            Apply = (options, text) => options.Encodings = options.Encodings with { ListNodeSize = Signed(text) },
        },
        new("set-max-intset-entries", LongCount)
        {
            Setting = "storage.set-max-intset-entries",
            Apply = (options, text) => options.Encodings = options.Encodings with { SetMaxIntegers = Long(text) },
        },
        new("stream-node-max-bytes", Size)
        {
            Setting = "storage.stream-node-max-bytes",
            Apply = (options, text) => options.Encodings = options.Encodings with { StreamNodeMaxBytes = Long(text) },
        },
        new("stream-node-max-entries", LongCount)
        {
            Setting = "storage.stream-node-max-entries",
            Apply = (options, text) => options.Encodings = options.Encodings with { StreamNodeMaxEntries = Long(text) },
        },
        new("zset-max-listpack-entries", LongCount)
        {
            Setting = "storage.zset-max-listpack-entries", Alias = "zset-max-ziplist-entries",
            Apply = (options, text) => options.Encodings = options.Encodings with { SortedSetMaxEntries = Long(text) },
        },
        new("zset-max-listpack-value", Size)
        {
            Setting = "storage.zset-max-listpack-value", Alias = "zset-max-ziplist-value",
            Apply = (options, text) => options.Encodings = options.Encodings with { SortedSetMaxValue = Long(text) },
        },
    ];
}
