using System.Net;
using System.Text;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Hosting;
using RedisLite.Web;

namespace RedisLite.EndToEnd.Tests.Web;

/// <summary>A collector gets the figures.</summary>
public sealed class OtlpTests
{
    [Fact]
    public async Task A_collector_is_sent_the_figures_of_commands()
    {
        var port = FreePort.Next();
        using var collector = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
        collector.Start();
        var settings = ServerUnderTest.Settings();
        settings = settings with
        {
            Otlp = settings.Otlp with
            {
                Endpoint = $"http://127.0.0.1:{port}",
                Protocol = OtlpProtocol.Http,
                Interval = TimeSpan.FromSeconds(1),
            },
        };
        await using var server = await RedisLiteServer.StartAsync(settings, null, new RedisLiteWeb(settings));
        await using var client = await RespClient.ConnectAsync(server.EndPoint);
        await client.CallAsync("SET", "a", "1");

        // The first report may have been on its way before the command.
        var report = "";
        for (var i = 0; i < 3 && !report.Contains("redislite.command.calls", StringComparison.Ordinal); i++)
            report = await ReceiveAsync(collector);

        Assert.Contains("redislite.command.calls", report, StringComparison.Ordinal);
        Assert.Contains("redislite.memory.used", report, StringComparison.Ordinal);
        collector.Stop();
    }

    private static async Task<string> ReceiveAsync(HttpListener collector)
    {
        var context = await collector.GetContextAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("/v1/metrics", context.Request.Url!.AbsolutePath);
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body);
        context.Response.StatusCode = 200;
        context.Response.Close();
        return Encoding.Latin1.GetString(body.ToArray());
    }
}
