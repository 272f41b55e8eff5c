using System.Diagnostics;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Hosting;
using StackExchange.Redis;

namespace RedisLite.EndToEnd.Tests.DocExamples;

/// <summary>The example of docs/EMBEDDING.md that hosts a server in an application's own ActorSystem.</summary>
public sealed class GuestExamples
{
    [Fact]
    public async Task A_server_is_a_guest_in_the_actor_system_of_an_application()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();

        #region akka-hosting
        builder.Services.AddAkka("shop", akka => akka.AddRedisLite(RedisLiteSettings.ForTests()));

        using var host = builder.Build();
        await host.StartAsync();

        var system = host.Services.GetRequiredService<ActorSystem>();
        var redisLite = RedisLiteExtension.Get(system);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(redisLite.EndPoints[0].ToString());
        await redis.GetDatabase().StringSetAsync("greeting", "hello");

        await host.StopAsync();
        #endregion

        await system.WhenTerminated;
    }

    [Fact]
    public async Task After_SHUTDOWN_the_health_check_says_so_and_the_host_stops_at_once()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHealthChecks();
        builder.Services.AddAkka("shop", akka => akka.AddRedisLite(RedisLiteSettings.ForTests()));
        using var host = builder.Build();
        await host.StartAsync();
        var redisLite = RedisLiteExtension.Get(host.Services.GetRequiredService<ActorSystem>());
        var health = host.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Entries["redislite"].Status);

        await using (var client = await RespClient.ConnectAsync(redisLite.EndPoints[0]))
        {
            await client.SendAsync("SHUTDOWN", "NOSAVE");
            await client.ReadToEndAsync();
        }

        // In the middle of the server's own end.
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync()).Entries["redislite"].Status);
        await host.StopAsync();
        await redisLite.WhenStopped;
        Assert.True(
            Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(4), $"{Stopwatch.GetElapsedTime(started)}");
    }
}
