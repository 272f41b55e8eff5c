using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using RedisLite.Configuration;
using RedisLite.Hosting;
using RedisLite.Web;

namespace RedisLite.EndToEnd.Tests.DocExamples;

/// <summary>The examples of docs/EMBEDDING.md about watching a server.</summary>
public sealed class HealthExamples
{
    [Fact]
    public async Task A_server_of_its_own_has_a_health_check()
    {
        var services = new ServiceCollection().AddLogging(logging => logging.ClearProviders());

        #region health-check
        await using var server = await RedisLiteServer.StartAsync(RedisLiteSettings.ForTests());
        services.AddHealthChecks().AddCheck("redislite", new RedisLiteHealthCheck(server));
        #endregion

        await using var provider = services.BuildServiceProvider();
        var health = provider.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);
        await server.StopAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync()).Status);
    }

    [Fact]
    public async Task A_replica_without_its_primary_is_degraded()
    {
        await using var primary = await RedisLiteServer.StartAsync(RedisLiteSettings.ForTests());
        var settings = RedisLiteSettings.ForTests().ReplicaOf(primary.EndPoint);
        await primary.StopAsync();
        await using var replica = await RedisLiteServer.StartAsync(settings);
        var result = await new RedisLiteHealthCheck(replica).CheckHealthAsync(new HealthCheckContext());
        Assert.Equal(HealthStatus.Degraded, result.Status);
    }

    [Fact]
    public async Task An_embedded_server_can_have_an_HTTP_port()
    {
        #region embedded-web
        var settings = RedisLiteSettings.ForTests();
        settings = settings with { Http = settings.Http with { Port = NetworkSettings.RandomPort } };

        await using var server = await RedisLiteServer.StartAsync(settings);
        await using var web = await RedisLiteWeb.StartAsync(server.View, settings);
        using var http = new HttpClient { BaseAddress = web.Addresses[0] };
        string ready = await http.GetStringAsync("/readyz");
        #endregion

        Assert.Equal("ready\n", ready);
    }
}
