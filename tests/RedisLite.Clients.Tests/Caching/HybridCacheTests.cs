using System.Net;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using RedisLite.Clients.Tests.Support;

namespace RedisLite.Clients.Tests.Caching;

/// <summary>Microsoft.Extensions.Caching.Hybrid with Redis as what its hosts share.</summary>
public sealed class HybridCacheTests : LibraryTests
{
    private sealed record Order(int Number, string Customer);

    protected override async Task RunAsync(IPEndPoint server)
    {
        await using var connection = await ConnectAsync(server);
        var database = connection.GetDatabase();
        await using var first = Host(server);
        await using var second = Host(server);

        Assert.Equal("alice", (await GetAsync(first, "alice")).Customer);
        await UntilAsync(() => database.KeyExistsAsync("hybrid:order"), "an entry is written to Redis");
        Assert.Equal("alice", (await GetAsync(second, "asked for again")).Customer);

        await CacheOf(first).SetAsync("order", new Order(1, "bob"));
        await using var third = Host(server);
        Assert.Equal("bob", (await GetAsync(third, "asked for again")).Customer);

        await CacheOf(first).RemoveAsync("order");
        Assert.False(await database.KeyExistsAsync("hybrid:order"));
        Assert.Equal("carol", (await GetAsync(first, "carol", "orders")).Customer);
        await UntilAsync(() => database.KeyExistsAsync("hybrid:order"), "an entry is written to Redis");

        await CacheOf(first).RemoveByTagAsync("orders");
        await using var fourth = Host(server);
        Assert.Equal("dave", (await GetAsync(fourth, "dave", "orders")).Customer);
    }

    private static ServiceProvider Host(IPEndPoint server)
    {
        var services = new ServiceCollection();
        services.AddStackExchangeRedisCache(options =>
        {
            options.ConfigurationOptions = Options(server);
            options.InstanceName = "hybrid:";
        });
        services.AddHybridCache();
        return services.BuildServiceProvider();
    }

    private static HybridCache CacheOf(ServiceProvider host) => host.GetRequiredService<HybridCache>();

    private static ValueTask<Order> GetAsync(ServiceProvider host, string customerIfMissing, params string[] tags) =>
        CacheOf(host).GetOrCreateAsync("order", _ => ValueTask.FromResult(new Order(1, customerIfMissing)), tags: tags);
}
