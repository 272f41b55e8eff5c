using RedisLite.Benchmark.Load;

namespace RedisLite.Benchmark.Suite;

/// <summary>The scenarios of hashes, lists, sets, sorted sets and streams.</summary>
internal static class TypeScenarios
{
    private static readonly ElementFill Hash = new("HSET hash {key} {value}");
    private static readonly ElementFill List = new("RPUSH list {key}");

    // A member each, then the scores spread.
    private static readonly ElementFill[] SortedSet =
        [new("ZADD zset 0 {key}"), new("ZADD zset {key} {key}") { IsRandom = true }];

    private static readonly Operation[] Operations =
    [
        new("hset", "HSET", "HSET hash {key} {value}", [Hash]),
        new("hget", "HGET", "HGET hash {key}", [Hash]),
        new("sadd", "SADD", "SADD set x{key}", [Set("set")]),
        new("sismember", "SISMEMBER", "SISMEMBER set x{key}", [Set("set")]),
        new("zadd", "ZADD", "ZADD zset {key} {key}", SortedSet),
        new("zscore", "ZSCORE", "ZSCORE zset {key}", SortedSet),
        new("zrank", "ZRANK", "ZRANK zset {key}", SortedSet),
        new("zrange", "ZRANGE of 10", "ZRANGE zset 5000 5009", SortedSet),
        new("lpush", "LPUSH", "LPUSH list {value}", []) { Growing = "list" },
        new("rpop", "LPUSH and RPOP", "LPUSH list {value}", [List]) { Second = "RPOP list" },
        new("rpoplpush", "RPOPLPUSH", "RPOPLPUSH list list", [List]),
        new("lrange", "LRANGE of 100", "LRANGE list 0 99", [List]),
        new("xadd", "XADD", "XADD stream MAXLEN ~ 100000 * field {value}", []),
    ];

    /// <summary>In the order in which they are run and told.</summary>
    public static IEnumerable<Scenario> All =>
    [
        .. Operations.Select(operation => operation.At(1, 0.95, 1.15)),
        .. Operations.Select(operation => operation.At(16, 1.3, 0.8)),
        Whole("sunion", "SUNION of 2 x {0}", "SUNION set other", [Set("set"), Set("other")]),
        Whole(
            "zunionstore", "ZUNIONSTORE of 2 x {0}", "ZUNIONSTORE union 2 zset other",
            [.. SortedSet, new("ZADD other {key} {key}y")]),
        Whole("sort", "SORT of {0}", "SORT list", [new("RPUSH list {key}") { IsRandom = true }]),
        Whole("lrange-all", "LRANGE of {0}", "LRANGE list 0 -1", [List]),
        new GroupsScenario(),
        new HandOverScenario(),
        new BytesPerElementScenario(),
        new RdbLoadingScenario(),
        new StallScenario("smembers", "SMEMBERS set"),
        new StallScenario("hgetall", "HGETALL hash"),
        new StallScenario("zrange", "ZRANGE zset 0 -1"),
        new StallScenario("lrange", "LRANGE list 0 -1"),
        new StallScenario("sort", "SORT list"),
        new StallScenario("sunionstore", "SUNIONSTORE union set"),
        new StallScenario("zunionstore", "ZUNIONSTORE union 1 zset"),
        new StallScenario("copy", "COPY hash copy REPLACE", "HSET copy {key} changed"),
        new StallScenario("del", "SUNIONSTORE union set", "DEL union"),
        new StallScenario("unlink", "SUNIONSTORE union set", "UNLINK union"),
        new StallScenario("linsert", "LINSERT list BEFORE {key} inserted", "LREM list -1 inserted"),
        new StallScenario("expiry", "SUNIONSTORE union set", "PEXPIRE union 1"),
    ];

    private static ElementFill Set(string key) => new($"SADD {key} x{{key}}");

    private static TypeScenario Whole(string name, string title, string command, IReadOnlyList<ElementFill> fill) =>
        new(
        $"types-{name}", title.Replace("{0}", "100,000", StringComparison.Ordinal), ElementFill.Test(command))
        {
            Clients = 1,
            Fill = fill,
            ThroughputGoal = 1,
        };

    private sealed record Operation(string Name, string Title, string Command, IReadOnlyList<ElementFill> Fill)
    {
        /// <summary>A key that the command lets grow.</summary>
        public string? Growing { get; init; }

        /// <summary>A command that is sent as often, at random.</summary>
        public string? Second { get; init; }

        public TypeScenario At(int pipeline, double throughput, double cpu) =>
            new($"types-{Name}-{pipeline}", $"{Title} at P={pipeline}", Test)
            {
                Pipeline = pipeline,
                Fill = Fill,
                Growing = Growing,
                ThroughputGoal = throughput,
                CpuGoal = cpu,
            };

        private LoadTest Test => Second is null
            ? ElementFill.Test(Command)
            : new LoadTest(Name, [new LoadTestPart(Command.Split(' ')), new LoadTestPart(Second.Split(' '))]);
    }
}
