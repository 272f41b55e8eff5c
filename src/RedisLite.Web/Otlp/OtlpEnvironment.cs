namespace RedisLite.Web.Otlp;

/// <summary>What OpenTelemetry's own variables of the environment say of reports, the same for every program.</summary>
/// <remarks>
/// OTEL_EXPORTER_OTLP_HEADERS (a token for the collector, which has no place in a file of settings),
/// OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME. Pairs are <c>name=value</c>, by commas, with %-escapes.
/// </remarks>
internal sealed record OtlpEnvironment
{
    private const string ServiceName = "service.name";

    /// <summary>Headers of each request.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; private init; } = [];

    /// <summary>Attributes of whoever reports.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Resource { get; private init; } = [];

    /// <param name="variable">The value of a variable; null for none.</param>
    public static OtlpEnvironment Read(Func<string, string?> variable)
    {
        var resource = Pairs(variable("OTEL_RESOURCE_ATTRIBUTES")).Where(pair => pair.Key != ServiceName).ToList();
        var name = variable("OTEL_SERVICE_NAME") is { Length: > 0 } said ? said
            : Pairs(variable("OTEL_RESOURCE_ATTRIBUTES")).LastOrDefault(pair => pair.Key == ServiceName).Value
                ?? "redislite";
        return new OtlpEnvironment
        {
            Headers = [.. Pairs(variable("OTEL_EXPORTER_OTLP_METRICS_HEADERS")
                ?? variable("OTEL_EXPORTER_OTLP_HEADERS"))],
            Resource = [new(ServiceName, name), .. resource],
        };
    }

    private static IEnumerable<KeyValuePair<string, string>> Pairs(string? text)
    {
        foreach (var pair in (text ?? "").Split(',', StringSplitOptions.TrimEntries))
            if (pair.IndexOf('=') is > 0 and var at)
                yield return new(pair[..at].Trim(), Uri.UnescapeDataString(pair[(at + 1)..].Trim()));
    }
}
