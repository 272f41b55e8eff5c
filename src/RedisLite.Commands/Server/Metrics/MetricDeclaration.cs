using System.Diagnostics.Metrics;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace RedisLite.Commands.Server.Metrics;

/// <summary>
/// One instrument of the meter <c>RedisLite</c>: its name, what it tells, and where its figures come from.
/// </summary>
/// <param name="Name">As .NET and OpenTelemetry know it; <see cref="PrometheusNames"/> makes Prometheus's name of
/// it.</param>
/// <param name="Kind">Whether the figure only grows.</param>
/// <param name="Unit">By UCUM, as OpenTelemetry wants it: <c>By</c>, <c>s</c>, <c>{key}</c>; empty for a flag.</param>
/// <param name="Description">A sentence.</param>
/// <param name="Measure">The figures, read from what has been sampled.</param>
internal sealed record MetricDeclaration(
    string Name, MetricKind Kind, string Unit, string Description, Func<MetricsSample,
        IEnumerable<MetricValue>> Measure)
{
    /// <summary>The tags that tell the figures of one instrument apart.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Makes the instrument.</summary>
    /// <param name="meter">Gets it.</param>
    /// <param name="observe">Called by whoever looks, on its thread.</param>
    public void AddTo(Meter meter, Func<MetricDeclaration, IEnumerable<Measurement<double>>> observe)
    {
        if (Kind == MetricKind.Counter)
            meter.CreateObservableCounter(Name, () => observe(this), Unit, Description);
        else
            meter.CreateObservableGauge(Name, () => observe(this), Unit, Description);
    }

    /// <summary>All figures with their tags.</summary>
    public Measurement<double>[] Observe(MetricsSample sample) =>
        [.. Measure(sample).Select(value => new Measurement<double>(value.Value, TagsOf(value)))];

    private Tag[] TagsOf(MetricValue value) => Tags.Count switch
    {
        0 => [],
        1 => [new Tag(Tags[0], value.First)],
        _ => [new Tag(Tags[0], value.First), new Tag(Tags[1], value.Second)],
    };
}

/// <summary>What a figure may do from one look to the next.</summary>
internal enum MetricKind
{
    /// <summary>Grows, but for CONFIG RESETSTAT and a restart.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,
}

/// <summary>A figure, with the values of its instrument's tags.</summary>
internal readonly record struct MetricValue(double Value, string First = "", string Second = "");
