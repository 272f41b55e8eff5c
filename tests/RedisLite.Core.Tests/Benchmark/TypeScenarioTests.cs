using RedisLite.Benchmark.Servers;
using RedisLite.Benchmark.Suite;

namespace RedisLite.Core.Tests.Benchmark;

/// <summary>The scenarios of hashes, lists, sets, sorted sets and streams.</summary>
public sealed class TypeScenarioTests
{
    private static readonly Scenario[] Types =
        [.. ScenarioCatalog.All.Where(scenario => scenario.Group is "types" or "stalls")];

    [Theory]
    [InlineData("types-hset-1", "at least 0.95, at most 1.15")]
    [InlineData("types-xadd-16", "at least 1.3, at most 0.8")]
    [InlineData("types-lrange-all", "at least 1")]
    [InlineData("types-groups", "at least 1, at most 1")]
    [InlineData("types-hand-over", "at most 1")]
    [InlineData("types-bytes", "at most 0.7, at most 0.7, at most 0.6, at most 1, at most 0.7")]
    [InlineData("types-rdb", "at most 1")]
    [InlineData("stalls-sort", "at most 10 ms")]
    public void A_scenario_has_these_goals(string id, string goals) => Assert.Equal(
        goals,
        string.Join(
            ", ", Types.Single(scenario => scenario.Id == id).Measures.Where(measure => measure.Goal is not null)
                .Select(measure => measure.GoalText)));

    [Fact]
    public void Every_command_of_the_goals_is_measured_with_and_without_pipeline()
    {
        string[] names =
        [
            "hset", "hget", "sadd", "sismember", "zadd", "zscore", "zrank", "zrange", "lpush", "rpop",
            "rpoplpush", "lrange",
            "xadd",
        ];
        var ids = Types.Select(scenario => scenario.Id).ToHashSet();
        Assert.All(names, name => Assert.Contains($"types-{name}-1", ids));
        Assert.All(names, name => Assert.Contains($"types-{name}-16", ids));
    }

    [Fact]
    public void A_server_whose_files_are_elsewhere_is_not_ended_and_started_with_one()
    {
        var scenario = Types.Single(scenario => scenario.Id == "types-rdb");
        Assert.Null(scenario.Variant(new ServerSpec { Name = "a", StartCommand = ["server", "--port", "{port}"] }));
        Assert.NotNull(scenario.Variant(new ServerSpec { Name = "a", StartCommand = ["server", "--dir", "{dir}"] }));
    }

    [Fact]
    public void What_the_other_client_sends_stands_in_the_description()
    {
        var stall = Types.Single(scenario => scenario.Id == "stalls-linsert");
        Assert.Equal("GET beside LINSERT list BEFORE element inserted and LREM list -1 inserted", stall.Title);
        Assert.Contains("keeps sending LINSERT list", stall.Describe(SuiteSettings.Quick), StringComparison.Ordinal);
    }
}
