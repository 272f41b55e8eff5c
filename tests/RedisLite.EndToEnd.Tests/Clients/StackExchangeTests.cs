using RedisLite.EndToEnd.Tests.Support;
using StackExchange.Redis;

namespace RedisLite.EndToEnd.Tests.Clients;

/// <summary>StackExchange.Redis, unmodified, in both protocols.</summary>
public sealed class StackExchangeTests
{
    [Theory]
    [InlineData(RedisProtocol.Resp2)]
    [InlineData(RedisProtocol.Resp3)]
    public async Task The_scenario_runs_on_RedisLite(RedisProtocol protocol)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await RunAsync(server, protocol);
        await server.StopAndCheckAsync();
    }

    [SkippableTheory]
    [InlineData(RedisProtocol.Resp2)]
    [InlineData(RedisProtocol.Resp3)]
    public async Task The_scenario_holds_for_redis_server(RedisProtocol protocol)
    {
        await using var oracle = await RedisOracle.StartAsync();
        await RunAsync(oracle, protocol);
    }

    private static async Task RunAsync(ITestServer server, RedisProtocol protocol)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            StackExchangeScenario.Options(server.EndPoint, protocol));
        await new StackExchangeScenario(connection, server.EndPoint).RunAsync();
    }
}
