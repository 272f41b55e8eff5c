using RedisLite.EndToEnd.Tests.Support;
using Xunit.Abstractions;

namespace RedisLite.EndToEnd.Tests.Clients;

/// <summary>
/// ioredis, node-redis, and libraries that live on scripts (bullmq, redlock, rate-limiter-flexible), as npm installs
/// them, each running its scenario against a server.
/// </summary>
/// <remarks>
/// Run <c>npm ci</c> in <c>Clients/node</c> first. The scenarios are held against redis-server as well.
/// </remarks>
public sealed class NodeClientTests(ITestOutputHelper output)
{
    internal static readonly string Scenarios = Path.Combine(SourceTree.TestProject, "Clients", "node");

    [SkippableTheory]
    [InlineData("ioredis.js")]
    [InlineData("scripts.js")]
    [InlineData("bullmq.js")]
    [InlineData("node-redis.js", "2")]
    [InlineData("node-redis.js", "3")]
    public async Task A_node_client_runs_its_scenario_on_RedisLite(string scenario, params string[] arguments)
    {
        var node = RequireNode();
        await using var server = await ServerUnderTest.StartAsync();
        await RunAsync(node, scenario, server, arguments);
        await server.StopAndCheckAsync();
    }

    [SkippableTheory]
    [InlineData("ioredis.js")]
    [InlineData("scripts.js")]
    [InlineData("bullmq.js")]
    [InlineData("node-redis.js", "2")]
    [InlineData("node-redis.js", "3")]
    public async Task A_node_clients_scenario_holds_for_redis_server(string scenario, params string[] arguments)
    {
        var node = RequireNode();
        await using var oracle = await RedisOracle.StartAsync();
        await RunAsync(node, scenario, oracle, arguments);
    }

    internal static string RequireNode()
    {
        var node = ExternalProgram.Require("node");
        ExternalProgram.SkipUnless(
            Directory.Exists(Path.Combine(Scenarios, "node_modules")), $"npm ci has not been run in {Scenarios}");
        return node;
    }

    private async Task RunAsync(string node, string scenario, ITestServer server, string[] arguments)
    {
        var (exitCode, said, errors) = await ChildProcess.RunAsync(
            node, [scenario, $"{server.EndPoint.Address}", $"{server.EndPoint.Port}", .. arguments],
            workingDirectory: Scenarios);
        output.WriteLine(said);
        Assert.True(exitCode == 0, $"{said}{errors}");
    }
}
