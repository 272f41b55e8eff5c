using RedisLite.Cluster;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Hosting;
using RedisLite.Web;

namespace RedisLite.EndToEnd.Tests.Web;

/// <summary>A server in this process with its HTTP port, and a client for that.</summary>
internal sealed class WebServerUnderTest : IAsyncDisposable
{
    private WebServerUnderTest(RedisLiteServer server, RedisLiteWeb web)
    {
        Server = server;
        Http = new HttpClient { BaseAddress = web.Addresses[0] };
    }

    public RedisLiteServer Server { get; }

    public HttpClient Http { get; }

    public static RedisLiteSettings Settings()
    {
        var settings = ServerUnderTest.Settings();
        return settings with { Http = settings.Http with { Port = NetworkSettings.RandomPort } };
    }

    /// <summary>Of a node of a cluster.</summary>
    public static RedisLiteSettings NodeSettings(TemporaryFolder folder)
    {
        var settings = Settings().WithCluster();
        return settings with
        {
            Persistence = settings.Persistence with { Directory = folder.Path },
            Cluster = settings.Cluster with { AnnounceIp = "127.0.0.1" },
        };
    }

    public static async Task<WebServerUnderTest> StartAsync(RedisLiteSettings? settings = null)
    {
        settings ??= Settings();
        var web = new RedisLiteWeb(settings);
        return new WebServerUnderTest(await RedisLiteServer.StartAsync(settings, null, web), web);
    }

    public Task<RespClient> ConnectAsync() => RespClient.ConnectAsync(Server.EndPoint);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
    }
}
