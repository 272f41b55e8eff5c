using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using RedisLite.Clients.Tests.Support;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.Clients.Tests.Orleans;

/// <summary>Orleans' Redis providers: silos that find each other, grains that are stored, reminders.</summary>
public sealed class OrleansTests : LibraryTests
{
    protected override async Task RunAsync(IPEndPoint server)
    {
        var reminder = $"{Guid.NewGuid():N}";
        using (var first = await SiloAsync(server))
        {
            using var second = await SiloAsync(server);
            await UntilAsync(
                async () => await ActiveSilosAsync(first) == 2 && await ActiveSilosAsync(second) == 2,
                "both silos are members");
            await CountAsync(Grains(first), Grains(second));
            await UntilAsync(async () => await SilosOfGrainsAsync(Grains(first)) == 2, "grains live on both silos");

            await Grains(second).GetGrain<ICounterGrain>("reminded").RemindAsync(reminder);
            await CounterGrain.RemindedAsync(reminder).WaitAsync(SafetyNet);
            await second.StopAsync();
            await UntilAsync(async () => await ActiveSilosAsync(first) == 1, "a silo that stopped is no member");
            await first.StopAsync();
        }

        using var later = await SiloAsync(server);
        Assert.Equal(8, await Grains(later).GetGrain<ICounterGrain>("visits").GetAsync());
        await Grains(later).GetGrain<ICounterGrain>("visits").ClearAsync();
        Assert.True(await Grains(later).GetGrain<ICounterGrain>("reminded").StopRemindingAsync(reminder));
        Assert.False(await Grains(later).GetGrain<ICounterGrain>("reminded").StopRemindingAsync(reminder));
        await later.StopAsync();
    }

    private static async Task CountAsync(IGrainFactory here, IGrainFactory there)
    {
        Assert.Equal(5, await here.GetGrain<ICounterGrain>("visits").AddAsync(5));
        Assert.Equal(8, await there.GetGrain<ICounterGrain>("visits").AddAsync(3));
        await here.GetGrain<ICounterGrain>("visits").DeactivateAsync();
        Assert.Equal(8, await there.GetGrain<ICounterGrain>("visits").GetAsync());
    }

    private static async Task<int> SilosOfGrainsAsync(IGrainFactory grains)
    {
        var silos = new HashSet<string>();
        for (var i = 0; i < 20 && silos.Count < 2; i++)
            silos.Add(await grains.GetGrain<ICounterGrain>($"{Guid.NewGuid()}").SiloAsync());
        return silos.Count;
    }

    private static async Task<int> ActiveSilosAsync(IHost silo) =>
        (await Grains(silo).GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true)).Count;

    private static IGrainFactory Grains(IHost silo) => silo.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts a silo on ports of its own; another program may be quicker to take one that was free.</summary>
    private static async Task<IHost> SiloAsync(IPEndPoint server)
    {
        for (var attempt = 1; ; attempt++)
        {
            var silo = Silo(server, FreePort.Next(), FreePort.Next());
            try
            {
                await silo.StartAsync();
                return silo;
            }
            catch (Exception e) when (attempt < 5 && $"{e}".Contains("in use", StringComparison.OrdinalIgnoreCase))
            {
                silo.Dispose();
            }
        }
    }

    private static IHost Silo(IPEndPoint server, int siloPort, int gatewayPort)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(options =>
            {
                options.ClusterId = "test";
                options.ServiceId = "counters";
            })
            .Configure<ReminderOptions>(options => options.MinimumReminderPeriod = TimeSpan.FromSeconds(1))
            .ConfigureEndpoints(IPAddress.Loopback, siloPort, gatewayPort)
            .UseRedisClustering(options => options.ConfigurationOptions = Options(server))
            .AddRedisGrainStorageAsDefault(options => options.ConfigurationOptions = Options(server))
            .UseRedisReminderService(options => options.ConfigurationOptions = Options(server)));
        return builder.Build();
    }
}
