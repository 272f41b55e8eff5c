using System.Net;
using RedisLite.Clients.Tests.Support;
using RedLockNet;
using RedLockNet.SERedis;
using RedLockNet.SERedis.Configuration;

namespace RedisLite.Clients.Tests.Locks;

/// <summary>RedLock.net: a lock that one holds, that others wait for, and that renews itself.</summary>
public sealed class RedLockTests : LibraryTests
{
    protected override async Task RunAsync(IPEndPoint server)
    {
        await using var connection = await ConnectAsync(server);
        using var factory = RedLockFactory.Create([new RedLockMultiplexer(connection)]);
        var expiry = TimeSpan.FromMinutes(5);

        var held = await factory.CreateLockAsync("stock", expiry);
        Assert.True(held.IsAcquired, $"{held.Status}");
        await using (var refused = await factory.CreateLockAsync("stock", expiry))
            Assert.Equal(RedLockStatus.Conflicted, refused.Status);
        await using (var other = await factory.CreateLockAsync("orders", expiry))
            Assert.True(other.IsAcquired, $"{other.Status}");

        var waiting = factory.CreateLockAsync("stock", expiry, SafetyNet, TimeSpan.FromMilliseconds(10));
        await held.DisposeAsync();
        await using (var waited = await waiting)
            Assert.True(waited.IsAcquired, $"{waited.Status}");
        Assert.Empty(connection.GetServer(server).Keys());

        await using var renewed = await factory.CreateLockAsync("renewed", TimeSpan.FromSeconds(2));
        await UntilAsync(() => Task.FromResult(renewed.ExtendCount > 0), "a lock renews itself");
    }
}
