using System.Net;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using RedisLite.Clients.Tests.Support;
using StackExchange.Redis;

namespace RedisLite.Clients.Tests.Caching;

/// <summary>
/// Microsoft.Extensions.Caching.StackExchangeRedis behind <see cref="IDistributedCache"/>, set up as a host does.
/// </summary>
public sealed class DistributedCacheTests : LibraryTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    protected override async Task RunAsync(IPEndPoint server)
    {
        await using var services = new ServiceCollection()
            .AddStackExchangeRedisCache(options =>
            {
                options.ConfigurationOptions = Options(server);
                options.InstanceName = "app:";
            })
            .BuildServiceProvider();
        var cache = services.GetRequiredService<IDistributedCache>();
        await using var connection = await ConnectAsync(server);
        var database = connection.GetDatabase();

        byte[] large = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 7))];
        await cache.SetAsync("large", large, new DistributedCacheEntryOptions());
        Assert.Equal(large, await cache.GetAsync("large"));
        Assert.Null(await database.KeyTimeToLiveAsync("app:large"));

        await cache.SetStringAsync("sliding", "s", For(sliding: Hour));
        await database.KeyExpireAsync("app:sliding", TimeSpan.FromMinutes(5));
        Assert.Equal("s", await cache.GetStringAsync("sliding"));
        await UntilAsync(
            async () => await database.KeyTimeToLiveAsync("app:sliding") > Hour / 2, "reading renews what slides");

        await cache.SetStringAsync("bounded", "b", For(Hour, sliding: 2 * Hour));
        await cache.RefreshAsync("bounded");
        Assert.InRange((await database.KeyTimeToLiveAsync("app:bounded"))!.Value, Hour / 2, Hour);

        await cache.SetStringAsync("short", "gone", For(TimeSpan.FromSeconds(1)));
        await UntilAsync(async () => await cache.GetAsync("short") is null, "an entry expires");

        await cache.RemoveAsync("large");
        Assert.Null(await cache.GetAsync("large"));
        Assert.Equal(RedisType.Hash, await database.KeyTypeAsync("app:bounded"));
    }

    private static DistributedCacheEntryOptions For(TimeSpan? absolute = null, TimeSpan? sliding = null) => new()
    {
        AbsoluteExpirationRelativeToNow = absolute,
        SlidingExpiration = sliding,
    };
}
