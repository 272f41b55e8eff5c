using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using RedisLite.EndToEnd.Tests.Support;
using StackExchange.Redis;

namespace RedisLite.EndToEnd.Tests.Clients;

/// <summary>Microsoft.Extensions.Caching.StackExchangeRedis, unmodified.</summary>
/// <remarks>
/// It keeps each entry in a hash. On a server without hashes only what needs none is tried: connecting and removing.
/// </remarks>
public sealed class DistributedCacheTests
{
    [Fact]
    public async Task The_cache_works_on_RedisLite()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using (var client = await server.ConnectAsync())
            await client.CallAsync("SET", "app:entry", "anything");
        using (var cache = Connect(server))
        {
            await cache.RemoveAsync("entry");
            await using var client = await server.ConnectAsync();
            Assert.Equal(0, (await client.CallAsync("EXISTS", "app:entry")).Integer);
            if (server.Commands.Contains("HSET"))
                await KeepAndExpireAsync(cache);
        }

        await server.StopAndCheckAsync();
    }

    [SkippableFact]
    public async Task The_same_holds_for_redis_server()
    {
        await using var oracle = await RedisOracle.StartAsync();
        using var cache = Connect(oracle);
        await KeepAndExpireAsync(cache);
    }

    private static RedisCache Connect(ITestServer server) => new(new RedisCacheOptions
    {
        ConfigurationOptions = StackExchangeScenario.Options(server.EndPoint, RedisProtocol.Resp2),
        InstanceName = "app:",
    });

    private static async Task KeepAndExpireAsync(RedisCache cache)
    {
        byte[] value = [0, 1, 2, 255];
        await cache.SetAsync(
            "entry", value, new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromHours(1) });
        Assert.Equal(value, await cache.GetAsync("entry"));
        await cache.RefreshAsync("entry");
        await cache.SetStringAsync(
            "entry", "text",
            new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1) });
        Assert.Equal("text", await cache.GetStringAsync("entry"));
        await cache.RemoveAsync("entry");
        Assert.Null(await cache.GetAsync("entry"));
    }
}
