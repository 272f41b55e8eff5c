using System.Globalization;
using System.Text;

namespace RedisLite.Commands.Server.Metrics;

/// <summary>
/// Renders the table of docs/METRICS.md from the declarations, so that the page cannot say anything else.
/// </summary>
internal static class MetricsReference
{
    /// <summary>The rows, as Markdown with '\n' at line ends.</summary>
    public static string Render()
    {
        var table = new StringBuilder();
        foreach (var group in MetricTable.All.GroupBy(GroupOf))
        {
            table.Append(CultureInfo.InvariantCulture, $"\n### {group.Key}\n\n");
            table.Append("| instrument | in Prometheus | kind | unit | tags | what it tells |\n");
            table.Append("|---|---|---|---|---|---|\n");
            foreach (var metric in group)
                table.Append(CultureInfo.InvariantCulture,
                    $"| `{metric.Name}` | `{PrometheusNameOf(metric)}` | {metric.Kind.ToString().ToLowerInvariant()} "
                    + $"| {metric.Unit} | {string.Join(", ", metric.Tags)} | {metric.Description} |\n");
        }

        return table.ToString();
    }

    private static string PrometheusNameOf(MetricDeclaration metric) =>
        PrometheusNames.HistogramOf(metric.Name) is { } histogram
        ? PrometheusNames.OfHistogram(histogram) + metric.Name[histogram.Length..].Replace('.', '_')
        : PrometheusNames.Of(metric.Name, metric.Unit, metric.Kind == MetricKind.Counter);

    private static string GroupOf(MetricDeclaration metric) => metric.Name.Split('.')[1] switch
    {
        "server" or "loading" => "Server",
        "command" or "errors" or "slowlog" or "scripts" => "Commands",
        "network" or "clients" or "tls" or "pubsub" => "Clients",
        "keys" => "Keys",
        "memory" or "gc" or "defragmentation" => "Memory",
        "stripes" or "actors" => "Stripes and mailboxes",
        "aof" or "snapshot" or "audit" => "Files",
        "cluster" => "Cluster",
        _ => "Replication",
    };
}
