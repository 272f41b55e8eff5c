using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RedisLite.Clients.Tests.Web;

/// <summary>One ASP.NET Core host on a loopback port of its own.</summary>
internal static class WebHost
{
    public static async Task<WebApplication> StartAsync(
        Action<IServiceCollection> services, Action<WebApplication> application)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        services(builder.Services);
        var host = builder.Build();
        application(host);
        await host.StartAsync();
        return host;
    }

    /// <summary>Where it listens.</summary>
    public static Uri Address(this WebApplication host) => new(host.Urls.Single());
}
