using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.AspNetCore.Http;
using RedisLite.Commands.Server.Metrics;

namespace RedisLite.Web.Prometheus;

/// <summary>Reads all instruments of one server and writes them as Prometheus takes them.</summary>
/// <remarks>
/// By hand, since the libraries for it make histograms of single measurements only, and ours are counted already:
/// docs/decisions/2026-11-28-metrics.md. Any thread; one look at a time.
/// </remarks>
internal sealed class MetricsPage : IDisposable
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock _gate = new();
    private readonly MeterListener _listener;
    private PrometheusText? _text;

    /// <param name="meter">The server's.</param>
    public MetricsPage(ServerMeter meter)
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (meter.Owns(instrument))
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            _text?.Add(instrument, value, tags));
        _listener.Start();
    }

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
        lock (_gate)
        {
            _text = new PrometheusText();
            try
            {
                _listener.RecordObservableInstruments();
                return _text.ToString();
            }
            finally
            {
                _text = null;
            }
        }
    }

    public void Dispose() => _listener.Dispose();
}
