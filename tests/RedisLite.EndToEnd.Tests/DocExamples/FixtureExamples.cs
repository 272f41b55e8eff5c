using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using RedisLite.Configuration;
using RedisLite.Hosting;
using StackExchange.Redis;

namespace RedisLite.EndToEnd.Tests.DocExamples;

#region xunit-fixture
/// <summary>One server for all tests of a class; each test begins with no keys.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    private RedisLiteServer? _server;

    public RedisLiteServer Server => _server!;

    public IConnectionMultiplexer Redis { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _server = await RedisLiteServer.StartAsync(RedisLiteSettings.ForTests());
        Redis = await ConnectionMultiplexer.ConnectAsync($"{_server.ConnectionString},allowAdmin=true");
    }

    public Task EmptyAsync() => Redis.GetDatabase().ExecuteAsync("FLUSHALL");

    public async Task DisposeAsync()
    {
        await Redis.DisposeAsync();
        await Server.DisposeAsync();
    }
}

public sealed class CartTests(RedisFixture fixture) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    public Task InitializeAsync() => fixture.EmptyAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_cart_is_kept_in_the_cache_until_it_expires()
    {
        using var cache = new RedisCache(new RedisCacheOptions
        {
            ConnectionMultiplexerFactory = () => Task.FromResult(fixture.Redis),
        });
        await cache.SetStringAsync("cart:1", "apples", new DistributedCacheEntryOptions
        {
            AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(20),
        });
        Assert.Equal("apples", await cache.GetStringAsync("cart:1"));

        fixture.Server.Clock.Advance(TimeSpan.FromMinutes(21));
        Assert.Null(await cache.GetStringAsync("cart:1"));
    }
}
#endregion
