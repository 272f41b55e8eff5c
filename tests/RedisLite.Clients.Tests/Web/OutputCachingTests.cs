using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;
using RedisLite.Clients.Tests.Support;

namespace RedisLite.Clients.Tests.Web;

/// <summary>ASP.NET Core's output caching over Redis: two hosts behind one name share their pages.</summary>
public sealed class OutputCachingTests : LibraryTests
{
    protected override async Task RunAsync(IPEndPoint server)
    {
        var pages = 0;
        await using var first = await HostAsync();
        await using var second = await HostAsync();
        await using var connection = await ConnectAsync(server);
        using var browser = new HttpClient();

        Assert.Equal("page 1", await TextAsync(first, "/page"));
        // The response leaves before it is stored; under its tag it is stored last.
        await UntilAsync(async () => await TaggedAsync() == 1, "a page is stored");
        Assert.Equal("page 1", await TextAsync(second, "/page"));
        Assert.Equal("page 1", await TextAsync(first, "/page"));
        Assert.Equal("page 2", await TextAsync(first, "/page?id=2"));
        await UntilAsync(async () => await TaggedAsync() == 2, "a page is stored");
        Assert.Equal("page 2", await TextAsync(second, "/page?id=2"));

        await second.Services.GetRequiredService<IOutputCacheStore>().EvictByTagAsync("news", default);
        // It does not wait for its deletions.
        await UntilAsync(async () => await TaggedAsync() == 0, "the pages are evicted");
        Assert.Equal("page 3", await TextAsync(first, "/page"));

        Task<long> TaggedAsync() => connection.GetDatabase().SortedSetLengthAsync("pages__MSOCT_news");

        async Task<string> TextAsync(WebApplication host, string path)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Address(), path));
            request.Headers.Host = "pages.test";
            using var response = await browser.SendAsync(request);
            return await response.Content.ReadAsStringAsync();
        }

        Task<WebApplication> HostAsync() => WebHost.StartAsync(
            services => services.AddOutputCache().AddStackExchangeRedisOutputCache(options =>
            {
                options.ConfigurationOptions = Options(server);
                options.InstanceName = "pages";
            }),
            host =>
            {
                host.UseOutputCache();
                host.MapGet("/page", () => $"page {Interlocked.Increment(ref pages)}")
                    .CacheOutput(policy => policy.Tag("news").Expire(TimeSpan.FromHours(1)));
            });
    }
}
