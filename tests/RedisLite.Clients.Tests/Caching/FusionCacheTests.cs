using System.Net;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.DependencyInjection;
using RedisLite.Clients.Tests.Support;
using StackExchange.Redis;
using ZiggyCreatures.Caching.Fusion;
using ZiggyCreatures.Caching.Fusion.Backplane.StackExchangeRedis;
using ZiggyCreatures.Caching.Fusion.Serialization.SystemTextJson;

namespace RedisLite.Clients.Tests.Caching;

/// <summary>FusionCache: memory in each node, Redis behind them, and its backplane over Redis's messages.</summary>
public sealed class FusionCacheTests : LibraryTests
{
    protected override async Task RunAsync(IPEndPoint server)
    {
        await using var firstNode = Node(server);
        await using var secondNode = Node(server);
        var first = firstNode.GetRequiredService<IFusionCache>();
        var second = secondNode.GetRequiredService<IFusionCache>();
        await using var connection = await ConnectAsync(server);
        await UntilAsync(async () => await SubscriptionsAsync() == 2, "both nodes listen to the backplane");

        Assert.Equal("1", await GetOrSetAsync(first, "1"));
        Assert.Equal("1", await GetOrSetAsync(second, "not asked for"));

        await first.SetAsync("price", "2", tags: ["prices"]);
        await UntilAsync(async () => await GetAsync(second) == "2", "a node hears of a new value");

        await second.RemoveAsync("price");
        await UntilAsync(async () => await GetAsync(first) is null, "a node hears of a removal");

        await first.SetAsync("price", "3", tags: ["prices"]);
        await UntilAsync(async () => await GetAsync(second) == "3", "a node hears of a new value");
        await second.RemoveByTagAsync("prices");
        await UntilAsync(async () => await GetAsync(first) is null, "a node hears of a removed tag");

        async Task<long> SubscriptionsAsync()
        {
            var at = connection.GetServer(server);
            var channels = await at.SubscriptionChannelsAsync(RedisChannel.Pattern("*Backplane*"));
            return channels is [var channel] ? await at.SubscriptionSubscriberCountAsync(channel) : 0;
        }
    }

    private static async Task<string> GetOrSetAsync(IFusionCache cache, string value) =>
        await cache.GetOrSetAsync<string>("price", _ => Task.FromResult(value), tags: ["prices"]);

    private static async Task<string?> GetAsync(IFusionCache cache) => await cache.GetOrDefaultAsync<string>("price");

    private static ServiceProvider Node(IPEndPoint server)
    {
        var services = new ServiceCollection();
        services.AddFusionCache()
            .WithOptions(options => options.WaitForInitialBackplaneSubscribe = true)
            .WithDefaultEntryOptions(options =>
            {
                options.Duration = TimeSpan.FromHours(1);
                options.AllowBackgroundDistributedCacheOperations = false;
                options.AllowBackgroundBackplaneOperations = false;
            })
            .WithSerializer(new FusionCacheSystemTextJsonSerializer())
            .WithDistributedCache(new RedisCache(new RedisCacheOptions { ConfigurationOptions = Options(server) }))
            .WithBackplane(new RedisBackplane(new RedisBackplaneOptions { ConfigurationOptions = Options(server) }));
        return services.BuildServiceProvider();
    }
}
