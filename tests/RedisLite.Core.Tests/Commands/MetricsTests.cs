using System.Diagnostics.Metrics;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server.Metrics;

namespace RedisLite.Core.Tests.Commands;

/// <summary>The meter tells what INFO tells, and docs/METRICS.md has every instrument.</summary>
public sealed class MetricsTests : IDisposable
{
    private const string PageStart = "<!-- rendered: instruments -->\n";
    private const string PageEnd = "<!-- end -->\n";

    private readonly CommandHarness _harness = new();
    private readonly ServerMeter _meter;

    public MetricsTests() => _meter = new ServerMeter(_harness.Services);

    public void Dispose()
    {
        _meter.Dispose();
        _harness.Dispose();
    }

    [Fact]
    public void The_page_of_metrics_is_up_to_date()
    {
        var path = Path.Combine(Checkout.Root, "docs", "METRICS.md");
        var page = File.ReadAllText(path).ReplaceLineEndings("\n");
        var start = page.IndexOf(PageStart, StringComparison.Ordinal) + PageStart.Length;
        var end = page.IndexOf(PageEnd, StringComparison.Ordinal);
        var rendered = MetricsReference.Render() + "\n";
        if (Environment.GetEnvironmentVariable("REDISLITE_UPDATE_DOCS") == "1")
            File.WriteAllText(path, page[..start] + rendered + page[end..]);
        Assert.True(
            rendered == page[start..end],
            "docs/METRICS.md is out of date. Render it again and commit it:\n"
            + "REDISLITE_UPDATE_DOCS=1 dotnet test tests/RedisLite.Core.Tests "
            + "--filter FullyQualifiedName~MetricsTests");
    }

    [Fact]
    public void The_meter_has_each_declared_instrument_and_no_other()
    {
        var names = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (_meter.Owns(instrument))
                names.Add(instrument.Name);
        };
        listener.Start();
        Assert.Equal(MetricTable.All.Select(metric => metric.Name), names);
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public void Names_in_Prometheus_are_valid_and_told_apart()
    {
        var names = MetricTable.All.Where(metric => PrometheusNames.HistogramOf(metric.Name) is null)
            .Select(metric => PrometheusNames.Of(metric.Name, metric.Unit, metric.Kind == MetricKind.Counter))
            .ToList();
        Assert.Equal(names.Distinct(), names);
        Assert.All(names, name => Assert.Matches("^[a-z_]+$", name));
    }

    [Fact]
    public void Every_instrument_can_be_read_on_a_server_without_data() =>
        Assert.Contains(Read(), figure => figure is { Name: "redislite.memory.used" });

    [Fact]
    public void Calls_errors_hits_and_misses_are_told()
    {
        _harness.Given("SET a 1 ; GET a ; GET missing ; SELECT 1 ; SET b 2 EX 100 ; SELECT 0");
        _harness.Run("INCRBY a x");
        _harness.Run("INCRBY a");
        var figures = Read();
        Assert.Equal(2, Of(figures, "redislite.command.calls", "set"));
        Assert.Equal(1, Of(figures, "redislite.command.failed", "incrby"));
        Assert.Equal(1, Of(figures, "redislite.command.rejected", "incrby"));
        Assert.Equal(2, Of(figures, "redislite.errors", "ERR"));
        Assert.Equal(1, Of(figures, "redislite.keys.count", "db1"));
        Assert.Equal(1, Of(figures, "redislite.keys.expiring", "db1"));
        Assert.Equal(1, Of(figures, "redislite.keys.hits"));
        Assert.Equal(1, Of(figures, "redislite.keys.misses"));
    }

    [Fact]
    public void A_latency_histogram_is_cumulated_and_ends_with_its_count()
    {
        _harness.Given("SET a 1 ; SET a 2 ; SET a 3");
        var figures = Read();
        var buckets = figures
            .Where(figure => figure is { Name: "redislite.command.duration.bucket", First: "set" })
            .ToList();
        Assert.Equal(buckets.Select(bucket => bucket.Value).Order(), buckets.Select(bucket => bucket.Value));
        Assert.Equal(3, buckets[^1].Value);
        Assert.Equal("+Inf", buckets[^1].Second);
        Assert.Equal(3, Of(figures, "redislite.command.duration.count", "set"));
        Assert.True(Of(figures, "redislite.command.duration.sum", "set") > 0);
    }

    [Fact]
    public void Steps_of_a_histogram_count_what_took_less()
    {
        var histogram = new LatencyHistogram();
        var frequency = System.Diagnostics.Stopwatch.Frequency;
        foreach (var nanoseconds in (long[])[1, 1023, 1024, 2047, 2048, 1L << 29, 1L << 31])
            histogram.Record(nanoseconds * frequency / 1_000_000_000);
        var steps = histogram.UpToSteps();
        Assert.Equal(LatencyHistogram.StepSeconds.Count() + 1, steps.Length);
        Assert.Equal([2, 4, 5], steps[..3]);
        Assert.Equal([5, 6, 7], steps[^3..]);
    }

    [Fact]
    public void After_the_end_nothing_is_read()
    {
        using var listener = Listen(new List<Figure>());
        _meter.Dispose();
        listener.RecordObservableInstruments();
    }

    private List<Figure> Read()
    {
        var figures = new List<Figure>();
        using var listener = Listen(figures);
        listener.RecordObservableInstruments();
        return figures;
    }

    private MeterListener Listen(List<Figure> figures)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (_meter.Owns(instrument))
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => figures.Add(new Figure(
            instrument.Name,
            value,
            tags.Length > 0 ? (string)tags[0].Value! : "",
            tags.Length > 1 ? (string)tags[1].Value! : "")));
        listener.Start();
        return listener;
    }

    private static double Of(List<Figure> figures, string name, string first = "") =>
        figures.Single(figure => figure.Name == name && figure.First == first).Value;

    private sealed record Figure(string Name, double Value, string First, string Second);
}
