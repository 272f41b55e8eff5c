using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using RedisLite.Clients.Tests.Support;
using StackExchange.Redis;

namespace RedisLite.Clients.Tests.Web;

/// <summary>ASP.NET Core's data protection, its keys in Redis: what one host protects, another reads.</summary>
public sealed class DataProtectionTests : LibraryTests
{
    protected override async Task RunAsync(IPEndPoint server)
    {
        await using var connection = await ConnectAsync(server);
        await using var first = Host(connection);
        var cookie = ProtectorOf(first).Protect("user 1");
        Assert.Equal(1, await connection.GetDatabase().ListLengthAsync("keys"));

        await using (var second = Host(connection))
        {
            Assert.Equal("user 1", ProtectorOf(second).Unprotect(cookie));
            var keys = second.GetRequiredService<IKeyManager>();
            keys.RevokeKey(Assert.Single(keys.GetAllKeys()).KeyId, "the test says so");
        }

        Assert.Equal(2, await connection.GetDatabase().ListLengthAsync("keys"));
        await using var third = Host(connection);
        Assert.Throws<CryptographicException>(() => ProtectorOf(third).Unprotect(cookie));
        Assert.Equal("user 2", ProtectorOf(third).Unprotect(ProtectorOf(third).Protect("user 2")));
        Assert.Equal(3, await connection.GetDatabase().ListLengthAsync("keys"));
    }

    private static ServiceProvider Host(ConnectionMultiplexer connection)
    {
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("app").PersistKeysToStackExchangeRedis(connection, "keys");
        return services.BuildServiceProvider();
    }

    private static IDataProtector ProtectorOf(ServiceProvider host) => host.GetDataProtector("cookies");
}
