using System.Diagnostics.Metrics;
using System.Globalization;
using RedisLite.Commands.Server.Metrics;
using RedisLite.Web.Figures;

namespace RedisLite.Web.Otlp;

/// <summary>One report of OpenTelemetry's protocol (OTLP), made of all figures of a server.</summary>
/// <remarks>
/// <code>
/// ExportMetricsServiceRequest { 1: ResourceMetrics }
///   ResourceMetrics { 1: Resource { 1: attributes }, 2: ScopeMetrics }
///     ScopeMetrics { 1: scope { 1: name, 2: version }, 2: Metric ... }
///       Metric { 1: name, 2: description, 3: unit, and 5: Gauge, 7: Sum or 9: Histogram { 1: points, 2: CUMULATIVE } }
///         NumberDataPoint     { 7: attributes, 2: since, 3: now, 4: value }
///         HistogramDataPoint  { 9: attributes, 2: since, 3: now, 4: count, 5: sum, 6: counts, 7: bounds }
/// </code>
/// By hand, since the libraries make histograms of single measurements only, and ours are counted already: the three
/// instruments of a histogram become one of OTLP's, with one point for each set of tags. Their buckets are cumulated
/// by <c>le</c>, OTLP's are not.
/// </remarks>
internal sealed class OtlpReport(OtlpStarts starts, ulong now) : IFigures
{
    private const int Cumulative = 2;
    private const string Bound = "le";

    private readonly ProtobufWriter _metrics = new();
    private readonly Dictionary<string, HistogramPoint> _histogram = new(StringComparer.Ordinal);
    private Instrument? _instrument;
    private string? _histogramName;
    private ProtobufWriter _points = new();

    /// <inheritdoc/>
    public void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var histogram = PrometheusNames.HistogramOf(instrument.Name);
        if (histogram is null ? instrument != _instrument : histogram != _histogramName)
        {
            End();
            _histogramName = histogram;
        }

        _instrument = instrument;
        if (histogram is null)
            AddNumber(instrument, value, tags);
        else
            AddPart(instrument.Name[(histogram.Length + 1)..], value, tags);
    }

    /// <summary>The request's body. Nothing is added after it.</summary>
    /// <param name="resource">Who reports.</param>
    /// <param name="version">Of the meter.</param>
    public ReadOnlyMemory<byte> End(IEnumerable<KeyValuePair<string, string>> resource, string version)
    {
        End();
        var attributes = new ProtobufWriter();
        foreach (var (name, value) in resource)
            attributes.Message(1, Attribute(name, value));
        var scope = new ProtobufWriter().String(1, ServerMeter.Name).String(2, version);
        var scopeMetrics = new ProtobufWriter().Message(1, scope).Raw(_metrics);
        var resourceMetrics = new ProtobufWriter().Message(1, attributes).Message(2, scopeMetrics);
        return new ProtobufWriter().Message(1, resourceMetrics).Written;
    }

    private void AddNumber(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var point = new ProtobufWriter();
        var key = instrument.Name;
        foreach (var tag in tags)
        {
            var text = $"{tag.Value}";
            key += '\0' + text;
            point.Message(7, Attribute(tag.Key, text));
        }

        if (instrument is ObservableCounter<double>)
            point.Fixed(2, starts.Of(key, value, now));
        _points.Message(1, point.Fixed(3, now).Double(4, value));
    }

    private void AddPart(string part, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = "";
        double bound = 0;
        foreach (var tag in tags)
        {
            if (tag.Key != Bound)
                key += '\0' + $"{tag.Value}";
            else if ($"{tag.Value}" is var text and not "+Inf")
                bound = double.Parse(text, CultureInfo.InvariantCulture);
            else
                bound = double.PositiveInfinity;
        }

        if (!_histogram.TryGetValue(key, out var point))
        {
            point = new HistogramPoint();
            foreach (var tag in tags)
                if (tag.Key != Bound)
                    point.Attributes.Message(9, Attribute(tag.Key, $"{tag.Value}"));
            _histogram.Add(key, point);
        }

        switch (part)
        {
            case "sum":
                point.Sum = value;
                break;
            case "count":
                break; // The buckets' last one says it.
            default:
                point.Add(bound, value);
                break;
        }
    }

    // What has been told of an instrument becomes a metric of the report.
    private void End()
    {
        if (_instrument is null)
            return;
        var metric = new ProtobufWriter();
        metric.String(1, _histogramName ?? _instrument.Name);
        if (_histogramName is not null)
        {
            foreach (var (key, point) in _histogram)
            {
                var since = starts.Of(_histogramName + key, point.Count, now);
                _points.Message(1, point.Attributes.Fixed(2, since).Fixed(3, now).Fixed(4, (ulong)point.Count)
                    .Double(5, point.Sum).Packed(6, point.Counts()).Packed(7, point.Bounds()));
            }

            _histogram.Clear();
            metric.String(2, "How long calls took (latency-tracking).").String(3, "s")
                .Message(9, _points.Number(2, Cumulative));
        }
        else
        {
            var isCounter = _instrument is ObservableCounter<double>;
            metric.String(2, _instrument.Description ?? "").String(3, _instrument.Unit ?? "");
            metric.Message(isCounter ? 7 : 5, isCounter ? _points.Number(2, Cumulative).Number(3, 1) : _points);
        }

        _metrics.Message(2, metric);
        _points = new ProtobufWriter();
        _instrument = null;
    }

    private static ProtobufWriter Attribute(string name, string value) =>
        new ProtobufWriter().String(1, name).Message(2, new ProtobufWriter().String(1, value));

    private sealed class HistogramPoint
    {
        private readonly List<(double Bound, double UpTo)> _steps = [];

        public ProtobufWriter Attributes { get; } = new();

        public double Sum { get; set; }

        public double Count => _steps.Count == 0 ? 0 : _steps[^1].UpTo;

        public void Add(double bound, double upTo) => _steps.Add((bound, upTo));

        // One more than bounds: what is above the last.
        public ulong[] Counts() =>
            [.. _steps.Select((step, i) => (ulong)(step.UpTo - (i == 0 ? 0 : _steps[i - 1].UpTo)))];

        public ulong[] Bounds() =>
            [.. _steps.SkipLast(1).Select(step => BitConverter.DoubleToUInt64Bits(step.Bound))];
    }
}
