using static RedisLite.Configuration.DirectiveKinds;

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
        new("maxmemory", UnsignedSize) { Setting = "storage.maxmemory" },
        new("maxmemory-policy", Choice(Policies)) { Setting = "storage.maxmemory-policy" },
        new("maxmemory-samples", CountFrom1) { Setting = "storage.maxmemory-samples" },
        new("maxmemory-eviction-tenacity", Integer(0, 100), "10"),
        new("lfu-log-factor", Count) { Setting = "storage.lfu-log-factor" },
        new("lfu-decay-time", Count) { Setting = "storage.lfu-decay-time", Unit = "m" },

        // Background work
        new("hz", new IntegerKind(0, int.MaxValue) { Clamp = (1, 500) }) { Setting = "expiry.hz" },
        new("dynamic-hz", YesNo, "yes"),
        new("active-expire-effort", Integer(1, 10)) { Setting = "expiry.active-expire-effort" },
        new("activerehashing", YesNo, "yes"),
        new("lazyfree-lazy-eviction", YesNo, "no"),
        new("lazyfree-lazy-expire", YesNo, "no"),
        new("lazyfree-lazy-server-del", YesNo, "no"),
        new("lazyfree-lazy-user-del", YesNo) { Setting = "storage.lazyfree-lazy-user-del" },
        new("lazyfree-lazy-user-flush", YesNo) { Setting = "storage.lazyfree-lazy-user-flush" },
        new("jemalloc-bg-thread", YesNo, "yes"),
        new("activedefrag", YesNo) { Setting = "storage.activedefrag" },
        new("active-defrag-cycle-min", Integer(1, 99), "1"),
        new("active-defrag-cycle-max", Integer(1, 99), "25"),
        new("active-defrag-ignore-bytes", Memory(1)) { Setting = "storage.active-defrag-ignore-bytes" },
        new("active-defrag-max-scan-fields", Integer(1, long.MaxValue), "1000"),
        new("active-defrag-threshold-lower", Integer(0, 1000)) { Setting = "storage.active-defrag-threshold-lower" },
        new("active-defrag-threshold-upper", Integer(0, 1000), "100"),

        // Encodings of values
        new("hash-max-listpack-entries", LongCount) { Setting = "storage.hash-max-listpack-entries", Alias = "hash-max-ziplist-entries" },
        new("hash-max-listpack-value", Size) { Setting = "storage.hash-max-listpack-value", Alias = "hash-max-ziplist-value" },
        new("hll-sparse-max-bytes", Size) { Setting = "storage.hll-sparse-max-bytes" },
        new("list-compress-depth", Count, "0"),
        new("list-max-listpack-size", AnyInteger) { Setting = "storage.list-max-listpack-size", Alias = "list-max-ziplist-size" },
        new("set-max-intset-entries", LongCount) { Setting = "storage.set-max-intset-entries" },
        new("stream-node-max-bytes", Size) { Setting = "storage.stream-node-max-bytes" },
        new("stream-node-max-entries", LongCount) { Setting = "storage.stream-node-max-entries" },
        new("zset-max-listpack-entries", LongCount) { Setting = "storage.zset-max-listpack-entries", Alias = "zset-max-ziplist-entries" },
        new("zset-max-listpack-value", Size) { Setting = "storage.zset-max-listpack-value", Alias = "zset-max-ziplist-value" },
    ];
}
