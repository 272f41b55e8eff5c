using Microsoft.Extensions.Time.Testing;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Hosting;
using RedisLite.Web;
using RedisLite.Web.Otlp;

namespace RedisLite.EndToEnd.Tests.Web;

/// <summary>A collector gets the figures.</summary>
public sealed class OtlpTests
{
    private const int Gauge = 5;
    private const int Sum = 7;
    private const int Histogram = 9;
    private const uint Cumulative = 2;

    [Theory]
    [InlineData(OtlpProtocol.Http, "/v1/metrics")]
    [InlineData(OtlpProtocol.Grpc, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")]
    public async Task A_collector_is_sent_counters_gauges_and_histograms(OtlpProtocol protocol, string expectedPath)
    {
        await using var collector = await Collector.StartAsync(protocol);
        var settings = SettingsFor(collector, protocol);
        await using var server = await RedisLiteServer.StartAsync(settings, null, new RedisLiteWeb(settings));
        await using var client = await RespClient.ConnectAsync(server.EndPoint);
        for (var i = 0; i < 3; i++)
            await client.CallAsync("SET", "a", "1");

        // The first report may have been on its way before the commands.
        ProtobufFields? calls = null;
        var metrics = new Dictionary<string, ProtobufFields>();
        while (calls?.Double(4) != 3)
        {
            var (path, _, report) = await collector.NextAsync();
            Assert.Equal(expectedPath, path);
            metrics = MetricsOf(report);
            if (metrics.TryGetValue("redislite.command.calls", out var all))
                calls = PointOf(all.Message(Sum), "set", 7);
        }

        Assert.Equal(Cumulative, metrics["redislite.command.calls"].Message(Sum).Number(2));
        Assert.Equal(1u, metrics["redislite.command.calls"].Message(Sum).Number(3));
        Assert.True(calls!.Number(2) <= calls.Number(3));
        Assert.True(metrics["redislite.memory.used"].Message(Gauge).Message(1).Double(4) > 0);
        Assert.Equal("By", metrics["redislite.memory.used"].Text(3));

        var histogram = metrics["redislite.command.duration"];
        Assert.Equal("s", histogram.Text(3));
        Assert.Equal(Cumulative, histogram.Message(Histogram).Number(2));
        var set = PointOf(histogram.Message(Histogram), "set", 9)!;
        Assert.Equal(3u, set.Number(4));
        Assert.True(set.Double(5) > 0);
        Assert.Equal(3u, set.Packed(6).Aggregate((a, b) => a + b));
        var bounds = set.Packed(7).Select(BitConverter.UInt64BitsToDouble).ToList();
        Assert.Equal(set.Packed(6).Length - 1, bounds.Count);
        Assert.Equal(bounds.Order(), bounds);
        Assert.DoesNotContain(metrics.Keys, name => name.StartsWith("redislite.command.duration.",
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_reports_its_own_figures_and_not_those_of_its_neighbour()
    {
        await using var collector = await Collector.StartAsync(OtlpProtocol.Http);
        var settings = SettingsFor(collector, OtlpProtocol.Http);
        await using var neighbour = await RedisLiteServer.StartAsync(ServerUnderTest.Settings());
        await using var client = await RespClient.ConnectAsync(neighbour.EndPoint);
        await client.CallAsync("SET", "a", "1");
        await using var server = await RedisLiteServer.StartAsync(settings, null, new RedisLiteWeb(settings));

        var (_, _, report) = await collector.NextAsync();

        // One point, and no command of the other.
        Assert.Single(MetricsOf(report)["redislite.memory.used"].Message(Gauge).Messages(1));
        Assert.False(MetricsOf(report).TryGetValue("redislite.command.calls", out var calls)
            && PointOf(calls.Message(Sum), "set", 7) is not null);
    }

    [Fact]
    public async Task A_refusal_is_told_once_and_so_is_its_end()
    {
        await using var collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        collector.GrpcStatus = 16;
        var settings = SettingsFor(collector, OtlpProtocol.Grpc);
        using var log = new LogRecorder();
        await using var server = await RedisLiteServer.StartAsync(settings, null, new RedisLiteWeb(settings, log));
        for (var i = 0; i < 3; i++)
            await collector.NextAsync();

        collector.GrpcStatus = 0;
        for (var i = 0; i < 3; i++)
            await collector.NextAsync();

        var lines = log.Lines.Where(line => line.Contains("the collector", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Contains("gRPC status 16", lines[0], StringComparison.Ordinal);
        Assert.Contains("again", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Counters_that_were_reset_count_from_the_report_before()
    {
        var starts = new OtlpStarts(started: 100);
        Assert.Equal(100u, starts.Of("calls", 5, 200));
        starts.Reported(200);
        Assert.Equal(100u, starts.Of("calls", 6, 300));
        starts.Reported(300);
        Assert.Equal(300u, starts.Of("calls", 1, 400));
        starts.Reported(400);
        Assert.Equal(300u, starts.Of("calls", 2, 500));
    }

    [Fact]
    public async Task What_the_environment_says_of_reports_is_in_them()
    {
        var variables = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-token=a%20secret, other=1",
            ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment=test,service.name=not-this",
            ["OTEL_SERVICE_NAME"] = "cart",
        };
        var environment = OtlpEnvironment.Read(name => variables.GetValueOrDefault(name));
        await using var collector = await Collector.StartAsync(OtlpProtocol.Http);
        await using var server = await RedisLiteServer.StartAsync(ServerUnderTest.Settings());
        var clock = new FakeTimeProvider();
        await using var reports = new OtlpReports(
            server.View.Meter, SettingsFor(collector, OtlpProtocol.Http).Otlp, environment, clock, null);
        clock.Advance(TimeSpan.FromSeconds(1));

        var (_, token, report) = await collector.NextAsync();

        Assert.Equal("a secret", token);
        Assert.Equal(
            new Dictionary<string, string> { ["service.name"] = "cart", ["deployment.environment"] = "test" },
            report.Message(1).Message(1).Attributes(1));
    }

    private static RedisLiteSettings SettingsFor(Collector collector, OtlpProtocol protocol)
    {
        var settings = ServerUnderTest.Settings();
        return settings with
        {
            Otlp = settings.Otlp with
            {
                Endpoint = collector.Address,
                Protocol = protocol,
                Interval = TimeSpan.FromSeconds(1),
            },
        };
    }

    private static Dictionary<string, ProtobufFields> MetricsOf(ProtobufFields report)
    {
        var scope = report.Message(1).Message(2);
        Assert.Equal("RedisLite", scope.Message(1).Text(1));
        return scope.Messages(2).ToDictionary(metric => metric.Text(1));
    }

    private static ProtobufFields? PointOf(ProtobufFields data, string command, int attributes) =>
        data.Messages(1).SingleOrDefault(point => point.Attributes(attributes)["command"] == command);
}
