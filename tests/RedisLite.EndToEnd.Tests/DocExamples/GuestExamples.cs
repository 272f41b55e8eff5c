using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RedisLite.Configuration;
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
}
