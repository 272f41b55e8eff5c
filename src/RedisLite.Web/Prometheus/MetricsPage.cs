using System.Text;
using Microsoft.AspNetCore.Http;
using RedisLite.Commands.Server.Metrics;
using RedisLite.Web.Figures;

namespace RedisLite.Web.Prometheus;

/// <summary>Reads all instruments of one server and writes them as Prometheus takes them.</summary>
/// <remarks>
/// By hand, since the libraries for it make histograms of single measurements only, and ours are counted already:
/// docs/decisions/2026-11-28-metrics.md. Any thread; one look at a time.
/// </remarks>
internal sealed class MetricsPage(ServerMeter meter) : IDisposable
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterReader _reader = new(meter);

    public async Task WriteAsync(HttpResponse response)
    {
        var bytes = Encoding.UTF8.GetBytes(Render());
        response.ContentType = ContentType;
        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
            await response.Body.WriteAsync(bytes, response.HttpContext.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>The whole page.</summary>
    public string Render()
    {
        var text = new PrometheusText();
        _reader.Read(text);
        return text.ToString();
    }

    public void Dispose() => _reader.Dispose();
}
