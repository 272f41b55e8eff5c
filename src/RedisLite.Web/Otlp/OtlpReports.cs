using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using RedisLite.Commands.Server.Metrics;
using RedisLite.Configuration;

namespace RedisLite.Web.Otlp;

/// <summary>Sends the meter's figures to a collector, on a thread of its own.</summary>
/// <remarks>A collector that cannot be reached is tried again with the next report; nothing is kept for it.</remarks>
internal sealed class OtlpReports : IDisposable
{
    private readonly MeterProvider _provider;

    public OtlpReports(OtlpSettings settings) => _provider = Sdk.CreateMeterProviderBuilder()
        .ConfigureResource(resource => resource.AddService("redislite"))
        .AddMeter(ServerMeter.Name)
        .AddOtlpExporter((exporter, reader) =>
        {
            exporter.Endpoint = EndpointOf(settings);
            exporter.Protocol =
                settings.Protocol == OtlpProtocol.Http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
            reader.PeriodicExportingMetricReaderOptions = new PeriodicExportingMetricReaderOptions
            {
                ExportIntervalMilliseconds = (int)settings.Interval.TotalMilliseconds,
            };
        })
        .SetMaxMetricStreams(1000)
        .Build();

    /// <summary>Sends a last report.</summary>
    public void Dispose() => _provider.Dispose();

    /// <summary>Over HTTP, an address without a path means the usual one.</summary>
    private static Uri EndpointOf(OtlpSettings settings)
    {
        var endpoint = new Uri(settings.Endpoint);
        return settings.Protocol == OtlpProtocol.Http && endpoint.AbsolutePath == "/"
            ? new Uri(endpoint, "/v1/metrics")
            : endpoint;
    }
}
