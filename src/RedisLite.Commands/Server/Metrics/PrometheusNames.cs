namespace RedisLite.Commands.Server.Metrics;

/// <summary>The names that Prometheus wants, made of OpenTelemetry's by OpenTelemetry's rules.</summary>
public static class PrometheusNames
{
    private const string Histogram = ".duration";

    private static readonly string[] HistogramParts = [".bucket", ".sum", ".count"];

    /// <summary>The name of a histogram whose part an instrument is; null when it is none.</summary>
    public static string? HistogramOf(string instrument)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        var part = HistogramParts.FirstOrDefault(part =>
            instrument.EndsWith(Histogram + part, StringComparison.Ordinal));
        return part is null ? null : instrument[..^part.Length];
    }

    /// <summary>
    /// <c>redislite.memory.used</c> in <c>By</c> is <c>redislite_memory_used_bytes</c>; a counter ends with
    /// <c>_total</c>.
    /// </summary>
    public static string Of(string instrument, string? unit, bool isCounter)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        var suffix = unit switch
        {
            "By" => "_bytes",
            "s" => "_seconds",
            "1" when !isCounter => "_ratio",
            _ => "",
        };
        var name = instrument.Replace('.', '_');
        if (!name.EndsWith(suffix, StringComparison.Ordinal))
            name += suffix;
        return isCounter ? name + "_total" : name;
    }

    /// <summary>The name of a whole histogram, without the ending of a part.</summary>
    public static string OfHistogram(string histogram) => Of(histogram, "s", isCounter: false);
}
