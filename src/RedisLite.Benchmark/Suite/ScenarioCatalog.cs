using System.Security.Cryptography;
using System.Text;
using RedisLite.Benchmark.Load;

namespace RedisLite.Benchmark.Suite;

/// <summary>All scenarios, with what the project wants to reach in each.</summary>
internal static class ScenarioCatalog
{
    private const int MultiKeys = 100;
    private const long KeysOfLargeValues = 1_000;
    private const double OpenLoopRate = 15_000;

    private const string OneCall = "return redis.call('get', KEYS[1])";

    private const string ThreeCalls =
        "local value = redis.call('get', KEYS[1]) redis.call('set', KEYS[1], value) return redis.call('exists', "
            + "KEYS[1])";

    private static readonly string[] SetAndGet = ["set", "get"];

    /// <summary>In the order in which they are run and told.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. GetAndSet("p1", "at P=1", 1, new Goals { Throughput = 0.95, Cpu = 1.1, P99 = 1.5 }),
        .. GetAndSet("p16", "at P=16", 16, new Goals { Throughput = 1.3, Cpu = 0.8, P99 = 1.2 }),
        .. GetAndSet("p128", "at P=128", 128, new Goals { Throughput = 1.8, Cpu = 0.55 }),
        .. LargeValues("1k", "1 KiB", 1024, null),
        .. LargeValues("64k", "64 KiB", 64 * 1024, KeysOfLargeValues),
        MultiKey("mget", 1.2),
        MultiKey("mset", 1.2),
        new LoadScenario("open", Test("get"), "GET at a fixed rate") { Rate = OpenLoopRate },
        ScriptCalls("get-p1", "EVALSHA of one GET at P=1", OneCall, 1, 1),
        ScriptCalls("get-p16", "EVALSHA of one GET at P=16", OneCall, 16, 1),
        ScriptCalls("three-p16", "EVALSHA of three calls at P=16", ThreeCalls, 16, 0.9),
        new LuaScenario(),
        new LuaInterpreterScenario(),
        new DisturbedScenario(
            "keys", "GET beside KEYS", TestCatalog.Single("keys", "KEYS nomatch*")) { UsesManyKeys = true },
        new DisturbedScenario("hog", "GET beside large pipelines", Test("set") with { KeyPrefix = "hog:" })
        {
            BurdenPipeline = 10_000,
            BurdenValueSize = 10 * 1024,
            BurdenKeys = 10_000,
        },
        new ExpiryScenario("expiry-instant", "Keys that expire at once", TimeSpan.Zero),
        new ExpiryScenario("expiry-second", "Keys that expire within a second", TimeSpan.FromSeconds(1)),
        new BytesPerKeyScenario(),
        new IdleConnectionsScenario(),
        new AcceptScenario(),
        new StartScenario(),
        new EverysecScenario(),
        new LoadScenario(
            "always", Test("set"), "SET with appendfsync always") { AppendFsync = "always", ThroughputGoal = 1 },
        new LoadingScenario(),
        new RewriteScenario(),
        new ReplicationScenario(),
        new GrowthScenario(),
        .. TypeScenarios.All,
    ];

    /// <summary>Names that <c>--only</c> takes.</summary>
    public static IReadOnlyList<string> Groups { get; } = [.. All.Select(scenario => scenario.Group).Distinct()];

    private static LoadTest Test(string name) => TestCatalog.Create(name, MultiKeys, 0.5)!;

    private static IEnumerable<Scenario> GetAndSet(string id, string suffix, int pipeline, Goals goals) =>
        from name in SetAndGet
        select new LoadScenario(id, Test(name), $"{name.ToUpperInvariant()} {suffix}")
        {
            Pipeline = pipeline,
            ThroughputGoal = goals.Throughput,
            CpuGoal = goals.Cpu,
            P99Goal = goals.P99,
        };

    private static IEnumerable<Scenario> LargeValues(string id, string size, int bytes, long? keys) =>
        from name in SetAndGet
        select new LoadScenario(id, Test(name), $"{name.ToUpperInvariant()} of {size}")
        {
            ValueSize = bytes,
            Keys = keys,
            ThroughputGoal = 1,
        };

    private static LoadScenario ScriptCalls(string name, string title, string script, int pipeline, double goal)
    {
#pragma warning disable CA5350 // The name that servers give a script.
        var digest = Convert.ToHexStringLower(SHA1.HashData(Encoding.ASCII.GetBytes(script)));
#pragma warning restore CA5350
        return new LoadScenario(
            "scripts", TestCatalog.Single(name, $"EVALSHA {digest} 1 {RequestTemplate.KeyToken}"), title)
        {
            Pipeline = pipeline,
            Script = script,
            ThroughputGoal = goal,
        };
    }

    private static LoadScenario MultiKey(string name, double goal) =>
        new(name, Test(name), $"{name.ToUpperInvariant()} of {MultiKeys} keys") { ThroughputGoal = goal };

    private sealed record Goals
    {
        public double? Throughput { get; init; }

        public double? Cpu { get; init; }

        public double? P99 { get; init; }
    }
}
