using System.Net;
using System.Threading.RateLimiting;
using RedisLite.Clients.Tests.Support;
using RedisRateLimiting;

namespace RedisLite.Clients.Tests.Locks;

/// <summary>RedisRateLimiting: its four limiters, each shared by two programs.</summary>
public sealed class RateLimitingTests : LibraryTests
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    protected override async Task RunAsync(IPEndPoint server)
    {
        await using var connection = await ConnectAsync(server);
        await LetsThroughAsync(3, () => new RedisFixedWindowRateLimiter<string>("fixed", new()
        {
            ConnectionMultiplexerFactory = () => connection,
            PermitLimit = 3,
            Window = Window,
        }));
        await LetsThroughAsync(3, () => new RedisSlidingWindowRateLimiter<string>("sliding", new()
        {
            ConnectionMultiplexerFactory = () => connection,
            PermitLimit = 3,
            Window = Window,
        }));
        await LetsThroughAsync(3, () => new RedisTokenBucketRateLimiter<string>("bucket", new()
        {
            ConnectionMultiplexerFactory = () => connection,
            TokenLimit = 3,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = Window,
        }));
        await ConcurrencyAsync(() => new RedisConcurrencyRateLimiter<string>("concurrency", new()
        {
            ConnectionMultiplexerFactory = () => connection,
            PermitLimit = 2,
            QueueLimit = 1,
            TryDequeuePeriod = TimeSpan.FromMilliseconds(50),
        }));
    }

    private static async Task LetsThroughAsync(int count, Func<RateLimiter> create)
    {
        await using var first = create();
        await using var second = create();
        for (var i = 0; i < count; i++)
        {
            using var lease = await (i % 2 == 0 ? first : second).AcquireAsync();
            Assert.True(lease.IsAcquired, $"{first.GetType().Name}, request {i}");
        }

        using var refused = await second.AcquireAsync();
        Assert.False(refused.IsAcquired, first.GetType().Name);
    }

    private static async Task ConcurrencyAsync(Func<RateLimiter> create)
    {
        await using var first = create();
        await using var second = create();
        var one = await first.AcquireAsync();
        using var two = await second.AcquireAsync();
        Assert.True(one.IsAcquired && two.IsAcquired);
        var queued = second.AcquireAsync().AsTask();
        await UntilAsync(() => Task.FromResult(first.GetStatistics()?.CurrentQueuedCount == 1), "a request is queued");
        using (var refused = await first.AcquireAsync())
            Assert.False(refused.IsAcquired);
        Assert.False(queued.IsCompleted);
        one.Dispose();
        using var served = await queued.WaitAsync(SafetyNet);
        Assert.True(served.IsAcquired);
    }
}
